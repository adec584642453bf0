// Package compose checks the Dockerfile and the Compose files without a Docker
// engine: it loads every combination as Compose does, holds all of them to our
// rules, and lints the Dockerfile as BuildKit does. It is a module of its own, so
// that the program's go.mod stays small.
//
//	make check-compose
package compose
