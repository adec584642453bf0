package scans

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
)

func TestScansAreStored(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 3)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	at := time.Date(2026, 11, 20, 10, 30, 0, 123000, time.UTC)
	if err := store.OpenScanTest(t.Context(), db.OpenScanTestParams{CodeID: 3, OpenedAt: at, ClosesAt: at.Add(TrialFor), OpenedBy: "somebody"}); err != nil {
		t.Fatal(err)
	}
	for i, v := range []Visit{
		{CodeID: 1, At: at, Source: QR, UserAgent: phone, Referer: "https://www.Example.org:443/x?y", AcceptLanguage: "de-CH, fr;q=0.8", Address: "203.0.113.9:4711"},
		{CodeID: 1, At: at.Add(time.Minute), Source: QR, UserAgent: phone, Address: "203.0.113.9"},
		{CodeID: 2, At: at, UserAgent: phone, Purpose: "prefetch;prerender"},
		{CodeID: 2, At: at, UserAgent: "Googlebot/2.1 (+http://www.google.com/bot.html)"},
		{CodeID: 3, At: at, Source: QR, UserAgent: phone},
	} {
		v.At = v.At.Add(time.Duration(i) * time.Microsecond)
		mustAppend(t, j, v)
	}
	s := record(t, RecorderConfig{Journal: j, Store: store})
	if s.Received != 5 || s.Stored != 5 || s.Journalled != 0 || rows(t, store) != 5 {
		t.Errorf("%+v", s)
	}
	got := number(t, pool, `SELECT count(*) FROM scans s
		JOIN scan_agents a ON a.id = s.agent JOIN scan_words r ON r.id = s.referrer JOIN scan_words l ON l.id = s.language
		WHERE s.code_id = 1 AND s.scanned_at = $1 AND s.class = 1 AND s.qr AND NOT s.repeat
		  AND a.device = 'phone' AND a.os = 'iOS' AND a.browser = 'Safari' AND r.word = 'example.org' AND l.word = 'de'`, at)
	if got != 1 {
		t.Error("the first visit is not there as it should be")
	}
	for query, want := range map[string]int64{
		`SELECT count(*) FROM scans WHERE repeat`:                                             1,
		`SELECT qr_scans FROM code_totals WHERE code_id = 1`:                                  2,
		`SELECT link_scans FROM code_totals WHERE code_id = 2`:                                2,
		`SELECT scans FROM code_totals WHERE code_id = 3`:                                     0,
		`SELECT count(*) FROM scans WHERE class = 4`:                                          1,
		`SELECT sum(scans)::bigint FROM scan_hours`:                                           5,
		`SELECT count(*) FROM code_totals WHERE last_scan_at = '2026-11-20 10:31:00.000124Z'`: 1,
	} {
		if got := number(t, pool, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if left := segmentFiles(t, j.cfg.Dir, segmentSuffix); len(left) > 2 { // the current one and the spare
		t.Errorf("left in the journal: %v", left)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	store, _ := testStore(t, 50)
	dir := t.TempDir()
	leave(t, dir, 3000, 50)
	again := t.TempDir()
	if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s := record(t, RecorderConfig{Journal: openJournal(t, JournalConfig{Dir: dir}), Store: store})
	if s.Replayed != 3000 || s.Stored != 3000 || rows(t, store) != 3000 {
		t.Errorf("%+v", s)
	}
	// A crash between the commit and the deletion leaves the files there.
	s = record(t, RecorderConfig{Journal: openJournal(t, JournalConfig{Dir: again}), Store: store})
	if n := rows(t, store); n != 3000 || s.Stored != 3000 {
		t.Errorf("%d rows after the second replay, %+v", n, s)
	}
	if left := segmentFiles(t, again, segmentSuffix); len(left) > 2 {
		t.Errorf("left in the journal: %v", left)
	}
}

// breaker cuts connections at a chosen moment.
type breaker struct {
	word     atomic.Pointer[[]byte] // when the client sends this …
	deliver  atomic.Bool            // … let it through and swallow the answer
	breaks   atomic.Int64           // so many times
	happened atomic.Int64
}

type breakableConn struct {
	net.Conn
	b       *breaker
	swallow bool
}

func (c *breakableConn) Write(p []byte) (int, error) {
	if word := c.b.word.Load(); word != nil && bytes.Contains(p, *word) && c.b.breaks.Add(-1) >= 0 {
		c.b.happened.Add(1)
		if !c.b.deliver.Load() {
			_ = c.Conn.Close()
			return 0, io.ErrUnexpectedEOF
		}
		c.swallow = true
	}
	return c.Conn.Write(p)
}

func (c *breakableConn) Read(p []byte) (int, error) {
	if c.swallow {
		// The server has answered, so the transaction is committed; nobody
		// hears of it.
		_, _ = c.Conn.Read(p)
		_ = c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return c.Conn.Read(p)
}

func breakableStore(t *testing.T, codes int) (*db.Store, *pgxpool.Pool, *breaker) {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := pgxpool.NewWithConfig(t.Context(), cfg.Copy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(plain.Close)
	addCodes(t, plain, codes)
	b := &breaker{}
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &breakableConn{Conn: conn, b: b}, nil
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return db.NewStore(pool), plain, b
}

func TestCutConnections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, word string
		deliver    bool
		breaks     int64
	}{
		{name: "before the batch is claimed", word: "scan_batches", breaks: 2},
		{name: "in the middle of COPY", word: "COPY scans", breaks: 1},
		{name: "COPY's answer lost", word: "COPY scans", deliver: true, breaks: 1},
		{name: "before COMMIT arrives", word: "commit", breaks: 1},
		{name: "COMMIT's answer lost", word: "commit", deliver: true, breaks: 1},
		{name: "COMMIT's answer lost twice", word: "commit", deliver: true, breaks: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store, pool, b := breakableStore(t, 20)
			j := openJournal(t, JournalConfig{Dir: t.TempDir()})
			warm := NewRecorder(RecorderConfig{Journal: j, Store: store})
			if err := warm.months.ahead(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
			for i := range 700 {
				mustAppend(t, j, testVisit(int64(i%20)+1))
			}
			word := []byte(tt.word)
			b.word.Store(&word)
			b.deliver.Store(tt.deliver)
			b.breaks.Store(tt.breaks)
			r := NewRecorder(RecorderConfig{Journal: j, Store: store, Every: 10 * time.Millisecond})
			r.months, r.words = warm.months, warm.words
			r.enrich.words = warm.words
			go func() { _ = r.Run(t.Context()) }()
			eventually(t, "all is stored", func() bool { return r.Stats().Stored == 700 })
			if err := r.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			balanced(t, r.Stats())
			if n := rows(t, db.NewStore(pool)); n != 700 || b.happened.Load() < tt.breaks {
				t.Errorf("%d rows; cut %d times", n, b.happened.Load())
			}
		})
	}
}

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	store, pool, b := breakableStore(t, 5)
	word := []byte("begin")
	b.word.Store(&word)
	b.breaks.Store(1 << 40)
	dir := t.TempDir()
	j := openJournal(t, JournalConfig{Dir: dir})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store, Every: time.Millisecond})
	go func() { _ = r.Run(t.Context()) }()
	for range 400 {
		mustAppend(t, j, testVisit(1))
	}
	eventually(t, "it has noticed", func() bool { return r.Stats().StoreError != nil })
	mustAppend(t, j, testVisit(2))
	tries := b.happened.Load()
	<-time.After(300 * time.Millisecond)
	if n := b.happened.Load() - tries; n > 20 {
		t.Errorf("%d tries in 300 ms", n)
	}
	s := r.Stats()
	balanced(t, s)
	if s.Journalled != 401 || s.Oldest.IsZero() {
		t.Errorf("%+v", s)
	}
	if err := r.Close(t.Context()); err == nil {
		t.Error("Close says that all is stored")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	b.breaks.Store(0)
	s = record(t, RecorderConfig{Journal: openJournal(t, JournalConfig{Dir: dir}), Store: store})
	if n := rows(t, db.NewStore(pool)); n != 401 || s.Replayed != 401 {
		t.Errorf("%d rows, %+v", n, s)
	}
}

func TestDamagedSegment(t *testing.T) {
	t.Parallel()
	store, _ := testStore(t, 1)
	dir := t.TempDir()
	leave(t, dir, 100, 1)
	path := segmentFiles(t, dir, segmentSuffix)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := record(t, RecorderConfig{Journal: openJournal(t, JournalConfig{Dir: dir}), Store: store})
	if rows(t, store) != 99 || s.Stored != 99 || s.Damaged != 1 {
		t.Errorf("%+v", s)
	}
	if bad := segmentFiles(t, dir, damagedSuffix); len(bad) != 1 {
		t.Errorf("set aside: %v", bad)
	}
}

func TestSegmentTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	if _, err := pool.Exec(t.Context(), `ALTER TABLE scans ADD CONSTRAINT no_two CHECK (code_id <> 2)`); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	mustAppend(t, j, testVisit(2))
	j.sealCurrent(true)
	mustAppend(t, j, testVisit(1))
	s := record(t, RecorderConfig{Journal: j, Store: store})
	if rows(t, store) != 1 || s.Stored != 1 || s.SetAside != 1 || s.Refused != 1 || s.Damaged != 1 {
		t.Errorf("%+v", s)
	}
}

func TestClockSteppedBack(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 1)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	midnight := time.Date(2026, 12, 1, 0, 10, 0, 0, time.UTC)
	for _, at := range []time.Time{midnight, midnight.Add(-time.Hour), midnight.AddDate(-30, 0, 0), midnight.AddDate(2, 0, 0)} {
		v := testVisit(1)
		v.At = at
		mustAppend(t, j, v)
	}
	record(t, RecorderConfig{Journal: j, Store: store, RetentionDays: 20000})
	if rows(t, store) != 4 || number(t, pool, `SELECT count(DISTINCT tableoid) FROM scans`) != 4 {
		t.Error("not every month is there")
	}
	if n := number(t, pool, `SELECT count(*) FROM code_totals WHERE last_scan_at = $1`, midnight.AddDate(2, 0, 0)); n != 1 {
		t.Error("the last scan is another one")
	}
}

// Under load, replicas record the same codes at once, fold each other's
// deltas and lose nothing.
func TestReplicasTogether(t *testing.T) {
	t.Parallel()
	const codes, each = 2000, 6000
	store, _ := testStore(t, codes)
	var wg sync.WaitGroup
	for replica := range 3 {
		j := openJournal(t, JournalConfig{Dir: filepath.Join(t.TempDir(), "journal"), SegmentBytes: 512 << 10})
		r := NewRecorder(RecorderConfig{Journal: j, Store: store, Every: 5 * time.Millisecond, FoldEvery: 20 * time.Millisecond})
		go func() { _ = r.Run(t.Context()) }()
		wg.Go(func() {
			for i := range each {
				if err := j.Append(testVisit(int64((i*7+replica)%codes) + 1)); err != nil {
					t.Error(err)
				}
			}
			eventually(t, "it runs", r.started.Load)
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			balanced(t, r.Stats())
		})
	}
	wg.Wait()
	if n := rows(t, store); n != 3*each {
		t.Errorf("%d rows", n)
	}
}

// Once a segment is stored, nothing of its visitors is left in the journal.
func TestStoredVisitorsAreGoneFromTheJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, _ := testStore(t, 1)
	j := openJournal(t, JournalConfig{Dir: dir, SegmentBytes: minSegmentBytes})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store})
	for range 3 {
		for range 100 {
			mustAppend(t, j, testVisit(1))
		}
		if !left(t, dir, phone) {
			t.Fatal("the user agent is not in the journal: this test proves nothing")
		}
		j.sealCurrent(true)
		f, ok := j.oldest()
		if !ok || r.step(t.Context(), f) != 0 {
			t.Fatalf("not stored: %v", r.counters.err())
		}
		if left(t, dir, phone) || left(t, dir, testVisit(1).Address) {
			t.Error("a stored segment's user agent or address is in the journal")
		}
	}
	if n := rows(t, store); n != 300 {
		t.Errorf("%d rows", n)
	}
}

// left says whether any file of a directory holds the text.
func left(t *testing.T, dir, text string) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}
