package scans

import (
	"testing"
	"time"
)

// Rows that come after their day was rolled up are counted in it all the same,
// whoever comes first.
func TestLateScans(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store})
	at := time.Now().AddDate(0, 0, -2)
	add := func(n int) {
		for i := range n {
			v := testVisit(int64(i%2) + 1)
			v.At = at.Add(time.Duration(i) * time.Millisecond)
			mustAppend(t, j, v)
		}
		j.sealCurrent(true)
		f, _ := j.oldest()
		if wait := r.step(t.Context(), f); wait != 0 {
			t.Fatalf("not stored: %v", r.counters.err())
		}
	}
	add(10)
	if err := rollUpCode(t.Context(), store, time.UTC, 1, time.Now().UTC().Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	add(6)
	if n := rows(t, store); n != 16 {
		t.Errorf("%d rows", n)
	}
	if n := number(t, pool, `SELECT sum(scans)::bigint FROM scan_days WHERE dimension = 3`); n != 8 {
		t.Errorf("%d scans in the closed days", n)
	}
}

func TestBusyCodesAreRolledUp(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	r := NewRecorder(RecorderConfig{Store: store})
	b := &batch{id: batchID{1}}
	at := time.Now().AddDate(0, 0, -3)
	for i := range busyScans + 10 {
		b.rows = append(b.rows, scanRow{at: at.Add(time.Duration(i) * 30 * time.Second).UnixMicro(), code: int32(1 + i%1000/999), class: Human})
	}
	b.sort()
	if err := r.storeBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.lookAfterTables(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		rows(t, store)
	}
	if n := number(t, pool, `SELECT count(DISTINCT code_id) FROM scan_rollups`); n != 1 {
		t.Errorf("%d codes are rolled up", n)
	}
	if n := number(t, pool, `SELECT count(DISTINCT day) FROM scan_days`); n < 2 {
		t.Errorf("%d days", n)
	}
}
