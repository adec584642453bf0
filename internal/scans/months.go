package scans

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"qrgen/db"
)

// monthsAhead is how many months beside the current one are always there.
const monthsAhead = 2

// months sees to the monthly tables of scans. It is safe for concurrent use.
type months struct {
	store *db.Store

	mu    sync.Mutex
	known map[string]bool
}

func newMonths(store *db.Store) *months { return &months{store: store, known: map[string]bool{}} }

// ensure makes the tables of the given months if they are not there.
func (m *months) ensure(ctx context.Context, firsts []time.Time) error {
	for _, first := range firsts {
		name := first.Format(time.DateOnly)
		m.mu.Lock()
		known := m.known[name]
		m.mu.Unlock()
		if known {
			continue
		}
		err := m.store.InTx(ctx, func(q *db.Queries) error {
			if err := q.LockScanMonths(ctx); err != nil {
				return err
			}
			_, err := q.AddScanMonth(ctx, name)
			return err
		})
		if err != nil {
			return fmt.Errorf("add the month of %s: %w", name, err)
		}
		m.mu.Lock()
		m.known[name] = true
		m.mu.Unlock()
	}
	return nil
}

// forget looks for every table again when it is needed: in another database
// than before they may not be there.
func (m *months) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.known)
}

// ahead makes this month's table and the next ones'.
func (m *months) ahead(ctx context.Context, now time.Time) error {
	firsts := []time.Time{monthOf(now)}
	for range monthsAhead {
		firsts = append(firsts, firsts[len(firsts)-1].AddDate(0, 1, 0))
	}
	return m.ensure(ctx, firsts)
}

// KeptSince is from when on there are single scans, where they are kept for so
// many days: months are dropped as a whole.
func KeptSince(now time.Time, days int) time.Time { return monthOf(now.AddDate(0, 0, -days)) }

// prune drops the months that ended before the given time. It continues what
// an earlier run, of any replica, left half done.
func (m *months) prune(ctx context.Context, before time.Time) error {
	rows, err := m.store.ListScanMonths(ctx)
	if err != nil {
		return fmt.Errorf("list the months of scans: %w", err)
	}
	for _, row := range rows {
		first, err := time.Parse("scans_2006_01", strings.TrimSuffix(row.Name, "_out"))
		if err != nil || (row.Attached && first.AddDate(0, 1, 0).After(before)) {
			continue
		}
		if err := m.drop(ctx, first, row.Attached); err != nil {
			return fmt.Errorf("drop the month of %s: %w", first.Format("2006-01"), err)
		}
	}
	return nil
}

// packAfter is how long after its end a month is packed: late rows, from a
// replica that was away, should be there by then.
const packAfter = 3 * 24 * time.Hour

// pack puts the scans of months that are over in the order in which pages read
// them, each month once.
func (m *months) pack(ctx context.Context, now time.Time) error {
	rows, err := m.store.ListScanMonths(ctx)
	if err != nil {
		return fmt.Errorf("list the months of scans: %w", err)
	}
	for _, row := range rows {
		first, err := time.Parse("scans_2006_01", row.Name)
		if err != nil || row.Packed || !row.Attached || first.AddDate(0, 1, 0).Add(packAfter).After(now) {
			continue
		}
		if err := m.store.PackScanMonth(ctx, row.Name); err != nil {
			return err
		}
	}
	return nil
}

// finish drops what an interrupted run took out of scans.
func (m *months) finish(ctx context.Context) error {
	return m.prune(ctx, time.Time{})
}

// drop takes a month out of scans, then counts and drops it, in two
// transactions: only the first one's locks are in anybody's way, for an
// instant.
func (m *months) drop(ctx context.Context, first time.Time, attached bool) error {
	name := first.Format(time.DateOnly)
	m.mu.Lock()
	delete(m.known, name)
	m.mu.Unlock()
	if attached {
		if err := m.inTurn(ctx, func(q *db.Queries) error { return q.DetachScanMonth(ctx, name) }); err != nil {
			return err
		}
	}
	return m.inTurn(ctx, func(q *db.Queries) error { return q.ForgetScanMonth(ctx, name) })
}

func (m *months) inTurn(ctx context.Context, fn func(q *db.Queries) error) error {
	return m.store.InTx(ctx, func(q *db.Queries) error {
		if err := q.LockScanMonths(ctx); err != nil {
			return err
		}
		return fn(q)
	})
}
