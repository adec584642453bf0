package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is one run of the binary.
type program struct {
	base    string // http://127.0.0.1:PORT
	port    string
	dataDir string
	env     []string
	cmd     *exec.Cmd
	started time.Duration // from exec to the printed address
	exited  chan struct{} // closed when err is set
	err     error
	stdout  *lockedBuffer
	stderr  *lockedBuffer
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

// runsAt is the line that says where the program listens.
var runsAt = regexp.MustCompile(`runs at (http://[^ ]+)/ `)

// launch starts the program on a free port and waits until it says that it
// listens. The environment is this process's without the program's own
// variables, and env.
func launch(dataDir string, env ...string) (*program, error) {
	// Between finding a free port and taking it somebody else may: try again.
	var err error
	for range 5 {
		var p *program
		if p, err = launchOnce(dataDir, env); err == nil {
			return p, nil
		}
		if !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
	return nil, err
}

func launchOnce(dataDir string, env []string) (*program, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	for _, e := range env {
		if given, ok := strings.CutPrefix(e, "PORT="); ok {
			port = given
		}
	}
	p := &program{port: port, dataDir: dataDir, env: env, exited: make(chan struct{}), stdout: &lockedBuffer{}, stderr: &lockedBuffer{}}
	p.cmd = exec.CommandContext(context.Background(), path, "serve") // it outlives the test that starts it
	p.cmd.Dir = root                                                 // where the npm package's PostgreSQL would lie
	p.cmd.Env = p.environment()
	// A group of its own: a signal to it is what Ctrl-C in a terminal is, and
	// one to the tests' group does not reach it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stdout = p.stdout
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	address := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			fmt.Fprintln(p.stderr, lines.Text())
			if m := runsAt.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	go func() {
		<-read // Wait closes the pipe, so everything is read before
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	select {
	case p.base = <-address:
		p.started = time.Since(began)
		return p, nil
	case <-p.exited:
		return nil, fmt.Errorf("the program ended at its start: %w\n%s", p.err, p.stderr)
	case <-time.After(patience):
		p.kill()
		return nil, fmt.Errorf("the program did not start within %s\n%s", patience, p.stderr)
	}
}

func freePort() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// environment is what the program sees.
func (p *program) environment() []string {
	env := []string{"PORT=" + p.port, "HOST=127.0.0.1", "DATA_DIR=" + p.dataDir, "TZ=Europe/Berlin"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if dir := os.Getenv("E2E_COVERDIR"); dir != "" {
		env = append(env, "GOCOVERDIR="+dir)
	}
	return append(env, p.env...) // of two values the last counts
}

// signal sends a signal to the program alone.
func (p *program) signal(s syscall.Signal) error { return syscall.Kill(p.cmd.Process.Pid, s) }

// wait waits for the program's end.
func (p *program) wait(limit time.Duration) error {
	select {
	case <-p.exited:
		return p.err
	case <-time.After(limit):
		return fmt.Errorf("the program still runs after %s\n%s", limit, p.stderr)
	}
}

// stop stops the program as an operator does. Then its coverage is written.
func (p *program) stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	if err := p.wait(patience); err != nil {
		p.kill()
		return fmt.Errorf("stop the program: %w\n%s", err, p.stderr)
	}
	return nil
}

// kill ends the program at once and its PostgreSQL after it.
func (p *program) kill() {
	_ = p.signal(syscall.SIGKILL)
	<-p.exited
	if pid := p.postmaster(); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGINT)
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

// command runs another subcommand beside the program.
func (p *program) command(ctx context.Context, args ...string) (stdout string, err error) {
	path, err := binary()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = root, p.environment()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("qrgen %s: %w\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return out.String(), nil
}

// start starts a program of the test's own and stops it with the test.
func start(t *testing.T, env ...string) *program {
	t.Helper()
	return startIn(t, t.TempDir(), env...)
}

// startIn is start on a data directory that is there already.
func startIn(t *testing.T, dataDir string, env ...string) *program {
	t.Helper()
	p, err := launch(dataDir, env...)
	must(t, err)
	t.Cleanup(func() {
		select {
		case <-p.exited:
		default:
			if err := p.stop(); err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			t.Logf("the program's last lines:\n%s%s", tail(p.stdout.String(), 15), p.stderr)
		}
	})
	return p
}

func tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	return strings.Join(all[max(0, len(all)-lines-1):], "")
}

// shared is the program that journeys use side by side, each with codes of its
// own.
var shared = sync.OnceValues(func() (*program, error) {
	p, err := launch(filepath.Join(scratch, "shared"), "TRUSTED_PROXIES=127.0.0.1", "CONTACT=reception@example.edu")
	if err == nil {
		stopShared = p.stop
	}
	return p, err
})

var stopShared = func() error { return nil }

// office gives the shared program.
func office(t *testing.T) *program {
	t.Helper()
	p, err := shared()
	must(t, err)
	return p
}

// readAll reads and closes.
func readAll(r io.ReadCloser) (string, error) {
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}
