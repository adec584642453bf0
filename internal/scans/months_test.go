package scans

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestVerifyFindsDifferences(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 3)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	mustAppend(t, j, testVisit(1))
	record(t, RecorderConfig{Journal: j, Store: store})
	if _, err := pool.Exec(t.Context(), `UPDATE code_totals SET link_scans = 7 WHERE code_id = 2; UPDATE scan_hours SET scans = 5`); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(t.Context(), store, time.UTC)
	if err != nil || report.OK() || len(report.Totals) != 1 || report.Totals[0] != (TotalDifference{CodeID: 2, KeptLink: 7}) ||
		len(report.Hours) != 1 || report.Hours[0].Kept != 5 || report.Hours[0].Counted != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	now := time.Now()
	for _, days := range []int{0, 10, 200, 201, 500} {
		v := testVisit(1)
		v.At = now.AddDate(0, 0, -days)
		mustAppend(t, j, v)
	}
	r := NewRecorder(RecorderConfig{Journal: j, Store: store, RetentionDays: 100})
	j.sealCurrent(true)
	f, _ := j.oldest()
	if wait := r.step(t.Context(), f); wait != 0 {
		t.Fatalf("not stored: %v", r.counters.err())
	}
	if n := rows(t, store); n != 5 {
		t.Fatalf("%d rows", n)
	}
	// As if it had been interrupted after the first month was taken out.
	first := monthOf(now.AddDate(0, 0, -500)).Format(time.DateOnly)
	if err := store.DetachScanMonth(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := r.lookAfterTables(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n := rows(t, store); n != 2 {
		t.Errorf("%d rows are left", n)
	}
	if n := number(t, pool, `SELECT qr_scans FROM code_totals WHERE code_id = 1`); n != 5 {
		t.Errorf("the total is %d", n)
	}
	// A late replay brings a dropped month back: nothing is lost, all agrees.
	v := testVisit(1)
	v.At = now.AddDate(0, 0, -500)
	mustAppend(t, j, v)
	j.sealCurrent(true)
	f, _ = j.oldest()
	if wait := r.step(t.Context(), f); wait != 0 {
		t.Fatalf("not stored: %v", r.counters.err())
	}
	balanced(t, r.Stats())
	if n := rows(t, store); n != 3 {
		t.Errorf("%d rows after the late one", n)
	}
}

func TestRecorderRunsOnce(t *testing.T) {
	t.Parallel()
	store, _ := testStore(t, 0)
	r := NewRecorder(RecorderConfig{Journal: openJournal(t, JournalConfig{Dir: t.TempDir()}), Store: store})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	eventually(t, "it runs", r.started.Load)
	if err := r.Run(ctx); err == nil {
		t.Error("it ran twice")
	}
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPackedMonths(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 5000)
	r := NewRecorder(RecorderConfig{Store: store})
	first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	b := &batch{}
	for round := range 8 {
		b.rows = b.rows[:0]
		b.id = batchID{byte(round)}
		for i := range 5000 {
			b.rows = append(b.rows, scanRow{at: first.Add(time.Duration(round*5000+i) * time.Second).UnixMicro(), code: int32(i%5000) + 1, class: Human})
		}
		if err := r.storeBatch(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	size := func() int64 { return number(t, pool, `SELECT pg_indexes_size('scans_2026_03')`) }
	pages := func() int64 {
		return number(t, pool, `SELECT count(DISTINCT (ctid::text::point)[0]) FROM scans WHERE code_id = 17`)
	}
	before, scattered := size(), pages()
	for range 2 {
		if err := r.months.pack(t.Context(), first.AddDate(0, 2, 0)); err != nil {
			t.Fatal(err)
		}
	}
	months, err := store.ListScanMonths(t.Context())
	if err != nil || len(months) != 1 || !months[0].Packed || size() >= before || rows(t, store) != 8*5000 {
		t.Errorf("%+v, %v: from %d to %d bytes, %d rows", months, err, before, size(), rows(t, store))
	}
	if together := pages(); scattered != 8 || together > 2 {
		t.Errorf("a code's eight scans are in %d pages, were in %d", together, scattered)
	}
}
