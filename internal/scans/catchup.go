package scans

import (
	"context"
	"time"
)

// catchUpPoll is how often CatchUp looks.
const catchUpPoll = 5 * time.Millisecond

// CatchUp has the scans that this journal holds now stored at once, and waits
// until they are or ctx ends: whoever looks at a count sees the scan they made
// a moment ago. Totals that a large batch left for later may still be behind.
func (r *Recorder) CatchUp(ctx context.Context) {
	stats := r.Stats()
	target := stats.Received - stats.Refused
	if stats.Journalled == 0 || stats.StoreError != nil {
		return
	}
	r.awaited.Add(1)
	defer r.awaited.Add(-1)
	wake(r.hurry)
	wake(r.cfg.Journal.full)
	ticker := time.NewTicker(catchUpPoll)
	defer ticker.Stop()
	for r.Stats().Stored < target {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
