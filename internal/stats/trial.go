package stats

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/scans"
)

const (
	trialShown = 5           // scans of a test on the page
	trialKept  = time.Minute // how long the page shows a test that is over
)

// Trial is somebody trying a code out: until Closes, every scan of the code is
// a test and not counted. The zero Trial is none.
type Trial struct {
	Opened, Closes time.Time
	By             string
	Open           bool
	Scans          []Scan // newest first
}

// OpenTrial begins a test of a code.
func (r *Reader) OpenTrial(ctx context.Context, code int64, by string) error {
	now := r.Now()
	err := r.store.OpenScanTest(ctx, db.OpenScanTestParams{CodeID: code, OpenedAt: now, ClosesAt: now.Add(scans.TrialFor), OpenedBy: by})
	if err != nil {
		return fmt.Errorf("begin a test of code %d: %w", code, err)
	}
	return nil
}

// CloseTrial ends the tests of a code.
func (r *Reader) CloseTrial(ctx context.Context, code int64) error {
	if err := r.store.CloseScanTests(ctx, db.CloseScanTestsParams{CodeID: code, ClosedAt: r.Now()}); err != nil {
		return fmt.Errorf("end the test of code %d: %w", code, err)
	}
	return nil
}

// Trial gives a code's test that is open, or was a moment ago.
func (r *Reader) Trial(ctx context.Context, code int64) (Trial, error) {
	now := r.Now()
	row, err := r.store.LatestScanTest(ctx, db.LatestScanTestParams{CodeID: code, Since: now.Add(-trialKept)})
	if errs.KindOf(err) == errs.NotFound {
		return Trial{}, nil
	}
	if err != nil {
		return Trial{}, fmt.Errorf("look for a test of code %d: %w", code, err)
	}
	list, err := r.store.ListTestScans(ctx, db.ListTestScansParams{CodeID: int32(code), OpenedAt: row.OpenedAt, ClosesAt: row.ClosesAt, RowLimit: trialShown})
	if err != nil {
		return Trial{}, fmt.Errorf("list the test scans of code %d: %w", code, err)
	}
	trial := Trial{Opened: row.OpenedAt.In(r.zone), Closes: row.ClosesAt.In(r.zone), By: row.OpenedBy, Open: now.Before(row.ClosesAt)}
	for _, s := range list {
		scan := Scan{At: s.ScannedAt.In(r.zone), Class: scans.Test, Device: s.Device, OS: s.Os, Browser: s.Browser}
		if s.QR {
			scan.Source = scans.QR
		}
		trial.Scans = append(trial.Scans, scan)
	}
	return trial, nil
}
