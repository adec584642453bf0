// Package mvpqrgen brings codes and scans over from mvp_qr_gen, the Python
// system that this program succeeds, so that what it printed keeps working.
//
//	source.go   its tables, qr_codes and scan_logs, in any of their versions
//	verdict.go  what becomes of each of its codes, and why
//	import.go   all of it in one transaction
//
// Addresses and user agents of visitors are used to tell devices, people and
// machines apart, as they are for scans of our own, and are not stored.
package mvpqrgen
