package scans

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate gives the file its blocks, so that no later store can find the
// disk full.
func allocate(f *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
			return writeZeroes(f, size)
		}
		return err
	}
}

// syncData writes a file's data to the disk. On Linux that includes what was
// stored through a shared mapping.
func syncData(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var syncErr error
	if err := raw.Control(func(fd uintptr) { syncErr = unix.Fdatasync(int(fd)) }); err != nil {
		return err
	}
	return syncErr
}
