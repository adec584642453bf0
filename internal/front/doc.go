// Package front stands before net/http on a listener: it reads and answers the
// plainest requests for short URLs itself, and hands a connection over to
// net/http, with all that was read, at the first request that is anything else.
// docs/adr/0016-front.md says why.
package front
