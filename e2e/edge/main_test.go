package edge

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	root     = "../.."
	patience = 60 * time.Second
	poll     = 20 * time.Millisecond

	inside  = "127.0.0.1" // an address of ADMIN_ALLOW
	outside = "127.0.0.2" // none of it
)

var scratch string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getenv("TRAEFIK_BIN") == "" {
		fmt.Println("edge: skipped, TRAEFIK_BIN is not set: make test-edge sets it")
		return 0
	}
	if _, err := os.Stat(filepath.Join(root, "static/vendor/htmx.min.js")); err != nil {
		fmt.Fprintln(os.Stderr, "edge: static/vendor is empty: make assets")
		return 1
	}
	var err error
	if scratch, err = os.MkdirTemp("", "qrgen-edge-"); err != nil {
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

// process is something that runs until the test ends.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when err is set
	err    error
	output lockedBuffer
}

// spawn starts a program in a process group of its own.
func spawn(t testing.TB, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = root, env
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			p.cmd.Env = append([]string{name + "=" + value}, p.cmd.Env...)
		}
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // all that it starts ends with it
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	must(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the last words of %s:\n%s", filepath.Base(name), tail(p.output.String(), 15))
		}
	})
	return p
}

// kill is kill -9 of the program and of what it started.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

// lockedBuffer takes a program's output while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func eventually(t testing.TB, what string, holds func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
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
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		case <-tick.C:
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	return strings.Join(all[max(0, len(all)-lines-1):], "")
}

func freePort(t testing.TB, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, errors.Join(err, l.Close()))
	return port
}
