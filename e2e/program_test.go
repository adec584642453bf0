package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// program is one run of the binary, on its embedded PostgreSQL.
type program struct {
	*rig.Process
	port    string
	dataDir string
	env     []string
	started time.Duration // from exec to the printed address
}

// launch starts the program on a free port and waits until it says that it
// listens.
func launch(t testing.TB, dataDir string, env ...string) (*program, error) {
	t.Helper()
	for try := 1; ; try++ {
		port := rig.FreePort(t, "127.0.0.1")
		all := append([]string{"PORT=" + port, "HOST=127.0.0.1", "DATA_DIR=" + dataDir, "TZ=Europe/Berlin"}, env...)
		p, err := rig.Serve(all, rig.Binary(t))
		if err == nil {
			port = p.Host()[strings.LastIndexByte(p.Host(), ':')+1:] // env may name another
			return &program{Process: p, port: port, dataDir: dataDir, env: all, started: time.Since(p.Began)}, nil
		}
		// Between finding a free port and taking it somebody else may: try again.
		if try == 5 || !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

// postmaster is the process ID in the cluster's pid file; 0 without one.
func (p *program) postmaster() int {
	content, err := os.ReadFile(filepath.Join(p.dataDir, "postgres", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return pid
}

// stop stops the program as an operator does, and its PostgreSQL where it
// can't.
func (p *program) stop() error {
	if p == nil {
		return nil
	}
	err := p.Stop()
	if pid := p.postmaster(); err != nil && pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGINT)
	}
	return err
}

// start starts a program of the test's own and stops it with the test.
func start(t *testing.T, env ...string) *program {
	t.Helper()
	return startIn(t, t.TempDir(), env...)
}

// startIn is start on a data directory that is there already.
func startIn(t *testing.T, dataDir string, env ...string) *program {
	t.Helper()
	p, err := launch(t, dataDir, env...)
	must(t, err)
	p.EndWith(t)
	t.Cleanup(func() {
		if !p.Running() {
			return
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// shared is the program that journeys use side by side, each with codes of its
// own.
var shared struct {
	once sync.Once
	*program
	err error
}

// office gives the shared program.
func office(t *testing.T) *program {
	t.Helper()
	shared.once.Do(func() {
		shared.program, shared.err = launch(t, filepath.Join(rig.Scratch(), "shared"), "TRUSTED_PROXIES=127.0.0.1", "CONTACT=reception@example.edu")
	})
	if shared.program == nil {
		t.Fatalf("the shared program did not start: %v", shared.err)
	}
	return shared.program
}
