package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var writeScreenshots = flag.Bool("screenshots", false, "write docs/screenshots")

const (
	root = ".." // the repository, from here

	// patience is how long a condition may take to come true. It is generous:
	// the tests share a small machine with others and wait no longer than need be.
	patience = 60 * time.Second
	poll     = 25 * time.Millisecond
)

// errNothing is what a condition says that has nothing better to say.
var errNothing = errors.New("nothing so far")

// scratch is removed when all tests are done.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if err = missing(); err == nil {
		scratch, err = os.MkdirTemp("", "qrgen-e2e-")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	defer func() { stopBrowser() }() // by then it may be another than now
	code := m.Run()
	for _, stop := range []func() error{stopShared, stopTown} {
		if err := stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// missing names, in one line, what the machine lacks.
func missing() error {
	packages := map[string]string{"zbarimg": "zbar-tools", "ZXingReader": "zxing-cpp-tools", "rsvg-convert": "librsvg2-bin"}
	names := ""
	if chromiumPath() == "" {
		names += " chromium"
	}
	for _, tool := range []string{"zbarimg", "ZXingReader", "rsvg-convert"} {
		if _, err := exec.LookPath(tool); err != nil {
			names += " " + packages[tool]
		}
	}
	if names != "" {
		return errors.New("e2e: missing on this machine; as an administrator: apt-get install --no-install-recommends" + names)
	}
	if _, err := os.Stat(filepath.Join(root, "static/vendor/htmx.min.js")); err != nil {
		return errors.New("e2e: static/vendor is empty: make assets")
	}
	return nil
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

// eventually waits until holds says so, and fails the test with what it said
// last when that takes too long.
func eventually(t testing.TB, what string, holds func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		case <-tick.C:
		}
	}
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
