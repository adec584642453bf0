package redirect

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

const (
	askingMax   = 4                // queries for single codes at a time
	askTimeout  = 2 * time.Second  // one of them, with the wait for its turn
	askPause    = time.Second      // after the database was found away
	absentMax   = 10_000           // short IDs remembered as unknown
	absentFor   = 10 * time.Second // how long; a new code ends it at once
	absentPurge = absentMax / 10
)

// through is what reading through to the database needs: one query per short
// ID however many ask, few at a time, none while the database is away, and a
// short memory of what is not there.
type through struct {
	flights   singleflight.Group
	turns     chan struct{}
	downUntil atomic.Pointer[time.Time]

	mu     sync.Mutex
	absent map[string]time.Time // until when
}

func newThrough() through {
	return through{turns: make(chan struct{}, askingMax), absent: make(map[string]time.Time)}
}

func (t *through) pause(now time.Time) { t.downUntil.Store(new(now.Add(askPause))) }
func (t *through) resume()             { t.downUntil.Store(nil) }

func (t *through) paused(now time.Time) bool {
	until := t.downUntil.Load()
	return until != nil && now.Before(*until)
}

// known forgets that a short ID is absent.
func (t *through) known(id string) {
	t.mu.Lock()
	delete(t.absent, id)
	t.mu.Unlock()
}

func (t *through) isAbsent(id string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Before(t.absent[id])
}

// setAbsent remembers. Where there is no more room a tenth of the memories
// goes, whichever they are.
func (t *through) setAbsent(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.absent) >= absentMax {
		gone := 0
		for old := range t.absent {
			delete(t.absent, old)
			if gone++; gone == absentPurge {
				break
			}
		}
	}
	t.absent[id] = now.Add(absentFor)
}

// ask reads one code from the database and holds it. A nil record means that
// the database has no such code; an error, that it can't say.
func (d *Directory) ask(ctx context.Context, id codes.ShortID) (record, error) {
	now := d.cfg.Now()
	if d.through.isAbsent(string(id), now) {
		return nil, nil
	}
	if d.through.paused(now) {
		return nil, errs.New(errs.Unavailable, "The database is away.")
	}
	// The first to ask asks for all, so that its leaving must not end the query.
	v, err, _ := d.through.flights.Do(string(id), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		return d.askNow(ctx, id)
	})
	rec, _ := v.(record)
	return rec, err
}

func (d *Directory) askNow(ctx context.Context, id codes.ShortID) (record, error) {
	select {
	case d.through.turns <- struct{}{}:
		defer func() { <-d.through.turns }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to ask for a code: %w", ctx.Err())
	}
	d.writing.Lock()
	before := d.generation
	d.writing.Unlock()
	d.counters.asked.Add(1)
	row, err := d.cfg.Store.DirectoryEntry(ctx, string(id))
	if err != nil && errs.KindOf(err) != errs.NotFound {
		if errs.KindOf(err) == errs.Unavailable {
			d.through.pause(d.cfg.Now())
		}
		return nil, fmt.Errorf("ask for a code: %w", err)
	}

	d.writing.Lock()
	defer d.writing.Unlock()
	if err != nil {
		// A code made meanwhile must not be forgotten again.
		if d.generation == before {
			d.through.setAbsent(string(id), d.cfg.Now())
		}
		return nil, nil
	}
	e := entryOfRow(db.ListDirectoryRow(row))
	rec, err := appendRecord(nil, e)
	if err != nil {
		return nil, fmt.Errorf("make a record of code %d: %w", e.CodeID, err)
	}
	if d.generation == before {
		err = d.apply(e, applyNew)
	}
	return rec, err
}
