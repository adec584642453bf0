// Package codes holds the rules about managed QR codes: what a short ID, a
// target and a title may be, how a code lives and ends, what its history
// keeps, and the Registry through which pages and API alike read and change
// them.
package codes
