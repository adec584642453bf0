package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is one run of a program.
type Process struct {
	Began          time.Time
	Base           string // http://host:port, where Serve started it
	Stdout, Stderr Log
	Exited         chan struct{} // closed when Err is set
	Err            error
	cmd            *exec.Cmd
}

// start starts it in a process group of its own: all that it starts ends with
// it, and a signal to the tests' group does not reach it.
func start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{Began: time.Now(), Exited: make(chan struct{}), cmd: cmd}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	cmd.Stdout, cmd.Stderr = &p.Stdout, &p.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.Err = cmd.Wait()
		close(p.Exited)
	}()
	return p, nil
}

// Spawn starts a program that ends with the test.
func Spawn(t testing.TB, env []string, name string, args ...string) *Process {
	t.Helper()
	p, err := start(command(env, name, args...))
	Must(t, err)
	p.EndWith(t)
	return p
}

// Command runs a program to its end and gives what it prints. Where it fails,
// the error says what it says on standard error.
func Command(t testing.TB, env []string, name string, args ...string) (stdout string, err error) {
	t.Helper()
	p, err := start(command(env, name, args...))
	Must(t, err)
	if <-p.Exited; p.Err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), p.Err, p.Stderr.String())
	}
	return p.Stdout.String(), err
}

// runsAt is the line that says where the program listens.
var runsAt = regexp.MustCompile(`runs at (http://[^ ]+)/ `)

// Serve runs a binary of this program until it says that it listens. Nothing
// ends it but who called.
func Serve(env []string, binary string) (*Process, error) {
	p, err := start(command(env, binary, "serve"))
	if err != nil {
		return nil, err
	}
	deadline := time.After(Patience)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if m := runsAt.FindStringSubmatch(p.Stderr.String()); m != nil {
			p.Base = m[1]
			return p, nil
		}
		select {
		case <-p.Exited:
			return nil, fmt.Errorf("the program ended at its start: %w\n%s", p.Err, p.Stderr.String())
		case <-deadline:
			return nil, errors.Join(errors.New("the program does not start\n"+p.Said()), p.Stop())
		case <-tick.C:
		}
	}
}

// Host is the host:port of Base.
func (p *Process) Host() string { return strings.TrimPrefix(p.Base, "http://") }

// Pid is the process ID, and that of its group.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process alone.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Running says whether it has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.Exited:
		return false
	default:
		return true
	}
}

// Ends waits for the end, and says whether it has come. Then Err says how.
func (p *Process) Ends() bool {
	select {
	case <-p.Exited:
		return true
	case <-time.After(Patience):
		return false
	}
}

// Stop stops it as an operator does, and says what is wrong with how it ended.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the program: %w", err)
	}
	if !p.Ends() {
		said := p.Said()
		p.Kill()
		return fmt.Errorf("the program does not stop within %s\n%s", Patience, said)
	}
	if p.Err != nil {
		return fmt.Errorf("the program ended with %w\n%s", p.Err, Tail(p.Stderr.String(), 5))
	}
	return nil
}

// Kill is kill -9 of the process and of what it started in its group.
func (p *Process) Kill() {
	if p.Running() {
		_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
		<-p.Exited
	}
}

// EndWith kills it with the test, and shows its last words where that failed.
func (p *Process) EndWith(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("the last words of %s:\n%s%s", filepath.Base(p.cmd.Path), Tail(p.Stdout.String(), 15), Tail(p.Stderr.String(), 15))
		}
	})
}

// Said is all that it has said, on either stream.
func (p *Process) Said() string { return p.Stdout.String() + p.Stderr.String() }

// Log takes a program's output while a test reads it.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Tail is the last lines of a text.
func Tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	return strings.Join(all[max(0, len(all)-lines-1):], "")
}
