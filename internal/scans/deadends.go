package scans

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"qrgen/db"
)

// maxDeadEnds bounds the memory of codes that lead nowhere.
const maxDeadEnds = 10_000

// deadEnds counts how often codes were scanned that lead nowhere, for staff to
// hear of paper that is still out there. These are no scans: they wait in
// memory for some seconds, and a process that is killed takes those with it.
type deadEnds struct {
	mu     sync.Mutex
	counts map[deadEnd]deadEndCount
}

type deadEnd struct {
	day  string // the office's
	code int64
}

type deadEndCount struct{ qr, link int32 }

// MetDeadEnd counts somebody who scanned a code that leads nowhere.
func (r *Recorder) MetDeadEnd(code int64, source Source, at time.Time) {
	d := &r.deadEnds
	key := deadEnd{at.In(r.cfg.Location).Format(time.DateOnly), code}
	d.mu.Lock()
	defer d.mu.Unlock()
	count, known := d.counts[key]
	if !known && len(d.counts) >= maxDeadEnds {
		return
	}
	if d.counts == nil {
		d.counts = map[deadEnd]deadEndCount{}
	}
	if source == QR {
		count.qr++
	} else {
		count.link++
	}
	d.counts[key] = count
}

// store moves the counts into the database, all in one statement and in one
// order for all replicas. What can't be stored waits for the next time.
func (d *deadEnds) store(ctx context.Context, store *db.Store) error {
	d.mu.Lock()
	taken := d.counts
	d.counts = nil
	d.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(taken), func(a, b deadEnd) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.code, b.code))
	})
	var p db.AddDeadEndsParams
	for _, key := range keys {
		p.Days = append(p.Days, key.day)
		p.CodeIds = append(p.CodeIds, key.code)
		p.Qrs = append(p.Qrs, taken[key].qr)
		p.Links = append(p.Links, taken[key].link)
	}
	err := store.AddDeadEnds(ctx, p)
	if err == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, count := range d.counts {
		count.qr += taken[key].qr
		count.link += taken[key].link
		taken[key] = count
	}
	d.counts = taken
	return fmt.Errorf("store how often codes were scanned that lead nowhere: %w", err)
}
