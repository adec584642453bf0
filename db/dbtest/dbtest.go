// Package dbtest gives each test a real, migrated PostgreSQL database of its
// own. It is imported by tests only.
//
//	pool := dbtest.New(t)
//
// All tests of all packages share one server: the first test process starts it
// (see server.go) unless TEST_DATABASE_URL names another one, whose role must
// be allowed to create databases. The migrations run once per content, into a
// template that each test's database is a copy of.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
)

// setupTimeout bounds what may have to be done before a test gets its
// database: at worst initdb, a start and all migrations, on a busy machine.
const setupTimeout = 2 * time.Minute

// New gives a pool on a database of the test's own. Both end with the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), URL(t))
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL makes a migrated database for the test and gives its connection string.
// The database is dropped at the end of the test, whoever is still connected.
func URL(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	src, err := shared()
	if err != nil {
		t.Fatalf("prepare the test database: %v", err)
	}
	name := testPrefix + strings.ToLower(rand.Text()[:12])
	if err := src.clone(ctx, name); err != nil {
		t.Fatalf("make the test's database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
		defer cancel()
		if err := src.drop(ctx, name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return db.OtherDatabase(src.url, name)
}

// shared is this process's connection to the server, with the template made.
// It is never closed: it ends with the process, and with it the claim on the
// server.
var shared = sync.OnceValues(func() (*source, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		var err error
		if server, err = claimServer(ctx); err != nil {
			return nil, err
		}
	}
	return newSource(ctx, server, db.MigrationsHash(), func(ctx context.Context, url string) error {
		_, err := db.Migrate(ctx, url)
		return err
	})
})

// source makes databases from the template.
type source struct {
	url      string
	admin    *pgxpool.Pool
	template string
}

// newSource connects to the server and makes the template for the schema with
// that hash, unless it exists.
func newSource(ctx context.Context, server, hash string, migrate func(ctx context.Context, url string) error) (*source, error) {
	cfg, err := pgxpool.ParseConfig(server)
	if err != nil {
		return nil, fmt.Errorf("read the test server's URL: %w", err)
	}
	cfg.MaxConns = 4 // of each of the test processes
	admin, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to the test server: %w", err)
	}
	s := &source{url: server, admin: admin, template: templatePrefix + hash}
	if err := s.makeTemplate(ctx, migrate); err != nil {
		admin.Close()
		return nil, fmt.Errorf("make the template database %s: %w", s.template, err)
	}
	return s, nil
}

// clone copies the template. WAL_LOG takes no checkpoint, which the other
// strategy takes twice.
func (s *source) clone(ctx context.Context, name string) error {
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+s.template+" STRATEGY WAL_LOG")
	return err
}

// drop drops a database. Where autovacuum, which belongs to the superuser, is at
// work in it, FORCE is refused to our role; the plain form ends autovacuum.
func (s *source) drop(ctx context.Context, name string) error {
	_, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" { // insufficient_privilege
		_, err = s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name)
	}
	return err
}
