package redirect_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"qrgen/internal/redirect"
)

// small opens a directory that has room for a hundred of a thousand codes.
func small(t *testing.T) (*world, *redirect.Directory) {
	t.Helper()
	w := newWorld(t)
	w.addMany(t, 1_000)
	cfg := w.config(t)
	cfg.Max = 100
	d := open(t, cfg)
	run(t, d, true)
	if s := d.Stats(); s.Codes != 100 || s.Complete {
		t.Fatalf("%+v", s)
	}
	return w, d
}

func TestDirectoryIsBounded(t *testing.T) {
	t.Parallel()
	w, d := small(t)
	for round := range 2 {
		for i := 1; i <= 1_000; i++ {
			wantTarget(t, d, "MANY"+strconv.Itoa(i), "https://www.example.edu/departments/science/courses/"+strconv.Itoa(i))
		}
		if s := d.Stats(); s.Codes != 100 || s.Evictions == 0 {
			t.Fatalf("round %d: %+v", round, s)
		}
	}
	// An edit made here is held; one made elsewhere is seen, held or not.
	d.Put(w.add(t, "brand-new", "https://a.example/new"))
	before := d.Stats().Asked
	wantTarget(t, d, "brand-new", "https://a.example/new")
	if asked := d.Stats().Asked - before; asked != 0 {
		t.Errorf("asked %d times for what was just put", asked)
	}
	w.exec(t, "UPDATE codes SET target_url = 'https://moved.example/' || id, revision = revision + 1")
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 1_000; i++ {
		wantTarget(t, d, "many"+strconv.Itoa(i), "https://moved.example/"+strconv.Itoa(i))
	}
	if s := d.Stats(); s.Codes != 100 {
		t.Errorf("%+v", s)
	}
}

func TestTheUsedOnesStay(t *testing.T) {
	t.Parallel()
	_, d := small(t)
	hot := func(i int) string { return "many" + strconv.Itoa(900+i) }
	for i := 1; i <= 800; i++ {
		find(t, d, "many"+strconv.Itoa(i))
		for h := range 20 {
			find(t, d, hot(h))
		}
	}
	before := d.Stats().Asked
	for h := range 20 {
		wantOutcome(t, d, hot(h), redirect.Active)
	}
	if asked := d.Stats().Asked - before; asked != 0 {
		t.Errorf("%d of 20 codes in constant use were evicted", asked)
	}
}

func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	w, d := small(t)
	// Someone holds the table, so that the query waits until all are there.
	tx, err := w.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE codes IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	before := d.Stats().Asked
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { wantOutcome(t, d, "many777", redirect.Active) })
	}
	within(t, "the query is under way", func() bool { return d.Stats().Asked == before+1 })
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	// Who came after the query had ended found the code held.
	if asked := d.Stats().Asked - before; asked != 1 {
		t.Errorf("%d queries for 100 scans of one code", asked)
	}
}

func TestUnknownIsRememberedForAWhile(t *testing.T) {
	t.Parallel()
	w, d := small(t)
	before := d.Stats().Asked
	for range 50 {
		wantOutcome(t, d, "nobody", redirect.Unknown) // also asks for n0b0dy
	}
	if asked := d.Stats().Asked - before; asked != 2 {
		t.Errorf("%d queries, want 2", asked)
	}
	w.add(t, "nobody", "https://a.example/somebody")
	within(t, "the code made meanwhile", leads(t, d, "nobody", "https://a.example/somebody"))
}

func TestUnknownOnesDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	_, d := small(t)
	var all sync.WaitGroup
	for part := range 4 {
		all.Go(func() {
			for i := range 3_000 {
				if got := find(t, d, "guess-"+strconv.Itoa(part)+"-"+strconv.Itoa(i)).Outcome; got != redirect.Unknown {
					t.Errorf("guess: %v", got)
					return
				}
			}
		})
	}
	all.Wait()
	if n := redirect.Absent(d); n > 10_000 || n < 5_000 {
		t.Errorf("%d unknown short IDs remembered", n)
	}
}

func TestNotHeldAndNobodyToAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addMany(t, 200)
	line := newWire(t, w.url)
	cfg := w.config(t)
	_, cfg.Store = connect(t, line.url)
	cfg.URL, cfg.Max = line.url, 100
	d := open(t, cfg)
	run(t, d, true)
	line.down()
	within(t, "the directory notices", func() bool { return d.Stats().Degraded })
	wantOutcome(t, d, "many1", redirect.Active)
	wantOutcome(t, d, "many200", redirect.Unavailable)
	wantOutcome(t, d, "nobody", redirect.Unavailable)
	wantOutcome(t, d, "no such thing", redirect.Unknown)
	before, began := d.Stats().Asked, time.Now()
	for range 1_000 {
		find(t, d, "many200")
	}
	// It is asked again after a second.
	if asked, seconds := d.Stats().Asked-before, time.Since(began).Seconds(); float64(asked) > 1+seconds {
		t.Errorf("1,000 scans in %.1f s asked a database %d times that is known to be away", seconds, asked)
	}
	line.up(t)
	within(t, "recovery", func() bool { return find(t, d, "many200").Outcome == redirect.Active })
	wantOutcome(t, d, "nobody", redirect.Unknown)
}
