package dbtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"qrgen/internal/embedpg"
)

const (
	// keeperEnv makes a test binary the keeper of the server in the directory
	// it names, idleEnv says for how long without a user.
	keeperEnv = "QRGEN_DBTEST_KEEPER"
	idleEnv   = "QRGEN_DBTEST_IDLE"

	// idleFor is how long the server waits for the next test process. Between
	// two packages of one run there may be a compilation.
	idleFor   = 10 * time.Second
	idleEvery = 250 * time.Millisecond
)

// init turns this process into the keeper where it was started to be that. It
// has to happen before the tests' main, and any test binary may be the first:
// hence the one init of the project, in a package that only tests import.
func init() { //nolint:gochecknoinits // see above
	dir := os.Getenv(keeperEnv)
	if dir == "" {
		return
	}
	idle, err := time.ParseDuration(os.Getenv(idleEnv))
	if err != nil {
		idle = idleFor
	}
	if err := keep(dir, idle); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep runs the server until nobody has used it for as long as idle.
func keep(dir string, idle time.Duration) error {
	lock, err := lockFile(filepath.Join(dir, keeperLock), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return err
	}
	defer unlock(lock)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer cancel()
	s, err := startOrRenew(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer func() {
		if err := s.Stop(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	if err := sweep(ctx, s.URL()); err != nil {
		return err
	}
	published := filepath.Join(dir, urlFile)
	if err := publish(published, s.URL()); err != nil {
		return err
	}
	defer os.Remove(published)
	users, err := os.OpenFile(filepath.Join(dir, usersLock), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	// The lock that awaitIdle got goes with the process, so after the server.
	return awaitIdle(ctx, users, idle, published)
}

// startOrRenew starts the server, with a new cluster if the old one does not
// work any more: without fsync a power cut ruins it, and after an upgrade it is
// of another version.
func startOrRenew(ctx context.Context, dir string) (*embedpg.Server, error) {
	cfg := embedpg.Config{
		Dir:         dir,
		Log:         slog.New(slog.NewTextHandler(os.Stderr, nil)),
		NodeModules: nodeModules(),
		Settings: map[string]string{
			// Nothing here needs to survive anything.
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			// Its workers would stand in the way of dropping a database.
			"autovacuum": "off",
			"wal_level":  "minimal", "max_wal_senders": "0", "checkpoint_timeout": "1h",
			// go test runs several packages with several tests at once.
			"max_connections": "300",
		},
	}
	s, err := embedpg.Start(ctx, cfg)
	if err == nil || ctx.Err() != nil || errors.Is(err, embedpg.ErrNoBinaries) && !exists(dir) {
		return s, err
	}
	fmt.Fprintln(os.Stderr, "the old cluster is replaced:", err)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	return embedpg.Start(ctx, cfg)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// nodeModules are those of the repository that the tests run in, as go test
// sets the working directory to the package's.
func nodeModules() []string {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	var found []string
	for {
		found = append(found, filepath.Join(dir, "node_modules"))
		parent := filepath.Dir(dir)
		if parent == dir || exists(filepath.Join(dir, "go.mod")) {
			return found
		}
		dir = parent
	}
}

// publish writes the file in one step, so that nobody reads half of it.
func publish(path, content string) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// awaitIdle returns, with the users' lock, when nobody else has had it for
// as long as idle, or when ctx ends or the published file is gone.
func awaitIdle(ctx context.Context, users *os.File, idle time.Duration, published string) error {
	tick := time.NewTicker(idleEvery)
	defer tick.Stop()
	lastUse := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !exists(published) {
			return nil // somebody cleared the temporary directory
		}
		fd := int(users.Fd())
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
			lastUse = time.Now()
		case err != nil:
			return fmt.Errorf("watch for users: %w", err)
		case time.Since(lastUse) > idle:
			return nil
		default:
			if err := syscall.Flock(fd, syscall.LOCK_UN); err != nil {
				return fmt.Errorf("watch for users: %w", err)
			}
		}
	}
}
