package db_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/errs"
)

func newCode(shortID string) db.CreateCodeParams {
	return db.CreateCodeParams{
		Kind: "dynamic", ShortID: &shortID, Title: "Library", TargetURL: new("https://www.example.edu/"),
		Level: "M", QuietZone: 4, Dark: "#000000", Light: "#ffffff", ModuleShape: "square", FinderShape: "square", Actor: "test",
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	store := db.NewStore(dbtest.New(t))
	ctx := t.Context()
	codes := func() int64 {
		counts, err := store.CodeCounts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return counts.Codes
	}
	var made db.Code
	insert := func(id string) func(*db.Queries) error {
		return func(q *db.Queries) (err error) {
			made, err = q.CreateCode(ctx, newCode(id))
			return err
		}
	}
	if err := store.InTx(ctx, insert("first")); err != nil || codes() != 1 {
		t.Fatalf("committed: %v, %d codes", err, codes())
	}

	changedMind := errors.New("changed my mind")
	err := store.InTx(ctx, func(q *db.Queries) error {
		if err := insert("second")(q); err != nil {
			return err
		}
		return changedMind
	})
	if err != changedMind || codes() != 1 { //nolint:errorlint // as it is, not wrapped
		t.Errorf("rolled back: %v, %d codes", err, codes())
	}

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = store.InTx(ctx, func(q *db.Queries) error {
			_ = insert("third")(q)
			panic("oh")
		})
	}()
	if codes() != 1 {
		t.Error("a panic committed")
	}

	if err := store.InTx(ctx, insert("first")); errs.KindOf(err) != errs.Conflict || !db.Violates(err, db.ShortIDUnique) {
		t.Errorf("a taken short ID: %v", err)
	}
	if _, err := store.CodeByID(ctx, 99); errs.KindOf(err) != errs.NotFound {
		t.Errorf("no such code: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := store.InTx(gone, insert("fourth")); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that left: %v", err)
	}
	if row, err := store.CodeByID(ctx, 1); err != nil || row.CodeTotal.CodeID != 1 || row.CodeTotal.Scans != 0 {
		t.Errorf("a new code has no counters: %+v, %v", row.CodeTotal, err)
	}
	_ = made
}

func TestOpen(t *testing.T) {
	t.Parallel()
	store, err := db.Open(t.Context(), dbtest.URL(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Ping(t.Context()); err != nil || store.Stat().TotalConns() != 1 {
		t.Errorf("%v, %d connections", err, store.Stat().TotalConns())
	}
	if _, err := db.Open(t.Context(), "postgres://a b/%zz", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an impossible address was opened")
	}
	away, err := db.Open(t.Context(), "postgres://nobody@127.0.0.1:1/nothing", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("opening waits for the server: %v", err)
	}
	defer away.Close()
	if err := away.Ping(t.Context()); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a server that is away: %v", err)
	}
	if _, err := away.CodeCounts(t.Context()); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a query to a server that is away: %v", err)
	}
	if _, err := away.ListCodes(t.Context(), db.ListCodesParams{Sort: "title", RowLimit: 1}); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a list from a server that is away: %v", err)
	}
}

// Replicas that start together migrate once between them.
func TestMigrate(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), "DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	const replicas = 4
	applied := make([]int, replicas)
	var all sync.WaitGroup
	for i := range replicas {
		all.Go(func() {
			var err error
			if applied[i], err = db.Migrate(t.Context(), url); err != nil {
				t.Errorf("replica %d: %v", i, err)
			}
		})
	}
	all.Wait()
	busy := 0
	for _, n := range applied {
		if n > 0 {
			busy++
		}
	}
	if busy != 1 {
		t.Errorf("migrations applied: %v, want by one replica alone", applied)
	}
	if n, err := db.Migrate(t.Context(), url); n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
	if _, err := db.NewStore(pool).CodeCounts(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := db.Migrate(t.Context(), "postgres://nobody@127.0.0.1:1/nothing"); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a server that is away: %v", err)
	}
	if h := db.MigrationsHash(); len(h) != 12 || h != db.MigrationsHash() {
		t.Errorf("hash %q", h)
	}
}

// TestTheDatabaseKeepsWhatIsPrinted: whoever asks, and however.
func TestTheDatabaseKeepsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	ctx := t.Context()
	if _, err := db.NewStore(pool).CreateCode(ctx, newCode("printed")); err != nil {
		t.Fatal(err)
	}
	const static = `INSERT INTO codes (kind, content, title, created_by, updated_by) VALUES ('static', 'Room 5', 'T', 'x', 'x')`
	for _, test := range []struct{ sql, refusal string }{
		{static, ""},
		{"DELETE FROM codes WHERE id = 1", "never deleted"},
		{"UPDATE codes SET short_id = 'other' WHERE id = 1", "never changes"},
		{"UPDATE codes SET kind = 'static', short_id = NULL, target_url = NULL, content = 'x' WHERE id = 1", "never changes"},
		{"UPDATE codes SET content = 'Room 6' WHERE id = 2", ""},
		{"UPDATE codes SET printed_at = now() WHERE id = 2", ""},
		{"UPDATE codes SET content = 'Room 7' WHERE id = 2", "never changes"},
		{"UPDATE codes SET title = 'New', target_url = 'http://new.example' WHERE id = 1", ""},

		{"UPDATE codes SET title = '' WHERE id = 1", "codes_title"},
		{"UPDATE codes SET title = repeat('é', 100) WHERE id = 1", ""},
		{"UPDATE codes SET title = repeat('é', 101) WHERE id = 1", "codes_title"},
		{"UPDATE codes SET description = repeat('é', 501) WHERE id = 1", "codes_description"},
		{"UPDATE codes SET target_url = 'javascript:alert(1)' WHERE id = 1", "codes_target_url"},
		{"UPDATE codes SET target_url = 'http://' || repeat('a', 2042) WHERE id = 1", "codes_target_url"},
		{"UPDATE codes SET fallback_url = 'ftp://x' WHERE id = 1", "codes_fallback_url"},
		{"UPDATE codes SET target_url = NULL WHERE id = 1", "codes_shape"},
		{"UPDATE codes SET content = 'x' WHERE id = 1", "codes_shape"},
		{"UPDATE codes SET state = 'paused' WHERE id = 2", "codes_shape"},
		{"UPDATE codes SET state = 'expired' WHERE id = 1", "codes_state"},
		{"UPDATE codes SET starts_at = now(), expires_at = now() WHERE id = 1", "codes_dates"},
		{"UPDATE codes SET level = 'm' WHERE id = 1", "codes_level"},
		{"UPDATE codes SET quiet_zone = 41 WHERE id = 1", "codes_quiet_zone"},
		{"UPDATE codes SET dark = '#FFF' WHERE id = 1", "codes_dark"},
		{"INSERT INTO codes (kind, short_id, target_url, title, created_by, updated_by) VALUES ('dynamic', 'UPPER', 'http://x', 'T', 'x', 'x')", "codes_short_id_form"},
		{"INSERT INTO codes (kind, short_id, target_url, title, created_by, updated_by) VALUES ('dynamic', 'ab', 'http://x', 'T', 'x', 'x')", "codes_short_id_form"},
		{"INSERT INTO codes (kind, short_id, target_url, title, created_by, updated_by) VALUES ('dynamic', '-ab', 'http://x', 'T', 'x', 'x')", "codes_short_id_form"},
		{"INSERT INTO codes (kind, short_id, target_url, title, created_by, updated_by) VALUES ('dynamic', 'printed', 'http://x', 'T', 'x', 'x')", "codes_short_id_key"},
		{"INSERT INTO codes (kind, title, created_by, updated_by) VALUES ('other', 'T', 'x', 'x')", "codes_"},
		{"INSERT INTO code_events (code_id, revision, actor, address, action) VALUES (1, 1, 'x', 'x', 'deleted')", "code_events_action"},
		{"INSERT INTO code_events (code_id, revision, actor, address, action) VALUES (99, 1, 'x', 'x', 'created')", "foreign key"},
		{"UPDATE code_totals SET scans = 5 WHERE code_id = 1", "scans"},
	} {
		_, err := pool.Exec(ctx, test.sql)
		if (err != nil) != (test.refusal != "") || err != nil && !strings.Contains(err.Error(), test.refusal) {
			t.Errorf("%s: %v, want %q", test.sql, err, test.refusal)
		}
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	store := db.NewStore(dbtest.New(t))
	ctx := t.Context()
	for token, left := range map[string]time.Duration{"live": time.Hour, "over": -time.Second} {
		for _, data := range []string{"first", "second"} {
			if err := store.SaveSession(ctx, db.SaveSessionParams{Token: token, Data: []byte(data), ExpiresAt: time.Now().Add(left)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if data, err := store.SessionByToken(ctx, "live"); err != nil || string(data) != "second" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := store.SessionByToken(ctx, "over"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("an expired session: %v", err)
	}
	if n, err := store.DeleteExpiredSessions(ctx); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if err := store.DeleteSession(ctx, "live"); err != nil {
		t.Error(err)
	}
	if _, err := store.SessionByToken(ctx, "live"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a deleted session: %v", err)
	}
}

func TestOtherDatabase(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"postgres://u:p@/a?host=/tmp/x&port=1": "postgres://u:p@/b?host=/tmp/x&port=1",
		"postgres://u@h:5432":                  "postgres://u@h:5432/b",
		"host=/tmp dbname=a":                   "host=/tmp dbname=a dbname='b'",
	} {
		if got := db.OtherDatabase(in, "b"); got != want {
			t.Errorf("OtherDatabase(%s) = %s, want %s", in, got, want)
		}
	}
}
