package redirect

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

const (
	// reconcileEvery is how often the database is read without a notification.
	reconcileEvery = time.Minute

	// degradedAfter is the age of the last confirmation from which on a miss
	// is no longer sure: one reconciliation may be late.
	degradedAfter = 5 * reconcileEvery / 2

	// bellRest is kept between two readings, so that many single edits in a
	// row are read together.
	bellRest = 20 * time.Millisecond

	listenTimeout = 5 * time.Second  // to connect, to answer a ping
	listenPing    = 30 * time.Second // silence after which the connection is tried
	retryFirst    = 100 * time.Millisecond
	retryLongest  = 3 * time.Second
)

// Run keeps the directory in step with the database, and its snapshot with the
// directory, until ctx ends. The error is nil then: whatever else goes wrong is
// logged and tried again.
func (d *Directory) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.listen(ctx) })
	g.Go(func() error { return d.follow(ctx) })
	g.Go(func() error { return d.keepSnapshot(ctx) })
	return g.Wait()
}

// ring asks for a reading; one that is asked for already will do.
func (d *Directory) ring() {
	select {
	case d.bell <- struct{}{}:
	default:
	}
}

// follow reads the database whenever the bell rings, and once a minute.
func (d *Directory) follow(ctx context.Context) error {
	retry := backOff{}
	timer := time.NewTimer(reconcileEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.bell:
		case <-timer.C:
		}
		wasStale := d.stale.Load()
		wait := reconcileEvery
		switch err := d.Sync(ctx); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			wait = retry.next()
			if !wasStale {
				d.cfg.Log.ErrorContext(ctx, "directory is behind: the database can't be read", "err", err)
			}
		default:
			retry.reset()
			if wasStale {
				d.cfg.Log.InfoContext(ctx, "directory is in step with the database")
			}
		}
		if !pause(ctx, bellRest) {
			return nil
		}
		timer.Reset(wait)
	}
}

// listen holds a connection of its own that hears of every change, and makes
// it anew when it breaks.
func (d *Directory) listen(ctx context.Context) error {
	retry := backOff{}
	said := false
	for {
		err := d.hear(ctx, func() { said = false; retry.reset() })
		d.listening.Store(false)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end was asked for
		}
		if !said {
			said = true
			d.cfg.Log.WarnContext(ctx, "directory does not hear of changes", "err", err)
		}
		if !pause(ctx, retry.next()) {
			return nil
		}
	}
}

// hear connects, listens and rings the bell until the connection breaks.
func (d *Directory) hear(ctx context.Context, connected func()) error {
	conn, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		// Closing says good-bye to the server, also when ctx has ended.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	connected()
	d.listening.Store(true)
	// What was committed before LISTEN was not heard: read it.
	d.ring()
	for {
		heard, err := d.wait(ctx, conn)
		if err != nil {
			return err
		}
		if heard {
			d.counters.notifications.Add(1)
			d.ring()
		}
	}
}

func (d *Directory) connect(ctx context.Context) (*pgx.Conn, error) {
	// The pool's parser, because the address may hold settings of the pool.
	cfg, err := pgxpool.ParseConfig(d.cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("parse the database address: %w", err)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "qrgen directory"
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect to listen: %w", err)
	}
	if _, err := conn.Exec(ctx, "LISTEN codes_changed"); err != nil {
		_ = conn.Close(ctx)
		return nil, fmt.Errorf("listen: %w", err)
	}
	return conn, nil
}

// wait gives true when a change was heard of, false after a silence in which
// the connection proved to be alive.
func (d *Directory) wait(ctx context.Context, conn *pgx.Conn) (bool, error) {
	silence, cancel := context.WithTimeout(ctx, listenPing)
	defer cancel()
	_, err := conn.WaitForNotification(silence)
	if err == nil {
		return true, nil
	}
	if ctx.Err() != nil || !pgconn.Timeout(err) && !errors.Is(err, context.DeadlineExceeded) {
		return false, fmt.Errorf("wait for a notification: %w", err)
	}
	ping, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	if err := conn.Ping(ping); err != nil {
		return false, fmt.Errorf("try the listening connection: %w", err)
	}
	return false, nil
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// backOff doubles the wait from attempt to attempt, and spreads it so that
// replicas don't come back all at once.
type backOff struct{ last time.Duration }

func (b *backOff) reset() { b.last = 0 }

func (b *backOff) next() time.Duration {
	b.last = min(max(2*b.last, retryFirst), retryLongest)
	return b.last/2 + rand.N(b.last/2+1)
}
