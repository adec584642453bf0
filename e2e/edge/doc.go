// Package edge looks at the program as the world does: through the real Traefik
// with the project's own files (traefik/, started by start.sh as in its
// container), in front of two replicas of the real binary on a real PostgreSQL.
// Clients come from 127.0.0.1, which is allowed in, and from 127.0.0.2, which is
// not.
//
//	make test-edge                                # builds Traefik once, which takes minutes
//	TRAEFIK_BIN=… go test ./e2e/edge -run Guard   # with one that is there
package edge
