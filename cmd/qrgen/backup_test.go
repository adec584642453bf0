package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qrgen/db/dbtest"
)

// newest gives the newest backup of a folder.
func newest(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "qrgen_*.dump"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no backup in %s, %v", dir, err)
	}
	return files[len(files)-1]
}

func TestBackupCommands(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t), "BACKUP_DIR": filepath.Join(t.TempDir(), "backups")}
	if _, _, err := call(t, env, "demo", "-codes", "30"); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, err := call(t, env, "backup"); err != nil || !strings.Contains(stdout, "restored once and found to be whole") || !strings.Contains(stderr, "saving the database") {
		t.Fatalf("%q, %q, %v", stdout, stderr, err)
	}
	file := newest(t, env["BACKUP_DIR"])
	if stdout, _, err := call(t, env, "verify", "backup", file); err != nil || !strings.Contains(stdout, "30  codes\n") {
		t.Errorf("verify: %q, %v", stdout, err)
	}
	if _, _, err := call(t, env, "demo", "-codes", "3"); err != nil {
		t.Fatal(err)
	}
	stdout, _, err := call(t, env, "restore", file)
	if err != nil || !strings.Contains(stdout, "came after it: 3 codes") || !strings.Contains(stdout, "lead nowhere now: [\"") {
		t.Errorf("restore: %q, %v", stdout, err)
	}
	if stdout, _, err = call(t, env, "restore", "-back"); err != nil || !strings.Contains(stdout, "is the database again") {
		t.Errorf("restore -back: %q, %v", stdout, err)
	}
	if stdout, _, err = call(t, env, "restore", "-drop-old", file); err != nil || strings.Count(stdout, "dropped ") != 2 {
		t.Errorf("restore -drop-old: %q, %v", stdout, err)
	}
	if _, _, err := call(t, env, "restore", "-back"); err == nil {
		t.Error("there is something to go back to")
	}
	for _, args := range [][]string{{"restore"}, {"restore", file, file}, {"restore", "-back", file}, {"restore", "-back", "-drop-old"}} {
		if _, _, err := call(t, env, args...); !errors.Is(err, errRestoreUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{{"backup", "now"}, {"backup", "serve", "now"}} {
		if _, _, err := call(t, env, args...); !errors.Is(err, errBackupUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, _, err := call(t, env, "restore", file+".none"); err == nil || !strings.Contains(err.Error(), "nothing was changed") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
