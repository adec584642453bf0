package db

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qrgen/internal/errs"
)

// connectTimeout bounds one attempt to reach the server, so that a host that
// swallows packets reads as away and not as slow.
const connectTimeout = 5 * time.Second

// Store is the way to the data: every query of queries/ as a method, and
// transactions. It is safe for concurrent use. Every error it returns is
// translated (see translate).
type Store struct {
	*Queries
	pool     *pgxpool.Pool
	tracer   *tracer               // nil without Open
	readOnly atomic.Pointer[error] // why; nil where it may write
}

// Open makes a pool for a PostgreSQL connection string. It does not wait for
// the server: the first query does. Slow queries are logged.
func Open(ctx context.Context, connection string, log *slog.Logger) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, fmt.Errorf("parse the database address: %w", err)
	}
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	// Lists leave their filters out by constants (queries/codes.sql): only a
	// plan made with the values at hand can fold them and use the right index.
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	// Compiling a query for a page takes longer (20 ms and more) than running it.
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	cfg.ConnConfig.RuntimeParams["application_name"] = "qrgen"
	trace := newTracer(log)
	cfg.ConnConfig.Tracer = trace
	s := &Store{tracer: trace}
	cfg.BeforeConnect = s.beforeConnect
	if s.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	s.Queries = New(translating{s.pool})
	return s, nil
}

func (s *Store) beforeConnect(_ context.Context, cfg *pgx.ConnConfig) error {
	if s.ReadOnly() != nil {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	return nil
}

// OnlyRead has the server refuse every write from here on, with an Unavailable
// error: for a program that is older than the schema, or does not know yet, and
// whose writes nobody could answer for. Writable ends it.
func (s *Store) OnlyRead(why error) {
	s.readOnly.Store(&why)
	s.pool.Reset() // those that are open may write
}

// Writable lets writes through again.
func (s *Store) Writable() {
	if s.readOnly.Swap(nil) != nil {
		s.pool.Reset()
	}
}

// ReadOnly gives what OnlyRead was told, or nil where writes are let through.
func (s *Store) ReadOnly() error {
	if why := s.readOnly.Load(); why != nil {
		return *why
	}
	return nil
}

// NewStore wraps an existing pool, which it does not own the opening of but
// does close.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{Queries: New(translating{pool}), pool: pool}
}

// OtherDatabase is the connection string for another database of the same
// server.
func OtherDatabase(connection, name string) string {
	u, err := url.Parse(connection)
	if err != nil || u.Scheme == "" {
		return connection + " dbname='" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(name) + "'" // in key=value form, the last one counts
	}
	u.Path = "/" + name
	return u.String()
}

// InTx runs fn in one transaction: committed if fn returns nil, rolled back
// if it returns an error or panics. fn's error is returned as it is. An
// Unavailable error says whether anything may have been kept.
func (s *Store) InTx(ctx context.Context, fn func(q *Queries) error) error {
	var fnErr error
	done := false
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		fnErr = fn(New(translating{tx}))
		done = fnErr == nil
		return fnErr
	})
	if fnErr != nil {
		return fnErr
	}
	if err != nil && done && away(err) { // the commit may have arrived
		return errs.Wrap(errs.Unavailable, "The database went away while this was being saved. Look whether it was before you try again.", err)
	}
	return translate(err)
}

// InSnapshot runs fn with queries that all see the database as it is at the
// first one, and that can change nothing.
func (s *Store) InSnapshot(ctx context.Context, fn func(q *Queries) error) error {
	var fnErr error
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		fnErr = fn(New(translating{tx}))
		return fnErr
	})
	if fnErr != nil {
		return fnErr
	}
	return translate(err)
}

// Ping asks the server for an answer; an Unavailable error if none comes.
func (s *Store) Ping(ctx context.Context) error { return translate(s.pool.Ping(ctx)) }

// QueryTimes gives the queries' durations for the metrics; nil for a store that
// was not made by Open.
func (s *Store) QueryTimes() prometheus.Collector {
	if s.tracer == nil {
		return nil
	}
	return s.tracer.seconds
}

// Stat gives the pool's state for the metrics.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

// Close waits for borrowed connections and closes them all.
func (s *Store) Close() { s.pool.Close() }

// translating is a DBTX whose errors are the house's own.
type translating struct{ DBTX }

func (t translating) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := t.DBTX.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (t translating) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := t.DBTX.Query(ctx, sql, args...)
	return translatingRows{rows}, translate(err)
}

func (t translating) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return translatingRow{t.DBTX.QueryRow(ctx, sql, args...)}
}

type translatingRow struct{ row pgx.Row }

func (r translatingRow) Scan(dest ...any) error { return translate(r.row.Scan(dest...)) }

type translatingRows struct{ pgx.Rows }

func (r translatingRows) Err() error             { return translate(r.Rows.Err()) }
func (r translatingRows) Scan(dest ...any) error { return translate(r.Rows.Scan(dest...)) }
