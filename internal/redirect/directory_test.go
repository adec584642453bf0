package redirect_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qrgen/internal/redirect"
)

func TestFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "7k3qx9ab", "https://a.example/active")
	w.add(t, "spring-2027", "https://a.example/custom")
	w.add(t, "hello", "https://a.example/letters")
	w.add(t, "he110", "https://a.example/digits")
	w.add(t, "a2345678901234567890123456789012", "https://a.example/long")
	for _, c := range []struct{ id, sql string }{
		{"paused-a", "state = 'paused'"},
		{"paused-b", "state = 'paused', fallback_url = 'https://a.example/else'"},
		{"retired-a", "state = 'retired'"},
		{"retired-b", "state = 'retired', fallback_url = 'https://a.example/else', starts_at = now() + '1 day'"},
		{"soon", "starts_at = now() + '1 hour'"},
		{"soon-b", "starts_at = now() + '1 hour', fallback_url = 'https://a.example/else'"},
		{"over", "expires_at = now() - interval '1 second'"},
		{"over-b", "expires_at = now() - interval '1 second', fallback_url = 'https://a.example/else'"},
		{"now", "starts_at = now() - interval '1 second', expires_at = now() + interval '1 hour'"},
		{"ancient", "starts_at = '1066-10-14', expires_at = '9999-12-31'"},
	} {
		w.add(t, c.id, "https://a.example/"+c.id)
		w.exec(t, "UPDATE codes SET "+c.sql+" WHERE short_id = $1", c.id)
	}
	d := open(t, w.config(t))
	run(t, d, true)

	for _, tt := range []struct {
		raw      string
		outcome  redirect.Outcome
		location string
	}{
		{"7k3qx9ab", redirect.Active, "https://a.example/active"},
		{"7K3QX9AB", redirect.Active, "https://a.example/active"},
		{"7K3qx9aB", redirect.Active, "https://a.example/active"},
		{"7k3qx9ab.", redirect.Active, "https://a.example/active"},
		{"7K3QX9AB).", redirect.Active, "https://a.example/active"},
		{"7k3qx9ab,;:!?", redirect.Active, "https://a.example/active"},
		{"7k3qx9a8", redirect.Unknown, ""},
		{"SPRING-2027", redirect.Active, "https://a.example/custom"},
		{"spring-2o27", redirect.Unknown, ""}, // only o→0 makes spr1ng-2027, which is none
		{"hello", redirect.Active, "https://a.example/letters"},
		{"he110", redirect.Active, "https://a.example/digits"},
		{"heiio", redirect.Active, "https://a.example/digits"},
		{"HELL0!", redirect.Active, "https://a.example/digits"},
		{"a2345678901234567890123456789012", redirect.Active, "https://a.example/long"},
		{"A2345678901234567890123456789012?", redirect.Active, "https://a.example/long"},
		{"a23456789012345678901234567890123", redirect.Unknown, ""},
		{"paused-a", redirect.Paused, ""},
		{"paused-b", redirect.Paused, "https://a.example/else"},
		{"retired-a", redirect.Retired, ""},
		{"RETIRED-B", redirect.Retired, "https://a.example/else"},
		{"soon", redirect.Scheduled, ""},
		{"soon-b", redirect.Scheduled, "https://a.example/else"},
		{"over", redirect.Expired, ""},
		{"over-b", redirect.Expired, "https://a.example/else"},
		{"now", redirect.Active, "https://a.example/now"},
		{"ancient", redirect.Active, "https://a.example/ancient"},
		{"", redirect.Unknown, ""},
		{".", redirect.Unknown, ""},
		{"\x00\x00\x00", redirect.Unknown, ""},
		{"7k3qx9ab\x00", redirect.Unknown, ""},
		{"\xff\xfe\xfd", redirect.Unknown, ""},
		{"７k3qx9ab", redirect.Unknown, ""},
		{"7\u212a3qx9ab", redirect.Active, "https://a.example/active"}, // K, the Kelvin sign, lowers to k
		{"' OR 1=1", redirect.Unknown, ""},
		{fmt.Sprintf("%0100000d", 1), redirect.Unknown, ""},
	} {
		if got := find(t, d, tt.raw); got.Outcome != tt.outcome || got.Location != tt.location || (got.CodeID != 0) != (tt.outcome != redirect.Unknown) {
			t.Errorf("Find(%.40q) = %+v, want %v %q", tt.raw, got, tt.outcome, tt.location)
		}
	}
	if asked := d.Stats().Asked; asked != 0 {
		t.Errorf("the database was asked %d times by a directory that has everything", asked)
	}
}

func TestDatesComeWithTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := time.Date(2031, 2, 3, 4, 5, 6, 789_000, time.UTC)
	c := w.add(t, "event", "https://a.example/")
	w.exec(t, "UPDATE codes SET starts_at = $2, expires_at = $3 WHERE id = $1", c.ID, start, start.Add(time.Hour))
	d := open(t, w.config(t))
	for after, want := range map[time.Duration]redirect.Outcome{
		-time.Microsecond: redirect.Scheduled, 0: redirect.Active,
		time.Hour - time.Microsecond: redirect.Active, time.Hour: redirect.Expired,
	} {
		if got := d.Find(t.Context(), "event", start.Add(after)).Outcome; got != want {
			t.Errorf("%v after the start: %v, want %v", after, got, want)
		}
	}
}

func TestStaticCodesAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, "INSERT INTO codes (kind, title, content, created_by, updated_by) VALUES ('static', 'x', 'x', 'x', 'x')")
	d := open(t, w.config(t))
	c, err := w.store.LockCode(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	d.Put(c)
	if n := d.Stats().Codes; n != 0 {
		t.Errorf("%d codes", n)
	}
}

func TestPutIsLiveAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := open(t, w.config(t))
	c := w.add(t, "mine", "https://a.example/1")
	d.Put(c)
	wantTarget(t, d, "mine", "https://a.example/1")
	after, err := w.store.SetCodeState(t.Context(), setState(c.ID, "retired"))
	if err != nil {
		t.Fatal(err)
	}
	d.Put(after)
	wantOutcome(t, d, "mine", redirect.Retired)
	d.Put(c) // late
	wantOutcome(t, d, "mine", redirect.Retired)
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, "mine", redirect.Retired)
}

func TestSyncSeesAllThatWasCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := open(t, w.config(t))
	w.addMany(t, 25_000) // more than two pages
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.Stats(); got.Codes != 25_000 || got.FullReadings != 1 {
		t.Errorf("%+v", got)
	}
	wantTarget(t, d, "many25000", "https://www.example.edu/departments/science/courses/25000")
}

func TestRestoredDatabaseIsReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(t, "kept", "https://a.example/old")
	w.exec(t, "CREATE TABLE backup AS SELECT * FROM codes")
	w.pointTo(t, c.ID, "https://a.example/new")
	w.add(t, "lost", "https://a.example/")
	d := open(t, w.config(t))
	wantTarget(t, d, "kept", "https://a.example/new")

	// What a restore does: other rows in a rewritten table, past the triggers,
	// with transaction numbers that mean nothing.
	w.exec(t, `ALTER TABLE codes DISABLE TRIGGER USER; TRUNCATE codes CASCADE;
		INSERT INTO codes OVERRIDING SYSTEM VALUE
		SELECT id, kind, short_id, title, description, target_url, content, fallback_url, state, starts_at, expires_at, level, quiet_zone, dark, light,
		       revision, form_token, printed_at, created_at, created_by, updated_at, updated_by, 9000000000 FROM backup;
		ALTER TABLE codes ENABLE TRIGGER USER`)
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTarget(t, d, "kept", "https://a.example/old")
	wantOutcome(t, d, "lost", redirect.Unknown)
	w.exec(t, "UPDATE codes SET target_url = 'https://a.example/again' WHERE id = $1", c.ID)
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTarget(t, d, "kept", "https://a.example/again")
	if n := d.Stats().FullReadings; n != 2 {
		t.Errorf("%d full readings, want 2", n)
	}
}

func TestEverythingIsReadAnewEveryHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(t, "past", "https://a.example/0")
	var ahead atomic.Int64
	cfg := w.config(t)
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	d := open(t, cfg)
	w.exec(t, "ALTER TABLE codes DISABLE TRIGGER USER")
	w.pointTo(t, c.ID, "https://a.example/past-the-triggers")
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTarget(t, d, "past", "https://a.example/0")
	ahead.Store(int64(61 * time.Minute))
	if err := d.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTarget(t, d, "past", "https://a.example/past-the-triggers")
}

// TestFindAmongChanges is for the race detector, and checks that an answer is
// always one that was true.
func TestFindAmongChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addMany(t, 2_000)
	d := open(t, w.config(t))
	run(t, d, true)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var all sync.WaitGroup
	var found atomic.Int64
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				n := rand.IntN(2_000) + 1
				got := d.Find(ctx, "MANY"+strconv.Itoa(n), time.Now())
				if got.Outcome != redirect.Active || got.CodeID == 0 || len(got.Location) < len("https://a.example/") || got.Location[:8] != "https://" {
					t.Errorf("code %d: %+v", n, got)
					return
				}
				found.Add(1)
			}
		})
	}
	for i := 0; ctx.Err() == nil; i++ {
		w.exec(t, "UPDATE codes SET target_url = 'https://a.example/' || repeat('x', $1 % 200), revision = revision + 1 WHERE id % 7 = $1 % 7", i)
		w.add(t, "extra"+strconv.Itoa(i), "https://a.example/")
	}
	all.Wait()
	t.Logf("%d look-ups", found.Load())
}
