// Package embedpg runs a private PostgreSQL for a program that was given no
// database: it finds the server's binaries, makes the cluster once, starts the
// server as a child, keeps it running and stops it with the program.
//
// The server listens on a unix socket only. What is committed survives a kill
// of the program, of the server and of the machine: fsync, full page writes
// and data checksums are on.
//
// Beside the data directory Dir lie Dir.lock (one program at a time), Dir.log
// (the server's log) and, where its path is short enough, Dir.sock (the
// directory of the socket).
package embedpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// minMajor is the oldest PostgreSQL that the program's SQL is written for.
	minMajor = 15

	// startTimeout bounds a start. Crash recovery replays at most about
	// max_wal_size (1 GB), which takes well under a minute on a desk machine.
	startTimeout = 5 * time.Minute
)

// Config says where the cluster lies and how to run it.
type Config struct {
	// Dir is the cluster's data directory; it is made when it does not exist.
	Dir string

	// Log takes what happens to the server; nil discards it.
	Log *slog.Logger

	// BinDirs are the directories, as globs, in which to look for the binaries;
	// nil means SystemBinDirs.
	BinDirs []string

	// NodeModules are the node_modules directories in which the npm package may
	// lie that stands in where no PostgreSQL is installed.
	NodeModules []string

	// CacheDir takes a copy of the npm package's binaries where the account that
	// the server runs under cannot reach them; empty means /var/cache/qrgen.
	CacheDir string

	// Settings are further server settings. They override the defaults, fsync
	// included: tests that throw their data away switch it off.
	Settings map[string]string
}

// Server is a running PostgreSQL. It is restarted when it dies and ends with
// Stop.
type Server struct {
	cfg     Config
	log     *slog.Logger
	bin     Binaries
	acct    account
	lock    *os.File
	sockDir string
	url     string

	stop    sync.Once
	stopErr error
	cancel  context.CancelFunc // ends the supervision
	done    chan struct{}      // closed once the supervision has ended
	proc    *process           // the supervisor's until done is closed, then Stop's
}

// Start makes the cluster if there is none, starts the server and waits until
// it accepts connections. ctx governs the start alone; the server runs until
// Stop. A server left behind by a killed run is stopped first; while another
// program has the cluster, the error names that program's process.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	dir, err := realDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	s := &Server{cfg: cfg, log: cfg.Log, done: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.cfg.BinDirs == nil {
		s.cfg.BinDirs = SystemBinDirs()
	}
	if s.cfg.CacheDir == "" {
		s.cfg.CacheDir = "/var/cache/qrgen"
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	s.lock, err = takeLock(dir + ".lock")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errors.New("it took too long"))
	defer cancel()
	if err := s.start(ctx); err != nil {
		s.release()
		return nil, fmt.Errorf("start the embedded PostgreSQL: %w", err)
	}
	return s, nil
}

// start does what Start promises while the lock is held.
func (s *Server) start(ctx context.Context) error {
	began := time.Now()
	major, err := s.prepare(ctx)
	if err != nil {
		return err
	}
	if s.bin, err = s.binaries(ctx, major); err != nil {
		return err
	}
	if major == 0 {
		if err := s.initCluster(ctx); err != nil {
			return err
		}
	}
	password, err := s.password(ctx)
	if err != nil {
		return err
	}
	if s.sockDir, err = s.makeSocketDir(); err != nil {
		return err
	}
	s.url = connURL(s.sockDir, password)
	if s.proc, err = s.launchPatiently(ctx); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "embedded PostgreSQL started", "version", s.bin.Version, "dir", s.cfg.Dir,
		"account", s.acct.name, "pid", s.proc.pid(), "took_ms", time.Since(began).Milliseconds())

	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	go s.supervise(life)
	return nil
}

// URL is the connection string, for pgx and libpq alike, of the database
// "qrgen" as its owner. It holds the password: it does not belong into a log.
func (s *Server) URL() string { return s.url }

// Version is the server's version, such as "15.18".
func (s *Server) Version() string { return s.bin.Version }

// Stop shuts the server down: sessions are ended, everything is written, and
// the next start needs no recovery. When ctx ends first, the server is stopped
// at once and recovers at the next start; nothing committed is lost either way.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() { s.stopErr = s.stopOnce(ctx) })
	return s.stopErr
}

func (s *Server) stopOnce(ctx context.Context) error {
	s.cancel()
	<-s.done
	defer s.release()
	if s.proc == nil {
		return nil // it had died and was not up again
	}
	began := time.Now()
	if err := s.proc.shutdown(ctx); err != nil {
		return fmt.Errorf("stop the embedded PostgreSQL: %w", err)
	}
	s.log.InfoContext(ctx, "embedded PostgreSQL stopped", "took_ms", time.Since(began).Milliseconds())
	return nil
}

// release gives the cluster free for the next program.
func (s *Server) release() {
	if s.sockDir != "" && (s.proc == nil || s.proc.ended()) {
		if err := clearSocketDir(s.sockDir); err != nil { // a killed server leaves its socket
			s.log.Warn("remove PostgreSQL's socket", "err", err)
		}
		_ = os.Remove(s.sockDir) // empty, unless somebody else put something there
	}
	dropLock(s.lock)
}

// Running gives the URL of the server that another process runs on the data
// directory dir, for commands that work beside it. ok is false when none runs.
func Running(dir string) (url string, ok bool, err error) {
	if dir, err = realDir(dir); err != nil {
		return "", false, err
	}
	pm, err := readPidFile(dir)
	if err != nil || !pm.serves(dir) {
		return "", false, err
	}
	password, err := readPassword(dir)
	if err != nil {
		return "", false, err
	}
	return connURL(pm.sockDir, password), true, nil
}

// realDir is the one name of a data directory, so that the lock beside it is
// one too: absolute and, as far as it exists, without symbolic links.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the PostgreSQL data directory %s: %w", dir, err)
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		return target, nil
	}
	if parent, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(parent, filepath.Base(abs)), nil
	}
	return abs, nil
}
