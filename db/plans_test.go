package db_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
)

// recorder remembers the last query that went to the server.
type recorder struct {
	mu   sync.Mutex
	sql  string
	args []any
}

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sql, r.args = data.SQL, data.Args
	return ctx
}

func (*recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestListCodesPlans: each order walks its index from the page's start, with
// no sort and no scan of everything, and a search uses the trigram index.
func TestListCodesPlans(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	var last recorder
	cfg.ConnConfig.Tracer = &last
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan" // as Open has it
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store := db.NewStore(pool)
	ctx := t.Context()
	if n, err := store.DemoCodes(ctx, 20_000); n != 20_000 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := store.DemoScans(ctx); err != nil {
		t.Fatal(err)
	}
	if err := store.Vacuum(ctx); err != nil {
		t.Fatal(err)
	}
	explain := func() string {
		rows, err := pool.Query(ctx, "EXPLAIN "+last.sql, last.args...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(plan, "\n")
	}
	for sort, index := range map[string]string{
		"title": "codes_by_title", "created": "codes_by_created", "changed": "codes_by_updated", "scans": "code_totals_by_scans",
	} {
		for _, descending := range []bool{false, true} {
			for _, after := range []int64{0, 10_000} {
				rows, err := store.ListCodes(ctx, db.ListCodesParams{
					Sort: sort, Descending: descending, RowLimit: 26,
					AfterID: after, AfterText: "Library: map 5000", AfterTime: time.Now().Add(-500 * time.Hour), AfterNumber: 500,
				})
				if err != nil || len(rows) != 26 {
					t.Fatalf("%s: %d rows, %v", sort, len(rows), err)
				}
				plan := explain()
				if !strings.Contains(plan, "using "+index+" ") || strings.Contains(plan, "Sort Key: (lower") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Hash Join") {
					t.Errorf("%s, descending %t, after %d does not walk %s:\n%s", sort, descending, after, index, plan)
				}
				if after > 0 && !strings.Contains(plan, "Index Cond: (ROW(") {
					t.Errorf("%s, descending %t does not start at the cursor:\n%s", sort, descending, plan)
				}
			}
		}
	}
	for _, words := range [][2]string{{"%number 12345%", ""}, {"%audio%", "%17777%"}} {
		if _, err := store.ListCodes(ctx, db.ListCodesParams{Sort: "created", Descending: true, RowLimit: 26, Word1: words[0], Word2: words[1]}); err != nil {
			t.Fatal(err)
		}
		if plan := explain(); !strings.Contains(plan, "codes_by_search") {
			t.Errorf("the search for %q does not use the trigram index:\n%s", words, plan)
		}
		if _, err := store.CountCodes(ctx, db.CountCodesParams{Word1: words[0], Word2: words[1], AtMost: 1001}); err != nil {
			t.Fatal(err)
		}
		if plan := explain(); !strings.Contains(plan, "codes_by_search") {
			t.Errorf("counting %q does not use the trigram index:\n%s", words, plan)
		}
	}
	if _, err := store.DirectoryEntry(ctx, "demo000001"); err != nil {
		t.Fatal(err)
	}
	if plan := explain(); !strings.Contains(plan, "codes_short_id_key") {
		t.Errorf("a code that memory does not hold is not found by its index:\n%s", plan)
	}
}
