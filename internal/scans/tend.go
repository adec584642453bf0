package scans

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
)

const (
	tendEvery = time.Hour
	geoEvery  = time.Minute
	// foldRest is how many times longer than a fold the wait for the next is.
	foldRest = 100
	// batchesKept is how long a stored segment is remembered: longer than a
	// machine is off that went down in the instant between storing and
	// deleting one.
	batchesKept  = 14 * 24 * time.Hour
	pruneBatches = 5000
)

// tend does what is not about single segments, beside storing them.
func (r *Recorder) tend(ctx context.Context) {
	foldTimer, tendTicker, geoTicker := time.NewTimer(r.cfg.FoldEvery), time.NewTicker(tendEvery), time.NewTicker(geoEvery)
	defer foldTimer.Stop()
	defer tendTicker.Stop()
	defer geoTicker.Stop()
	r.unfolded.Store(true) // an earlier process may have left some
	r.report(ctx, r.lookAfterTables(ctx, time.Now()))
	for {
		select {
		case <-ctx.Done():
			return
		case <-foldTimer.C:
			begun := time.Now()
			r.report(ctx, r.deadEnds.store(ctx, r.cfg.Store))
			if r.unfolded.Swap(false) {
				if err := fold(ctx, r.cfg.Store); err != nil {
					r.unfolded.Store(true)
					r.report(ctx, err)
				}
			}
			// A fold of 100,000 codes costs as much as storing as many scans.
			foldTimer.Reset(max(r.cfg.FoldEvery, foldRest*time.Since(begun)))
		case now := <-tendTicker.C:
			// Other replicas' deltas, should one have gone for good.
			r.unfolded.Store(true)
			r.report(ctx, r.lookAfterTables(ctx, now))
		case <-geoTicker.C:
			r.report(ctx, r.geo.reload())
		}
	}
}

func (r *Recorder) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		r.cfg.Logger.WarnContext(ctx, "looking after the scans", "err", err)
	}
}

// lookAfterTables has the coming months ready, drops those that are old enough,
// forgets old batches, rolls up closed days and packs what nobody writes to
// any more. Days are rolled up before their month is dropped: they stay.
func (r *Recorder) lookAfterTables(ctx context.Context, now time.Time) error {
	if err := r.months.ahead(ctx, now); err != nil {
		return err
	}
	if err := rollUp(ctx, r.cfg.Store, r.cfg.Location, now); err != nil {
		return err
	}
	if err := r.months.prune(ctx, KeptSince(now, r.cfg.RetentionDays)); err != nil {
		return err
	}
	if err := r.pruneBatches(ctx, now.Add(-batchesKept)); err != nil {
		return err
	}
	oldest := KeptSince(now, r.cfg.RetentionDays).Format(time.DateOnly)
	if err := r.cfg.Store.PruneDeadEnds(ctx, oldest); err != nil {
		return fmt.Errorf("forget old scans of codes that led nowhere: %w", err)
	}
	if err := r.cfg.Store.PruneScanTests(ctx, now.Add(-batchesKept)); err != nil {
		return fmt.Errorf("forget old tests of codes: %w", err)
	}
	return r.months.pack(ctx, now)
}

// pruneBatches works in small steps, so that nobody waits for it.
func (r *Recorder) pruneBatches(ctx context.Context, before time.Time) error {
	for {
		n, err := r.cfg.Store.PruneScanBatches(ctx, db.PruneScanBatchesParams{Before: before, AtMost: pruneBatches})
		if err != nil {
			return fmt.Errorf("forget old batches of scans: %w", err)
		}
		if n < pruneBatches {
			return nil
		}
	}
}
