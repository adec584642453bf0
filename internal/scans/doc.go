// Package scans keeps the promise that no scan is lost: a visit is appended to
// a Journal on the local disk before its redirect is answered, and a Recorder
// moves the journal into PostgreSQL, each scan exactly once in any order of
// crashes.
//
// The journal is a directory of segments: files allocated in full and mapped
// into memory, so that appending is a copy and survives kill -9 (the pages are
// the kernel's). One journal belongs to one process. The recorder seals a
// segment, enriches its visits (class, device, referrer, country, …) and
// stores it in one transaction under the segment's random batch ID; replaying a
// stored segment changes nothing. What identifies a visitor (address, user
// agent) exists only in the segment, which is deleted once it is stored.
package scans
