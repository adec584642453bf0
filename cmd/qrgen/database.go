package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"qrgen/db"
	"qrgen/internal/config"
	"qrgen/internal/embedpg"
	"qrgen/internal/logs"
)

const (
	databaseStopTimeout = 30 * time.Second
	contactTimeout      = 700 * time.Millisecond // for the first contact: printed codes wait meanwhile
	contactInterval     = time.Second
)

// database is the PostgreSQL that a command works on: the one DATABASE_URL
// names, or the program's own.
type database struct {
	url   string
	store *db.Store
	own   *embedpg.Server // nil with DATABASE_URL

	migrated atomic.Bool
}

// openDatabase opens the database for serve, the owner of an embedded server.
func openDatabase(ctx context.Context, cfg config.Config, log *slog.Logger) (*database, error) {
	d := &database{url: cfg.DatabaseURL}
	if d.url == "" {
		own, err := embedpg.Start(ctx, embedpg.Config{
			Dir: postgresDir(cfg), Log: log, NodeModules: []string{"node_modules"},
		})
		if err != nil {
			return nil, fmt.Errorf("start the embedded PostgreSQL: %w", err)
		}
		d.own, d.url = own, own.URL()
	}
	store, err := db.Open(ctx, d.url, log)
	if err != nil {
		d.close(log)
		return nil, err
	}
	d.store = store
	return d, nil
}

// besideDatabase opens the database for a command that may run while serve
// does: an embedded server that is up already is used and left up. Done closes it.
func besideDatabase(ctx context.Context, env environment, cfg config.Config) (d *database, done func(), err error) {
	log, _ := logs.New(env.stderr, cfg.LogLevel)
	if cfg.DatabaseURL == "" {
		url, up, err := embedpg.Running(postgresDir(cfg))
		if err != nil {
			return nil, nil, fmt.Errorf("look for the embedded PostgreSQL: %w", err)
		}
		if up {
			cfg.DatabaseURL = url
		}
	}
	if d, err = openDatabase(ctx, cfg, log); err != nil {
		return nil, nil, err
	}
	return d, func() { d.close(log) }, nil
}

func postgresDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "postgres") }

// migrate brings the schema up to date. A database that is away is left to
// migrateLater.
func (d *database) migrate(ctx context.Context, log *slog.Logger) error {
	bounded, cancel := context.WithTimeout(ctx, contactTimeout)
	defer cancel()
	err := d.store.Ping(bounded)
	if err == nil {
		return d.migrateNow(ctx, log)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("reach the database: %w", ctx.Err())
	}
	// Until then nothing may write, the recorder of scans above all: the schema
	// may be a newer program's.
	d.store.OnlyRead(errUnknownSchema)
	log.WarnContext(ctx, "the database does not answer: scans are served from memory until it does", "error", err)
	return nil
}

// migrateLater migrates a database that was away at the start, once it is
// there.
func (d *database) migrateLater(ctx context.Context, log *slog.Logger) error {
	ticker := time.NewTicker(contactInterval)
	defer ticker.Stop()
	for !d.migrated.Load() && !errors.Is(d.store.ReadOnly(), db.ErrNewerSchema) {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if d.store.Ping(ctx) != nil {
			continue
		}
		if err := d.migrateNow(ctx, log); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the database could not be migrated", "error", err)
		}
	}
	return nil
}

// migrateNow makes the schema this program's. A newer one is left as it is, and
// read only: printed codes are served from it, and scans wait in the journal for
// the newer program.
func (d *database) migrateNow(ctx context.Context, log *slog.Logger) error {
	applied, err := db.Migrate(ctx, d.url)
	if errors.Is(err, db.ErrNewerSchema) {
		if !errors.Is(d.store.ReadOnly(), db.ErrNewerSchema) {
			log.ErrorContext(ctx, "nothing is written: start the newer program again, or restore a backup that this one made", "error", err)
		}
		d.store.OnlyRead(db.ErrNewerSchema)
		return nil
	}
	if err != nil {
		return err
	}
	d.store.Writable()
	d.migrated.Store(true)
	if applied > 0 {
		log.InfoContext(ctx, "migrated the database", "migrations", applied)
	}
	return nil
}

var errUnknownSchema = errors.New("whose schema the database has is not known yet")

var errNoDatabase = errors.New("the database did not answer")

// await waits until the database answers, at most so long, and says so.
func (d *database) await(ctx context.Context, patience time.Duration, log *slog.Logger) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(contactInterval)
	defer ticker.Stop()
	for said := false; ; said = true {
		err := d.store.Ping(bounded)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if !said {
			log.WarnContext(ctx, "waiting for the database", "at_most", patience.String(), "error", err)
		}
		select {
		case <-bounded.Done():
			return fmt.Errorf("%w within %s (STARTUP_TIMEOUT): %w", errNoDatabase, patience, err)
		case <-ticker.C:
		}
	}
}

// close closes the pool and stops the program's own server.
func (d *database) close(log *slog.Logger) {
	if d.store != nil {
		d.store.Close()
	}
	if d.own == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), databaseStopTimeout)
	defer cancel()
	if err := d.own.Stop(ctx); err != nil {
		log.ErrorContext(ctx, "the embedded PostgreSQL did not stop", "error", err)
	}
}
