package embedpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// orphanGrace is what the fast shutdown of a left-behind server may take; it
// writes all that is dirty in at most shared_buffers.
const orphanGrace = 30 * time.Second

// postmaster is what a data directory's pid file says about its server.
type postmaster struct {
	pid     int // 0: there is no file
	sockDir string
}

// readPidFile reads postmaster.pid: process, data directory, start time, port,
// socket directory, … a line each.
func readPidFile(dir string) (pm postmaster, err error) {
	f, err := os.Open(filepath.Join(dir, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return pm, nil
	}
	if err != nil {
		return pm, fmt.Errorf("look for a running PostgreSQL: %w", err)
	}
	defer f.Close()
	var lines []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		lines = append(lines, strings.TrimSpace(sc.Text()))
	}
	if len(lines) > 0 {
		pm.pid, _ = strconv.Atoi(lines[0]) // a file cut short counts as none
	}
	if len(lines) > 4 {
		pm.sockDir = lines[4]
	}
	return pm, nil
}

// serves says whether the process is alive and a PostgreSQL server on dir. The
// number alone proves nothing: after a restart of the machine or the container
// it may be anybody's.
func (pm postmaster) serves(dir string) bool {
	return pm.pid > 1 && alive(pm.pid) && isPostmaster(pm.pid, dir)
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// stopOrphan ends a server that a killed run left on the data directory, so
// that there is never a second one, and the new one is this process's child.
// The lock is held: the server's program no longer runs.
func (s *Server) stopOrphan(ctx context.Context) error {
	pm, err := readPidFile(s.cfg.Dir)
	if err != nil || pm.pid == 0 {
		return err
	}
	if !pm.serves(s.cfg.Dir) {
		return pm.removeFile(s.cfg.Dir)
	}
	s.log.WarnContext(ctx, "a killed run left its PostgreSQL behind: it is stopped first", "pid", pm.pid)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if err := syscall.Kill(pm.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL (process %d) that a killed run left behind: %w", pm.pid, err)
		}
		gone, err := pm.awaitEnd(ctx, s.cfg.Dir)
		if err != nil {
			return err
		}
		if gone {
			return pm.removeFile(s.cfg.Dir)
		}
	}
	return fmt.Errorf("the PostgreSQL (process %d) that a killed run left behind does not end", pm.pid)
}

// removeFile removes the pid file of a server that has ended, where PostgreSQL
// would not do so itself: it refuses to start if any process has the number,
// which may be an unrelated one by now, or the dead server's that nobody has
// waited for yet. PostgreSQL's other guard, the shared memory's key, remains.
func (pm postmaster) removeFile(dir string) error {
	if !alive(pm.pid) {
		return nil
	}
	err := os.Remove(filepath.Join(dir, "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a stale pid file: %w", err)
	}
	return nil
}

// awaitEnd says whether the server has ended within orphanGrace.
func (pm postmaster) awaitEnd(ctx context.Context, dir string) (bool, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	grace := time.NewTimer(orphanGrace)
	defer grace.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("wait for the PostgreSQL (process %d) that a killed run left behind: %w", pm.pid, context.Cause(ctx))
		case <-grace.C:
			return false, nil
		case <-tick.C:
			if !pm.serves(dir) {
				return true, nil
			}
		}
	}
}
