package backup_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qrgen/internal/backup"
)

// tool puts a script in the place of one of PostgreSQL's tools for the
// office's backups; $real in it is the folder of the real ones.
func (o *office) tool(name, script string) {
	o.t.Helper()
	bin, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bin) == 0 {
		o.t.Skip("no /usr/lib/postgresql/*/bin")
	}
	dir := o.t.TempDir()
	for _, n := range []string{"pg_dump", "pg_restore"} {
		content := "#!/bin/sh\nreal=" + bin[0] + "\n[ \"$1\" = --version ] && exec $real/" + n + " --version\n"
		if n == name {
			content += script + "\n"
		}
		content += "exec $real/" + n + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, n), []byte(content), 0o700); err != nil {
			o.t.Fatal(err)
		}
	}
	cfg := o.cfg
	cfg.BinDirs = []string{dir}
	o.Backups = backup.New(cfg)
}

// fails makes a backup that must fail with the given words, and holds that the
// earlier backup is as it was and the failure noted.
func (o *office) fails(earlier string, words ...string) {
	o.t.Helper()
	_, err := o.Make(o.t.Context())
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			o.t.Errorf("%v lacks %q", err, w)
		}
	}
	o.untouched()
	o.Backups = backup.New(o.cfg)
	if _, err := o.Verify(o.t.Context(), earlier); err != nil {
		o.t.Errorf("the earlier backup: %v", err)
	}
	standing, err := backup.ReadStanding(o.t.Context(), o.cfg.Store)
	if err != nil || !standing.Failing() || standing.Good == nil || standing.Good.File != filepath.Base(earlier) {
		o.t.Errorf("%+v, %v", standing, err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", o.dir, "tmpfs", 0, "mode=0700,size=512k"); err != nil {
		t.Skipf("a small disk can't be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(o.dir, syscall.MNT_DETACH) })
	earlier := o.made()
	o.exec("INSERT INTO sessions SELECT g::text, decode(string_agg(md5(random()::text), ''), 'hex'), now() FROM generate_series(1, 100) g, generate_series(1, 1000) GROUP BY g")
	o.fails(earlier, "No space left on device", "the backups that are there are untouched")
	o.exec("DELETE FROM sessions")
	o.made()
}

func TestKilledDump(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	earlier := o.made()
	o.tool("pg_dump", `$real/pg_dump "$@" & p=$!
for a; do case $a in --file=*) f=${a#--file=};; esac; done
while [ ! -s "$f" ] && kill -0 $p; do :; done
kill -9 $p $$`)
	o.fails(earlier, "pg_dump", "killed")
}

// A dump that can't be tried out is better than none, but no good backup.
func TestUnverified(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	earlier := o.made()
	o.tool("pg_restore", `case "$*" in *--dbname*) echo "pg_restore: error: no room" >&2; exit 1;; esac`)
	o.fails(earlier, "try the backup out", "no room")
	left, err := filepath.Glob(filepath.Join(o.dir, "*.dump.unverified"))
	if err != nil || len(left) != 1 {
		t.Fatalf("%q, %v", left, err)
	}
	if _, err := o.Verify(t.Context(), left[0]); err != nil { // what was wrong is mended
		t.Error(err)
	}
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	plain := o.Backups
	file := o.made()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	o.tool("pg_dump", "echo > "+pipe+"\nread line < "+pipe) // says that it has begun, and waits
	first := make(chan error, 1)
	go func() {
		_, err := o.Make(t.Context())
		first <- err
	}()
	if _, err := os.ReadFile(pipe); err != nil {
		t.Fatal(err)
	}
	_, makeErr := plain.Make(t.Context())
	_, verifyErr := plain.Verify(t.Context(), file)
	_, restoreErr := plain.Restore(t.Context(), file)
	for _, err := range []error{makeErr, verifyErr, restoreErr} {
		if !errors.Is(err, backup.ErrBusy) {
			t.Errorf("while a backup is made: %v", err)
		}
	}
	if err := os.WriteFile(pipe, []byte("go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	if n := o.count("SELECT count(*) FROM backups WHERE error = ''"); n != 2 {
		t.Errorf("%d good backups are noted", n)
	}
	if n := o.count("SELECT count(*) FROM backups WHERE error <> ''"); n != 0 {
		t.Errorf("%d failures are noted", n)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	file := o.made()
	u, err := url.Parse(o.url)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), "gu3ss")
	cfg := o.cfg
	cfg.URL = u.String()
	_, makeErr := backup.New(cfg).Make(t.Context())
	_, restoreErr := backup.New(cfg).Restore(t.Context(), file)
	for _, err := range []error{makeErr, restoreErr} {
		if err == nil || !strings.Contains(err.Error(), "refuses the user name or the password") || strings.Contains(err.Error(), "gu3ss") {
			t.Errorf("%v", err)
		}
	}
	o.untouched()
}

// Not parallel: PATH is the whole process's.
func TestTools(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	t.Setenv("PATH", "")
	cfg := o.cfg
	cfg.BinDirs = []string{dir}
	if _, err := backup.New(cfg).Make(t.Context()); err == nil || !strings.Contains(err.Error(), "are not installed: install those of version") {
		t.Errorf("without tools: %v", err)
	}
	for _, name := range []string{"pg_dump", "pg_restore"} {
		if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, "#!/bin/sh\necho '%s (PostgreSQL) 14.3'\n", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backup.New(cfg).Make(t.Context()); err == nil || !strings.Contains(err.Error(), "are of version 14.3") || !strings.Contains(err.Error(), "older than the server") {
		t.Errorf("with older tools: %v", err)
	}
}

// Ctrl-C leaves nothing behind, neither does it note a failure.
func TestCancelled(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	file := o.made()
	for _, at := range []string{"saving", "restoring", "comparing every"} {
		ctx, cancel := context.WithCancel(t.Context())
		cfg := o.cfg
		cfg.Tell = func(text string) {
			if strings.HasPrefix(text, at) {
				cancel()
			}
		}
		b := backup.New(cfg)
		var err error
		if at == "saving" {
			_, err = b.Make(ctx)
		} else {
			_, err = b.Restore(ctx, file)
		}
		if err == nil {
			t.Errorf("cancelled while %s: no error", at)
		}
		o.untouched()
	}
	if n := o.count("SELECT count(*) FROM backups"); n != 1 {
		t.Errorf("%d attempts are noted", n)
	}
}
