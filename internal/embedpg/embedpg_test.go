package embedpg_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/embedpg"
)

func TestDataOutlivesStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "postgres")
	s := start(t, embedpg.Config{Dir: dir})
	query(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")
	one(t, dir)
	stop(t, s)
	none(t, dir)
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("a second Stop: %v", err)
	}

	s = start(t, embedpg.Config{Dir: dir})
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
	for setting, want := range map[string]string{
		"data_checksums": "on", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
		"listen_addresses": "", "server_encoding": "UTF8", "max_connections": "50", "is_superuser": "off",
	} {
		if got := query(t, s.URL(), "SHOW "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := query(t, s.URL(), "SELECT lower('ÜBUNG') || current_database() || current_user"); got != "übungqrgenqrgen" {
		t.Errorf("letters, database, user: %q", got)
	}
	query(t, s.URL(), "CREATE EXTENSION pg_trgm")
	query(t, s.URL(), "CREATE DATABASE another")
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	s := start(t, config(filepath.Join(t.TempDir(), "postgres")))
	cfg, err := pgx.ParseConfig(s.URL())
	ok(t, err)
	fi, err := os.Stat(cfg.Host)
	ok(t, err)
	if fi.Mode().Perm() != 0o700 {
		t.Errorf("the socket directory has mode %v", fi.Mode())
	}
	cfg.Password = "guess"
	if _, err := pgx.ConnectConfig(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("a wrong password: %v", err)
	}
	stop(t, s)
	if _, err := os.Stat(cfg.Host); !os.IsNotExist(err) {
		t.Errorf("the socket directory stays: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 20), strings.Repeat("x", 60), "postgres")
	s := start(t, config(dir))
	if got := query(t, s.URL(), "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

func TestServerKilledIsRestarted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	s := start(t, embedpg.Config{Dir: dir})
	query(t, s.URL(), "CREATE TABLE kept (n int)")
	for i := range 3 {
		query(t, s.URL(), fmt.Sprintf("INSERT INTO kept VALUES (%d)", i))
		killed := one(t, dir)
		killHard(t, killed)
		eventually(t, "the server is back", func() bool {
			pids := postmasters(t, dir)
			if len(pids) != 1 || pids[0] == killed {
				return false
			}
			conn, err := pgx.Connect(t.Context(), s.URL())
			if err != nil {
				return false
			}
			ok(t, conn.Close(t.Context()))
			return true
		})
	}
	if got := query(t, s.URL(), "SELECT count(*) FROM kept"); got != "3" {
		t.Errorf("%s rows, want 3", got)
	}
	stop(t, s)
	none(t, dir)
}

func TestStopWhileServerIsDown(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	s := start(t, config(dir))
	killHard(t, one(t, dir))
	stop(t, s)
	none(t, dir)
}

func TestStopInAHurry(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	s := start(t, embedpg.Config{Dir: dir})
	query(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	ok(t, s.Stop(over))
	none(t, dir)
	s = start(t, embedpg.Config{Dir: dir})
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
}

func TestProgramKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	p := startProgram(t, dir, nil)
	query(t, p.url(t), "CREATE TABLE kept AS SELECT 42 AS n")
	orphan := one(t, dir)
	p.kill(t)
	if got := one(t, dir); got != orphan {
		t.Fatalf("server %d, want the orphan %d", got, orphan)
	}

	s := start(t, config(dir))
	if got := one(t, dir); got == orphan {
		t.Error("the orphan still runs")
	}
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
}

func TestProgramAndServerKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	p := startProgram(t, dir, nil)
	url := p.url(t)
	query(t, url, "CREATE TABLE kept AS SELECT 42 AS n")
	// A busy session holds the shared memory for a while after the kill.
	conn, err := pgx.Connect(t.Context(), url)
	ok(t, err)
	defer conn.Close(context.Background())
	p.kill(t)
	killHard(t, one(t, dir))

	s := start(t, config(dir))
	one(t, dir)
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
}

func TestProgramKilledDuringInitdb(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "postgres")
	p := startProgram(t, dir, nil)
	eventually(t, "initdb is at work", func() bool {
		m, err := filepath.Glob(dir + ".init-*/base")
		ok(t, err)
		return len(m) > 0
	})
	p.kill(t)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatalf("half a cluster is there: %v", err)
	}
	s := start(t, config(dir))
	if got := query(t, s.URL(), "SELECT 1"); got != "1" {
		t.Error(got)
	}
	eventually(t, "the leftovers are gone", func() bool {
		m, err := filepath.Glob(dir + ".init-*")
		ok(t, err)
		return len(m) == 0
	})
}

func TestTwoPrograms(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	p := startProgram(t, dir, nil)
	url := p.url(t)
	_, err := embedpg.Start(t.Context(), config(dir))
	says(t, err, fmt.Sprintf("in use by process %d", p.cmd.Process.Pid), "DATA_DIR")
	if got := query(t, url, "SELECT 1"); got != "1" {
		t.Error("the first was disturbed")
	}

	running, found, err := embedpg.Running(dir)
	if err != nil || !found || running != url {
		t.Errorf("Running gives %q, %t, %v, want %q", running, found, err, url)
	}
	ok(t, p.stdin.Close())
	ok(t, p.cmd.Wait())
	none(t, dir)
	if _, found, err := embedpg.Running(dir); found || err != nil {
		t.Errorf("Running after the end: %t, %v", found, err)
	}
}

func TestStartersAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	var wg sync.WaitGroup
	servers := make([]*embedpg.Server, 5)
	errs := make([]error, len(servers))
	for i := range servers {
		wg.Go(func() { servers[i], errs[i] = embedpg.Start(t.Context(), config(dir)) })
	}
	wg.Wait()
	started := 0
	for i, s := range servers {
		if s == nil {
			says(t, errs[i], "in use by")
			continue
		}
		started++
		t.Cleanup(func() { stop(t, s) })
	}
	if started != 1 {
		t.Errorf("%d servers started, want one: %v", started, errs)
	}
	one(t, dir)
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	for _, after := range []int{1, 20, 100, 300, 450, 500, 550, 600} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(after)*time.Millisecond)
		s, err := embedpg.Start(ctx, config(dir))
		cancel()
		if err == nil {
			stop(t, s)
		} else if ctx.Err() == nil {
			t.Errorf("after %d ms: %v", after, err)
		}
		none(t, dir)
		if m, err := filepath.Glob(dir + ".init-*"); err != nil || len(m) > 0 {
			t.Errorf("after %d ms: left %v, %v", after, m, err)
		}
	}
	s := start(t, config(dir))
	if got := query(t, s.URL(), "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

func TestUnreachableParent(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server under another account")
	}
	home := filepath.Join(t.TempDir(), "home")
	ok(t, os.Mkdir(home, 0o700)) // as /root is
	for range 2 {
		s := start(t, config(filepath.Join(home, "clone", "data", "postgres")))
		query(t, s.URL(), "CREATE TABLE IF NOT EXISTS kept ()")
		stop(t, s)
	}
	fi, err := os.Stat(home)
	ok(t, err)
	if fi.Mode().Perm() != 0o700 {
		t.Errorf("the home directory was opened: %v", fi.Mode())
	}
}

func TestUnprivileged(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("the other tests run unprivileged already")
	}
	exe, err := os.Executable()
	ok(t, err)
	b, err := os.ReadFile(exe)
	ok(t, err)
	parent := t.TempDir()
	ok(t, os.Chmod(filepath.Dir(parent), 0o755)) // t.TempDir is closed to others
	copied := filepath.Join(parent, "program")
	ok(t, os.WriteFile(copied, b, 0o755))
	home := filepath.Join(parent, "home")
	ok(t, os.Mkdir(home, 0o700))
	nobody, err := user.Lookup("nobody")
	ok(t, err)
	uid, err := strconv.Atoi(nobody.Uid)
	ok(t, err)
	gid, err := strconv.Atoi(nobody.Gid)
	ok(t, err)
	ok(t, os.Chown(home, uid, gid))
	dir := filepath.Join(home, "postgres")
	as := func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = copied, home
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	p := startProgram(t, dir, as)
	if got := query(t, p.url(t), "SELECT 1"); got != "1" {
		t.Error(got)
	}
	_, err = embedpg.Start(t.Context(), config(dir))
	says(t, err, "in use by process")
	p.kill(t)
	p = startProgram(t, dir, as) // stops the orphan without being root
	query(t, p.url(t), "CREATE TABLE kept AS SELECT 42 AS n")
	one(t, dir)
	ok(t, p.stdin.Close())
	ok(t, p.cmd.Wait())

	// Started as root, the server runs as the files' owner, who can go on later.
	s := start(t, config(dir))
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
	stop(t, s)
	ok(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		ok(t, err)
		fi, err := os.Lstat(path)
		ok(t, err)
		if st, is := fi.Sys().(*syscall.Stat_t); !is || st.Uid != uint32(uid) {
			t.Errorf("%s belongs to %d", path, st.Uid)
		}
		return nil
	}))
}
