//go:build !unix

package scans

import (
	"errors"
	"os"
)

// There is no journal on systems without shared mappings and file locks: the
// program builds, and serves redirects unrecorded.

func mapFile(*os.File, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) error { return errors.ErrUnsupported }

func lockFile(*os.File) error { return errors.ErrUnsupported }

func unlockFile(f *os.File) error { return f.Close() }

func allocate(*os.File, int64) error { return errors.ErrUnsupported }

func syncData(*os.File) error { return errors.ErrUnsupported }
