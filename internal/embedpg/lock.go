package embedpg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// takeLock makes this process the only one to use the cluster. The kernel
// drops the lock with the process, however that ends; the file stays, since
// removing it would let two processes lock two files of one name.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the embedded PostgreSQL: %w (does the directory belong to another account?)", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer f.Close()
		return nil, fmt.Errorf("the embedded PostgreSQL is in use by %s: stop that one first, or give this one another DATA_DIR (lock %s)", holder(f), path)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock the embedded PostgreSQL (%s): %w", path, err)
	}
	return f, nil
}

// dropLock unlocks expressly: a child that is being forked at this moment has
// the file too until its exec, and would keep the lock that long.
func dropLock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	_ = f.Close()
}

// holder names the process that has the lock. It may not have written its
// number yet.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		return "another process"
	}
	return "process " + pid
}
