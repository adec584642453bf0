// Package rig runs the real program for tests: it builds it once, starts and
// awaits it, signals, kills and stops it, keeps what it says, asks it over HTTP,
// and gives it a PostgreSQL that nobody else restarts. Other programs that take
// part, such as the edge, run in the same way. It is imported by tests only.
//
// Where E2E_COVERDIR is set, the program is built with -cover and leaves its
// coverage there when it stops (scripts/test.sh).
package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var (
	root    string // the repository, from the tests' folder
	scratch string
)

// Main runs a package's tests: run is m.Run and what else is to be done before
// the scratch folder is removed. It gives the exit code. The repository is given
// as it is seen from the package's folder.
func Main(repository string, run func() int) int {
	root = repository
	_, err := os.Stat(filepath.Join(root, "static/vendor/htmx.min.js"))
	if err != nil {
		err = errors.New("rig: static/vendor is empty: make assets")
	} else if scratch, err = os.MkdirTemp("", "qrgen-e2e-"); err == nil {
		defer func() { _ = os.RemoveAll(scratch) }()
		err = os.Chmod(scratch, 0o711) // PostgreSQL's account may pass through it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// Scratch is a folder that is removed when all tests are done.
func Scratch() string { return scratch }

// Folder makes a folder that ends with the test. PostgreSQL's account may pass
// through it, to which t.TempDir is closed.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "t") //nolint:usetesting // see above
	Must(t, err)
	Must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "qrgen")
	return path, Build(path)
})

// Binary is the program's path. It is built when it is first asked for.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	Must(t, err)
	return path
}

// Build builds the program anew, with more of go build's flags.
func Build(path string, flags ...string) error {
	args := append([]string{"build", "-o", path}, flags...)
	if os.Getenv("E2E_COVERDIR") != "" {
		args = append(args, "-cover", "-covermode=atomic", "-coverpkg=./...")
	}
	build := exec.Command("go", append(args, "./cmd/qrgen")...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// command is a program in the repository's folder, where the npm package's
// PostgreSQL would lie, with env and what programs need to run at all. Of two
// values the last counts.
func command(env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if dir := os.Getenv("E2E_COVERDIR"); dir != "" {
		cmd.Env = append(cmd.Env, "GOCOVERDIR="+dir)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}
