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
	// Two mistakes whose sum is right, in a dimension of one month.
	if _, err := pool.Exec(t.Context(), `WITH m AS (SELECT * FROM scan_months WHERE dimension = 6 ORDER BY month, value LIMIT 1)
		UPDATE scan_months t SET scans = t.scans - 1 FROM m WHERE (t.code_id, t.dimension, t.month, t.class, t.value) = (m.code_id, m.dimension, m.month, m.class, m.value);
		INSERT INTO scan_months SELECT code_id, dimension, month, class, 999, 1, 0 FROM scan_months WHERE dimension = 6 ORDER BY month LIMIT 1`); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(t.Context(), store, time.UTC)
	if err != nil || report.OK() || len(report.Months) != 1 || report.Months[0].Dimension != 6 || report.Months[0].Kept != report.Months[0].Counted {
		t.Errorf("%+v, %v", report, err)
	}
}
