// Package stats answers what people ask about scans: how many, when, with what
// and from where, for one code and for all. It reads what package scans has
// stored and counted; days, weeks and hours are the office's.
package stats
