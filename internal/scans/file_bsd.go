//go:build unix && !linux

package scans

import "os"

func allocate(f *os.File, size int64) error { return writeZeroes(f, size) }

func syncData(f *os.File) error { return f.Sync() }
