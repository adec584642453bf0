package scans

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
)

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

func testVisit(code int64) Visit {
	return Visit{
		CodeID: code, At: time.Now(), Source: QR,
		UserAgent: phone, AcceptLanguage: "de-DE,de;q=0.9,en;q=0.8", Address: "203.0.113.57",
	}
}

func openJournal(t testing.TB, cfg JournalConfig) *Journal {
	t.Helper()
	j, err := OpenJournal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	return j
}

func mustAppend(t testing.TB, j *Journal, v Visit) {
	t.Helper()
	if err := j.Append(v); err != nil {
		t.Fatal(err)
	}
}

// testStore gives a store on a database of its own with n codes, whose IDs are
// 1 to n.
func testStore(t testing.TB, n int) (*db.Store, *pgxpool.Pool) {
	t.Helper()
	pool := dbtest.New(t)
	addCodes(t, pool, n)
	return db.NewStore(pool), pool
}

func addCodes(t testing.TB, pool *pgxpool.Pool, n int) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by)
		SELECT 'dynamic', 'code' || lpad(g::text, 8, '0'), 'Code ' || g, 'https://example.org/' || g, 'test', 'test'
		FROM generate_series(1, $1::int) g`, n)
	if err != nil {
		t.Fatal(err)
	}
}

// record runs a recorder until the journal is empty, and gives its figures.
func record(t testing.TB, cfg RecorderConfig) Stats {
	t.Helper()
	r := NewRecorder(cfg)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.WithoutCancel(t.Context())) }()
	for !r.started.Load() {
		<-time.After(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	s := r.Stats()
	balanced(t, s)
	return s
}

func balanced(t testing.TB, s Stats) {
	t.Helper()
	if s.Received != s.Stored+s.Journalled+s.Refused {
		t.Errorf("received %d ≠ stored %d + journalled %d + refused %d", s.Received, s.Stored, s.Journalled, s.Refused)
	}
}

// rows gives the number of raw rows, having checked every count against them.
func rows(t testing.TB, store *db.Store) int64 {
	t.Helper()
	report, err := Verify(context.WithoutCancel(t.Context()), store, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the counts differ from the rows: %+v", report)
	}
	return report.Scans
}

func number(t testing.TB, pool *pgxpool.Pool, query string, args ...any) (n int64) {
	t.Helper()
	if err := pool.QueryRow(context.WithoutCancel(t.Context()), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func segmentFiles(t testing.TB, dir, suffix string) (paths []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}

// eventually waits for something that another goroutine does.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to this: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// leave makes a journal as a killed process leaves it: n visits to codes 1 to
// codes, in files that nobody has open.
func leave(t testing.TB, dir string, n, codes int) {
	t.Helper()
	j, err := OpenJournal(JournalConfig{Dir: dir, SegmentBytes: minSegmentBytes})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		v := testVisit(int64(i%codes) + 1)
		v.Address = fmt.Sprintf("203.0.113.%d", i%250)
		mustAppend(t, j, v)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
