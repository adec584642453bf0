package embedpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	pollEvery   = 20 * time.Millisecond
	noteEvery   = 10 * time.Second // how often a slow start is logged
	dialTimeout = 5 * time.Second
	killGrace   = 10 * time.Second // what an immediate shutdown may take
	maxLogSize  = 10 << 20         // the log is moved aside at a start beyond this
)

// process is one run of the server.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the server has ended and err is set
	err    error
	log    string // the log's path
	from   int64  // where in the log this run begins
}

// launch starts the server without waiting for it.
func (s *Server) launch() (*process, error) {
	data, inherit, err := s.acct.dataArg(s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	if inherit != nil {
		defer inherit.Close()
	}
	log, from, err := openLog(s.cfg.Dir + ".log")
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has its own descriptor
	p := &process{exited: make(chan struct{}), log: log.Name(), from: from}
	p.cmd = exec.Command(filepath.Join(s.bin.Dir, "postgres"), append([]string{"-D", data}, s.settings()...)...)
	p.cmd.Dir = "/"
	p.cmd.Env = childEnv()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = s.acct.sysProcAttr()
	if inherit != nil {
		p.cmd.ExtraFiles = []*os.File{inherit}
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("run PostgreSQL: %w", err)
	}
	go func() { // ends with the server, which shutdown and the supervisor wait for
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// settings are the server settings that hold whatever postgresql.conf says.
func (s *Server) settings() []string {
	all := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": s.sockDir,
		"unix_socket_permissions": "0700",
		"port":                    port,
		"fsync":                   "on",
		"full_page_writes":        "on",
		"synchronous_commit":      "on",
		"logging_collector":       "off", // the log is this program's to open
	}
	maps.Copy(all, s.cfg.Settings)
	var args []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", k+"="+all[k])
	}
	return args
}

// openLog opens the server's log for appending and says where it ends.
func openLog(path string) (*os.File, int64, error) {
	if fi, err := os.Stat(path); err == nil && fi.Size() > maxLogSize {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, 0, fmt.Errorf("move PostgreSQL's log aside: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	return f, fi.Size(), nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended says whether the server has ended.
func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// logTail gives the last lines that this run wrote.
func (p *process) logTail() string {
	f, err := os.Open(p.log)
	if err != nil {
		return "no log: " + err.Error()
	}
	defer f.Close()
	b, err := io.ReadAll(io.NewSectionReader(f, p.from, 1<<20))
	if err != nil {
		return "no log: " + err.Error()
	}
	return lastLines(b, 15)
}

// launchPatiently launches the server and waits for it. The children of a
// server that was killed hold its shared memory for a moment longer; meanwhile
// a new one refuses to start, and is tried again.
func (s *Server) launchPatiently(ctx context.Context) (*process, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	patience := time.Now().Add(15 * time.Second)
	for {
		p, err := s.launchOnce(ctx)
		if err == nil {
			return p, nil
		}
		if p == nil || time.Now().After(patience) || !strings.Contains(p.logTail(), "pre-existing shared memory block") {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-tick.C:
		}
	}
}

// launchOnce gives a server that accepts connections, or an error and the
// process that has ended.
func (s *Server) launchOnce(ctx context.Context) (*process, error) {
	p, err := s.launch()
	if err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx, s); err != nil {
		// The caller's ctx may be over; the server must not outlive it anyway.
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
		defer cancel()
		return p, errors.Join(err, p.shutdown(stop))
	}
	return p, nil
}

// awaitReady waits until the server answers a login.
func (p *process) awaitReady(ctx context.Context, s *Server) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	note := time.NewTicker(noteEvery)
	defer note.Stop()
	for {
		select {
		case <-p.exited:
			return fmt.Errorf("PostgreSQL ended while starting (%w); the end of its log %s:\n%s", p.err, p.log, p.logTail())
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w; the end of its log %s:\n%s", context.Cause(ctx), p.log, p.logTail())
		case <-note.C:
			s.log.InfoContext(ctx, "PostgreSQL is still starting", "log", lastLines([]byte(p.logTail()), 1))
		case <-tick.C:
			err := ping(ctx, s.url)
			if err == nil {
				return nil
			}
			if !isStarting(err) && ctx.Err() == nil {
				return fmt.Errorf("log in to PostgreSQL: %w; the end of its log %s:\n%s", err, p.log, p.logTail())
			}
		}
	}
}

// ping logs in and out again.
func ping(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// isStarting tells a server that is not up yet from one that refuses us.
func isStarting(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code == "57P03" // cannot_connect_now: starting up, in recovery
	}
	_, isNet := errors.AsType[net.Error](err) // no socket yet, or nobody behind it
	return isNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// shutdown ends the server and waits for its end: fast (sessions are broken
// off, everything is written) until ctx ends, then at once.
func (p *process) shutdown(ctx context.Context) error {
	if p.signalAndWait(ctx, syscall.SIGINT) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
	defer cancel()
	if p.signalAndWait(ctx, syscall.SIGQUIT) {
		return nil
	}
	return fmt.Errorf("PostgreSQL (process %d) does not end", p.pid())
}

// signalAndWait says whether the server had ended before ctx.
func (p *process) signalAndWait(ctx context.Context, sig os.Signal) bool {
	_ = p.cmd.Process.Signal(sig) // it fails only when the process has ended
	select {
	case <-p.exited:
		return true
	case <-ctx.Done():
		return false
	}
}
