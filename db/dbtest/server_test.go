package dbtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/embedpg"
)

const (
	userEnv = "QRGEN_DBTEST_USER" // makes this binary a process that claims the server there

	// shortIdle is longer than the steps of a test apart, so that no server
	// stops in between.
	shortIdle = 2 * time.Second
)

func TestMain(m *testing.M) {
	dir := os.Getenv(userEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	url, _, err := claimServerIn(context.Background(), dir, shortIdle)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(url)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// user is another test process.
type user struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

func startUser(t *testing.T, dir string) *user {
	t.Helper()
	exe, err := os.Executable()
	ok(t, err)
	u := &user{cmd: exec.Command(exe)}
	u.cmd.Env = append(os.Environ(), userEnv+"="+dir)
	u.cmd.Stderr = os.Stderr
	_, err = u.cmd.StdinPipe() // left open: it stays until it is killed
	ok(t, err)
	out, err := u.cmd.StdoutPipe()
	ok(t, err)
	u.out = bufio.NewReader(out)
	ok(t, u.cmd.Start())
	t.Cleanup(func() { _ = u.cmd.Process.Kill() })
	return u
}

func (u *user) url(t *testing.T) string {
	t.Helper()
	line, err := u.out.ReadString('\n')
	ok(t, err)
	return strings.TrimSpace(line)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	ok(t, err)
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	ok(t, err)
	if len(results[0].Rows) == 0 {
		return ""
	}
	return string(results[0].Rows[0][0])
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not within a minute: " + what)
		}
	}
}

func awaitStopped(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "the unused server stops", func() bool {
		_, runs, err := embedpg.Running(filepath.Join(dir, "postgres"))
		ok(t, err)
		return !runs && !hasKeeper(dir)
	})
}

func TestServerIsSharedAndEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ok(t, os.Chmod(filepath.Dir(dir), 0o755)) // t.TempDir is closed to others, such as the server's account

	users := make([]*user, 4)
	for i := range users {
		users[i] = startUser(t, dir)
	}
	url := users[0].url(t)
	for _, u := range users[1:] {
		if got := u.url(t); got != url {
			t.Errorf("one process got %s, another one %s", url, got)
		}
	}
	query(t, url, "CREATE DATABASE "+testPrefix+"left")
	query(t, url, "CREATE DATABASE "+templatePrefix+"0_raw")
	query(t, url, "CREATE DATABASE "+templatePrefix+"0")
	for _, u := range users {
		ok(t, u.cmd.Process.Kill())
		_ = u.cmd.Wait()
	}
	awaitStopped(t, dir)

	// The next run finds the cluster and its templates, and no rubbish.
	url, claim, err := claimServerIn(t.Context(), dir, shortIdle)
	ok(t, err)
	left := query(t, url, "SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE '"+dbPattern+"'")
	if left != templatePrefix+"0" {
		t.Errorf("left on the server: %s", left)
	}

	// A killed keeper leaves an orphan; the next process replaces it.
	pid, err := os.ReadFile(filepath.Join(dir, "postgres.lock"))
	ok(t, err)
	keeper, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	ok(t, err)
	ok(t, syscall.Kill(keeper, syscall.SIGKILL))
	eventually(t, "the keeper is dead", func() bool { return !hasKeeper(dir) })
	began := query(t, url, "SELECT pg_postmaster_start_time()")
	unlock(claim)
	url, claim, err = claimServerIn(t.Context(), dir, shortIdle)
	ok(t, err)
	if query(t, url, "SELECT pg_postmaster_start_time()") == began {
		t.Error("nobody keeps the server")
	}
	unlock(claim)
	awaitStopped(t, dir)

	// Nothing is synced, so a power cut may leave anything.
	ok(t, os.Truncate(filepath.Join(dir, "postgres", "global", "pg_control"), 0))
	url, claim, err = claimServerIn(t.Context(), dir, shortIdle)
	ok(t, err)
	if got := query(t, url, "SELECT 1"); got != "1" {
		t.Error(got)
	}
	unlock(claim)
	awaitStopped(t, dir)
}

const dbPattern = `qrgen\_%`

func TestForeignDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "open")
	ok(t, os.Mkdir(dir, 0o700))
	ok(t, os.Chmod(dir, 0o777))
	if _, _, err := claimServerIn(t.Context(), dir, shortIdle); err == nil {
		t.Error("a directory that everybody writes to was taken")
	}
}

func TestTemplateIsMadeOnce(t *testing.T) {
	t.Parallel()
	src, err := shared()
	ok(t, err)
	hash := fmt.Sprintf("t%d", os.Getpid())
	t.Cleanup(func() {
		for _, name := range []string{templatePrefix + hash, templatePrefix + hash + "_raw"} {
			ok(t, src.drop(context.Background(), name))
		}
	})
	broken := errors.New("broken migration")
	_, err = newSource(t.Context(), src.url, hash, func(context.Context, string) error { return broken })
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}

	var runs atomic.Int32
	migrate := func(ctx context.Context, url string) error {
		runs.Add(1)
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE TABLE migrated ()")
		return errors.Join(err, conn.Close(ctx))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := newSource(t.Context(), src.url, hash, migrate)
			if err != nil {
				t.Error(err)
				return
			}
			s.admin.Close()
		})
	}
	wg.Wait()
	if runs.Load() != 1 {
		t.Errorf("migrated %d times", runs.Load())
	}
}
