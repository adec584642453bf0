package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// How the one server is shared and ended, with the kernel's file locks alone,
// which a killed process cannot keep:
//
//   - Each test process holds users.lock, shared, while it lives.
//   - The first one that finds no keeper starts one (keeper.go): the same test
//     binary, detached, which runs the server and holds keeper.lock. start.lock
//     makes the others wait meanwhile.
//   - The keeper writes the file url when the server is ready for tests. When it
//     has got users.lock for itself for a while, nobody is left: it stops the
//     server and ends. Who comes just then waits for users.lock.
//
// The cluster stays in the temporary directory for the next run, with the
// templates in it.
const (
	usersLock  = "users.lock"
	keeperLock = "keeper.lock"
	startLock  = "start.lock"
	urlFile    = "url"
	keeperLog  = "keeper.log"
)

// claim is held until the process ends; an os.File nobody refers to would be
// closed by the garbage collector.
var claim *os.File //nolint:unused // held, not read

// claimServer gives the URL of the shared server, which will run at least as
// long as this process.
func claimServer(ctx context.Context) (url string, err error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("qrgen-dbtest-%d", os.Getuid()))
	url, claim, err = claimServerIn(ctx, dir, idleFor)
	return url, err
}

// claimServerIn claims the server in dir until the claim is unlocked. A keeper
// that has to be started stops it after idle without claims.
func claimServerIn(ctx context.Context, dir string, idle time.Duration) (url string, claim *os.File, err error) {
	if err := ownDir(dir); err != nil {
		return "", nil, err
	}
	claim, err = lockFile(filepath.Join(dir, usersLock), syscall.LOCK_SH)
	if err != nil {
		return "", nil, err
	}
	if url, err = findOrStart(ctx, dir, idle); err != nil {
		unlock(claim)
		return "", nil, err
	}
	return url, claim, nil
}

// findOrStart gives the URL of the running server and sees to it that there is
// one.
func findOrStart(ctx context.Context, dir string, idle time.Duration) (string, error) {
	start, err := lockFile(filepath.Join(dir, startLock), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlock(start)
	dead := make(chan error, 1)
	if !hasKeeper(dir) {
		if err := startKeeper(dir, idle, dead); err != nil {
			return "", err
		}
	}
	return awaitURL(ctx, dir, dead)
}

// ownDir makes dir, where only this account may write: in the temporary
// directory somebody else may have taken the name.
func ownDir(dir string) error {
	// Others may pass through: root's server runs under another account.
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the test server's directory: %w", err)
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("make the test server's directory: %w", err)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || !fi.IsDir() || int(st.Uid) != os.Getuid() || fi.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s is not a directory of this account's alone: remove it", dir)
	}
	return nil
}

// lockFile opens and locks a file as how says (syscall.Flock).
func lockFile(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the test server: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock the test server (%s): %w", path, err)
	}
	return f, nil
}

// unlock works at once even if a child that is just being forked has the file.
func unlock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	_ = f.Close()
}

func hasKeeper(dir string) bool {
	f, err := lockFile(filepath.Join(dir, keeperLock), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return true
	}
	unlock(f)
	return false
}

// startKeeper starts this binary once more as the keeper; dead is told when it
// ends while this process lives.
func startKeeper(dir string, idle time.Duration, dead chan<- error) error {
	if err := os.Remove(filepath.Join(dir, urlFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("start the test server: %w", err)
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, keeperLog))
	if err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), keeperEnv+"="+dir, idleEnv+"="+idle.String())
	// Not this process's output: go test waits until nobody has it open.
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	go func() { dead <- cmd.Wait() }() // the keeper outlives this process as a rule
	return nil
}

// awaitURL waits until the keeper has published a server that answers.
func awaitURL(ctx context.Context, dir string, dead <-chan error) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := os.ReadFile(filepath.Join(dir, urlFile)); err == nil {
			conn, err := pgx.Connect(ctx, string(b))
			if err == nil {
				return string(b), conn.Close(ctx)
			}
		}
		select {
		case err := <-dead:
			return "", fmt.Errorf("start the test server: its keeper ended (%w): %s", err, readLog(dir))
		case <-ctx.Done():
			return "", fmt.Errorf("wait for the test server: %w: %s", context.Cause(ctx), readLog(dir))
		case <-tick.C:
		}
	}
}

func readLog(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, keeperLog))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b))
}
