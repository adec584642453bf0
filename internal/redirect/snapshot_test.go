package redirect_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"qrgen/internal/codes"
	"qrgen/internal/redirect"
)

// away is an address at which no database is.
const away = "postgres://nobody@127.0.0.1:1/none?sslmode=disable"

// withoutDatabase is the configuration of a start with the database down.
func withoutDatabase(t testing.TB, path string) redirect.Config {
	t.Helper()
	_, store := connect(t, away)
	return redirect.Config{Store: store, URL: away, SnapshotPath: path, Log: logTo(t)}
}

func TestStartWithoutDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addMany(t, 1_000)
	w.add(t, "gone", "https://a.example/")
	w.exec(t, "UPDATE codes SET state = 'retired', fallback_url = 'https://a.example/else' WHERE short_id = 'gone'")
	line := newWire(t, w.url)
	cfg := w.config(t)
	_, cfg.Store = connect(t, line.url)
	cfg.URL, cfg.SnapshotPath = line.url, filepath.Join(t.TempDir(), "directory.snap")
	before := open(t, cfg)
	stop := run(t, before, true)
	before.Put(w.add(t, "last", "https://a.example/last"))
	stop() // which writes what changed since the load

	line.down()
	began := time.Now()
	d := open(t, cfg)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("opened after %s", took)
	}
	run(t, d, false)
	if s := d.Stats(); !s.Degraded || s.Codes != 1_002 || !s.ConfirmedAt.IsZero() || s.SnapshotAt.IsZero() {
		t.Errorf("%+v", s)
	}
	wantTarget(t, d, "many1000", "https://www.example.edu/departments/science/courses/1000")
	wantTarget(t, d, "LAST", "https://a.example/last")
	wantOutcome(t, d, "gone", redirect.Retired)
	wantOutcome(t, d, "made-since", redirect.Unavailable)

	w.add(t, "made-since", "https://a.example/since")
	w.exec(t, "UPDATE codes SET state = 'retired' WHERE short_id = 'many7'")
	line.up(t)
	within(t, "recovery", func() bool { return !d.Stats().Degraded })
	wantTarget(t, d, "made-since", "https://a.example/since")
	wantOutcome(t, d, "many7", redirect.Retired)
	wantOutcome(t, d, "nobody", redirect.Unknown)
	if s := d.Stats(); s.FullReadings != 0 || !s.Complete {
		t.Errorf("a snapshot of the same history needs the changes only: %+v", s)
	}
}

// What a killed program leaves behind is seconds old: it may have to do while
// the database is away.
func TestSnapshotFollowsChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config(t)
	cfg.SnapshotPath = filepath.Join(t.TempDir(), "directory.snap")
	d := open(t, cfg)
	run(t, d, true)
	c := w.add(t, "soon", "https://a.example/")
	d.Put(c)
	kept := func() redirect.Outcome {
		return find(t, open(t, withoutDatabase(t, cfg.SnapshotPath)), "soon").Outcome
	}
	within(t, "the new code in the snapshot", func() bool { return kept() == redirect.Active })
	w.exec(t, "UPDATE codes SET state = 'retired' WHERE id = $1", c.ID)
	within(t, "retired in the snapshot", func() bool { return kept() == redirect.Retired })
}

func TestNeitherDatabaseNorSnapshot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "directory.snap")
	d := open(t, withoutDatabase(t, path))
	run(t, d, false)()
	wantOutcome(t, d, "anything", redirect.Unavailable)
	wantOutcome(t, d, "not/one", redirect.Unknown)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a snapshot of nothing: %v", err)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := redirect.Open(ctx, withoutDatabase(t, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestSnapshotOfAnotherDatabase: a data directory that met another database
// must not answer with codes that this one does not have.
func TestSnapshotOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "directory.snap")
	one, other := newWorld(t), newWorld(t)
	one.add(t, "ours", "https://a.example/1")
	one.add(t, "theirs", "https://a.example/1")
	other.add(t, "ours", "https://a.example/2")
	cfg := one.config(t)
	cfg.SnapshotPath = path
	if err := redirect.SaveSnapshot(open(t, cfg)); err != nil {
		t.Fatal(err)
	}
	cfg = other.config(t)
	cfg.SnapshotPath = path
	d := open(t, cfg)
	wantTarget(t, d, "ours", "https://a.example/2")
	wantOutcome(t, d, "theirs", redirect.Unknown)
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "directory.snap")
	start := time.Date(2031, 2, 3, 4, 5, 6, 789_000, time.UTC)
	for i, c := range []struct{ state, fallback string }{
		{"active", ""}, {"active", "https://a.example/f"}, {"paused", ""}, {"retired", "https://a.example/g"},
	} {
		id := "code" + strconv.Itoa(i)
		w.add(t, id, "https://a.example/"+id)
		w.exec(t, "UPDATE codes SET state = $2, fallback_url = nullif($3, ''), starts_at = $4, expires_at = $5 WHERE short_id = $1",
			id, c.state, c.fallback, start, start.Add(time.Hour))
	}
	cfg := w.config(t)
	cfg.SnapshotPath = path
	saved := open(t, cfg)
	if err := redirect.SaveSnapshot(saved); err != nil {
		t.Fatal(err)
	}
	loaded := open(t, withoutDatabase(t, path))
	for i := range 4 {
		for _, at := range []time.Time{start.Add(-1), start, start.Add(time.Hour)} {
			id := "code" + strconv.Itoa(i)
			want, got := saved.Find(t.Context(), id, at), loaded.Find(t.Context(), id, at)
			if want != got || want.CodeID == 0 {
				t.Errorf("%s at %s: %+v, want %+v", id, at, got, want)
			}
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := redirect.SaveSnapshot(saved); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(path); err != nil || !os.SameFile(info, again) {
		t.Errorf("written again without a change: %v", err)
	}
}

func TestSnapshotFailsWithoutHarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "here", "https://a.example/")
	cfg := w.config(t)
	cfg.SnapshotPath = filepath.Join(t.TempDir(), "no", "such", "folder", "directory.snap")
	d := open(t, cfg)
	if err := redirect.SaveSnapshot(d); err == nil {
		t.Error("no error")
	}
	wantTarget(t, d, "here", "https://a.example/")
}

func entries() []redirect.Entry {
	now := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	return []redirect.Entry{
		{CodeID: 1, ShortID: "7k3qx9ab", Revision: 3, State: codes.Active, Target: "https://a.example/1"},
		{CodeID: 2, ShortID: "b", State: codes.Paused, Target: "https://a.example/2", Fallback: "https://a.example/f", StartsAt: &now, ExpiresAt: &now},
		{CodeID: 1 << 40, ShortID: "retired-for-good", Revision: 1 << 30, State: codes.Retired, Target: "https://a.example/3"},
	}
}

func sound(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := redirect.WriteSnapshot(&b, entries()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamagedSnapshotIsIgnored(t *testing.T) {
	t.Parallel()
	good := sound(t)
	if n, err := redirect.ReadSnapshot(bytes.NewReader(good)); err != nil || n != 3 {
		t.Fatalf("%d records, %v", n, err)
	}
	for i := range good {
		if _, err := redirect.ReadSnapshot(bytes.NewReader(good[:i])); err == nil {
			t.Errorf("cut after %d bytes: no error", i)
		}
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := slices.Clone(good)
			bad[i] ^= flip
			if _, err := redirect.ReadSnapshot(bytes.NewReader(bad)); err == nil {
				t.Errorf("byte %d changed by %#x: no error", i, flip)
			}
		}
	}
	if _, err := redirect.ReadSnapshot(bytes.NewReader(append(slices.Clone(good), 0))); err == nil {
		t.Error("one byte too many: no error")
	}

	path := filepath.Join(t.TempDir(), "directory.snap")
	if err := os.WriteFile(path, good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	cfg := withoutDatabase(t, path)
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	d := open(t, cfg)
	wantOutcome(t, d, "7k3qx9ab", redirect.Unavailable)
	if d.Stats().Codes != 0 || !log.has("snapshot ignored") {
		t.Errorf("%+v; logged: %t", d.Stats(), log.has("snapshot ignored"))
	}
}

func FuzzReadSnapshot(f *testing.F) {
	good := sound(f)
	f.Add(good)
	f.Add(good[:40])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := redirect.ReadSnapshot(bytes.NewReader(b))
		if err == nil && n > len(b)/35 {
			t.Errorf("%d records in %d bytes", n, len(b))
		}
		// Behind the checksum, so that the fuzzer reaches the records.
		_, _ = redirect.ReadSnapshot(io.MultiReader(bytes.NewReader(good[:len(good)/2]), bytes.NewReader(b)))
	})
}
