package survive

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var (
	outage = flag.Duration("outage", 10*time.Second, "how long PostgreSQL hangs")
	seed   = flag.Uint64("seed", 20261120, "of the random moments")
)

const (
	root = "../.." // the repository, from here

	// patience is how long a condition may take to come true, on a machine that
	// is busy with other tests.
	patience = 60 * time.Second
	poll     = 20 * time.Millisecond
)

var errNothing = errors.New("nothing so far")

// scratch is removed when all tests are done. PostgreSQL's account may pass
// through it.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if _, err := os.Stat(filepath.Join(root, "static/vendor/htmx.min.js")); err != nil {
		fmt.Fprintln(os.Stderr, "survive: static/vendor is empty: make assets")
		return 1
	}
	var err error
	if scratch, err = os.MkdirTemp("", "qrgen-survive-"); err == nil {
		err = os.Chmod(scratch, 0o711)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	return m.Run()
}

// binary builds the program once and gives its path. With E2E_COVERDIR it is
// built to leave its coverage.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "qrgen")
	args := []string{"build", "-o", path}
	if os.Getenv("E2E_COVERDIR") != "" {
		args = append(args, "-cover", "-covermode=atomic", "-coverpkg=./...")
	}
	build := exec.Command("go", append(args, "./cmd/qrgen")...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// folder makes a directory that ends with the test.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "t") //nolint:usetesting // t.TempDir is closed to PostgreSQL's account
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// moments gives the test's random numbers: the same in every run.
func moments(t testing.TB) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", *seed)
	return rand.New(rand.NewPCG(*seed, uint64(len(t.Name()))))
}

// eventually waits until holds says so, and fails the test with what it said
// last when that takes too long.
func eventually(t testing.TB, what string, holds func() error) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t testing.TB, limit time.Duration, what string, holds func() error) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s: %v", what, limit, err)
		case <-tick.C:
		}
	}
}

// pass lets the load go on for a while.
func pass(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("the test ended")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, errors.Join(err, l.Close()))
	return port
}
