package redirect_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qrgen/internal/redirect"
)

func TestOtherReplicasHear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := open(t, w.config(t))
	run(t, d, true)
	c := w.add(t, "theirs", "https://a.example/0")
	inTime(t, time.Second, "a new code", leads(t, d, "theirs", "https://a.example/0"))
	var worst time.Duration
	for i := range 50 {
		target := "https://a.example/" + strconv.Itoa(i+1)
		w.pointTo(t, c.ID, target)
		worst = max(worst, inTime(t, time.Second, "an edit", leads(t, d, "theirs", target)))
	}
	t.Logf("slowest of 50 edits: %s", worst)
	w.exec(t, "UPDATE codes SET state = 'retired' WHERE id = $1", c.ID) // by hand: no new revision
	inTime(t, time.Second, "retired", func() bool { return find(t, d, "theirs").Outcome == redirect.Retired })
}

func TestDownloadsDoNotRing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(t, "printed", "https://a.example/")
	d := open(t, w.config(t))
	run(t, d, true)
	if _, err := w.store.MarkCodePrinted(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	w.pointTo(t, c.ID, "https://a.example/2")
	inTime(t, time.Second, "the edit after it", leads(t, d, "printed", "https://a.example/2"))
	if n := d.Stats().Notifications; n != 1 {
		t.Errorf("%d notifications, want 1", n)
	}
}

func TestBulkEditRingsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addMany(t, 20_000)
	d := open(t, w.config(t))
	run(t, d, true)
	w.exec(t, "UPDATE codes SET target_url = 'https://moved.example/' || id, revision = revision + 1")
	within(t, "the last code", func() bool { return find(t, d, "many20000").Location == "https://moved.example/20000" })
	wantTarget(t, d, "many1", "https://moved.example/1")
	if n := d.Stats().Notifications; n != 1 {
		t.Errorf("%d notifications, want 1", n)
	}
}

func TestCutListenerMissesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(t, "cut", "https://a.example/0")
	d := open(t, w.config(t))
	run(t, d, true)
	for i := range 10 {
		target := "https://a.example/" + strconv.Itoa(i+1)
		w.exec(t, "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'qrgen directory' AND datname = current_database()")
		w.pointTo(t, c.ID, target)
		inTime(t, 2*time.Second, "an edit while nobody listened", leads(t, d, "cut", target))
		within(t, "the directory listens again", func() bool { return d.Stats().Listening })
	}
}

func TestLateCommitIsNotMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(t, "late", "https://a.example/0")
	d := open(t, w.config(t)) // nobody rings: only the mark counts
	tx, err := w.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "UPDATE codes SET target_url = 'https://a.example/late', updated_at = now() WHERE id = $1", c.ID); err != nil {
		t.Fatal(err)
	}
	sync := func() {
		t.Helper()
		if err := d.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 { // others come and go meanwhile
		other := w.add(t, "other"+strconv.Itoa(i), "https://a.example/")
		w.pointTo(t, other.ID, "https://a.example/other")
		sync()
		wantTarget(t, d, "other"+strconv.Itoa(i), "https://a.example/other")
		wantTarget(t, d, "late", "https://a.example/0")
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	sync()
	wantTarget(t, d, "late", "https://a.example/late")
	if n := d.Stats().FullReadings; n != 1 {
		t.Errorf("%d full readings, want the first one only", n)
	}
}

// TestReadingsAmongWriters compares the directory with the database after many
// overlapping transactions of random length, some of them rolled back.
func TestReadingsAmongWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addMany(t, 200)
	d := open(t, w.config(t))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	whole := t.Context()
	var writers, readers sync.WaitGroup
	var edits atomic.Int64
	for range 6 {
		writers.Go(func() {
			for ctx.Err() == nil {
				tx, err := w.pool.Begin(whole)
				if err != nil {
					t.Error(err)
					return
				}
				for range rand.IntN(4) + 1 {
					_, err = tx.Exec(whole, `UPDATE codes SET target_url = 'https://a.example/' || $2::text WHERE id =
						(SELECT id FROM codes WHERE id = $1 FOR UPDATE SKIP LOCKED)`, rand.IntN(200)+1, strconv.FormatInt(edits.Add(1), 10))
					if err != nil {
						t.Error(err)
					}
				}
				if rand.IntN(5) == 0 {
					_ = tx.Rollback(whole)
				} else if err := tx.Commit(whole); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Go(func() {
		for ctx.Err() == nil {
			if err := d.Sync(whole); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	readers.Wait()
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := w.pool.Query(t.Context(), "SELECT short_id, target_url FROM codes")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, target string
		if err := rows.Scan(&id, &target); err != nil {
			t.Fatal(err)
		}
		wantTarget(t, d, id, target)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	stats := d.Stats()
	t.Logf("%d edits, %d readings, %d full", edits.Load(), stats.Readings, stats.FullReadings)
	if stats.FullReadings != 1 {
		t.Errorf("%d full readings, want the first one only", stats.FullReadings)
	}
}
