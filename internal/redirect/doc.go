// Package redirect answers what a scanned short URL meets: a Directory of
// every dynamic code in memory, kept in step with the database, and a
// MissLimiter for those who guess. docs/adr/0009-directory.md says why it is
// built as it is.
package redirect
