package bench

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/stats"
)

// BenchmarkAnalytics reads every page about scans over 10,000,000 scans of
// 100,000 codes in 400 days: its queries as the page runs them, and the page as
// a whole answer. Loading them takes some minutes; ANALYTICS_DATABASE_URL names
// an empty database that keeps them for the next run.
func BenchmarkAnalytics(b *testing.B) {
	store := analyticsStore(b)
	server := serverOn(b, store)
	reader := stats.NewReader(store, time.UTC, time.Now)
	// Both count the top codes, which takes a second and is then kept: what is
	// measured while that goes on is slower.
	get(b, server, "/")
	for {
		o, err := reader.Overview(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if !o.Top.As.IsZero() && !strings.Contains(get(b, server, "/"), "being counted") {
			break
		}
		<-time.After(100 * time.Millisecond)
	}
	for _, code := range []struct {
		name string
		id   int64
	}{{"busiest", busiestCode}, {"largestNotRolledUp", unrolledCode(b, store)}, {"quietest", quietCode}} {
		for _, q := range []stats.Query{{Days: "7", By: "hour"}, {Days: "30"}, {Days: "30", By: "hour", Class: "all"}, {Days: "90"}, {Days: "400"}, {Days: "400", By: "day", Class: "all"}} {
			filter, err := stats.ParseQuery(q, reader.Now())
			if err != nil {
				b.Fatal(err)
			}
			name := fmt.Sprintf("%s/%sdays-%s-%s", code.name, q.Days, filter.Step, filter.Class)
			measure(b, "queries/"+name, func() {
				if _, err := reader.Code(b.Context(), code.id, filter); err != nil {
					b.Fatal(err)
				}
			})
			measure(b, "page/"+name, func() {
				get(b, server, fmt.Sprintf("/codes/%d/scans?days=%s&by=%s&class=%s", code.id, q.Days, filter.Step, filter.Class))
			})
		}
		measure(b, "queries/"+code.name+"/log", func() {
			filter, _ := stats.ParseQuery(stats.Query{Days: "400"}, reader.Now())
			if _, _, err := reader.Log(b.Context(), code.id, filter, stats.Place{}, 100); err != nil {
				b.Fatal(err)
			}
		})
		measure(b, "page/"+code.name+"/log", func() { get(b, server, fmt.Sprintf("/codes/%d/scans/log?days=400", code.id)) })
		measure(b, "page/"+code.name+"/code", func() { get(b, server, fmt.Sprintf("/codes/%d", code.id)) })
	}
	measure(b, "queries/dashboard", func() {
		if _, err := reader.Overview(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
	measure(b, "page/dashboard", func() { get(b, server, "/") })
	measure(b, "page/list", func() { get(b, server, "/codes") })
	measure(b, "page/listByScans", func() { get(b, server, "/codes?sort=-scans") })
}

// analyticsStore is a database with the history, loaded now or by an earlier
// run.
func analyticsStore(b *testing.B) *db.Store {
	b.Helper()
	url := os.Getenv("ANALYTICS_DATABASE_URL")
	if url == "" {
		url = dbtest.URL(b)
	} else if _, err := db.Migrate(b.Context(), url); err != nil {
		b.Fatal(err)
	}
	store, err := db.Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(store.Close)
	loaded, err := store.AnyCode(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	pool, err := pgxpool.New(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if !loaded {
		history{codes: 100_000, scans: 10_000_000, days: 400, busiest: 0.1}.load(b.Context(), b, pool)
	}
	measureRows(b, pool)
	return store
}

// measureRows reports what a scan takes on the disk with its index, over all
// months: those that are over, which are packed, and the one that runs.
func measureRows(b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	b.Run("rows", func(b *testing.B) {
		var size, rows float64
		for b.Loop() {
			err := pool.QueryRow(b.Context(), `SELECT (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('scans') WHERE isleaf), (SELECT count(*) FROM scans)`).Scan(&size, &rows)
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(size/rows, "bytes/scan")
	})
}

// unrolledCode is the code with the most scans whose days are not rolled up:
// all its figures come from the raw rows.
func unrolledCode(b *testing.B, store *db.Store) int64 {
	b.Helper()
	rows, err := store.ListCodes(b.Context(), db.ListCodesParams{Sort: "scans", Descending: true, RowLimit: 500})
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		until, err := store.ScanRollup(b.Context(), int32(row.Code.ID))
		if err != nil {
			b.Fatal(err)
		}
		if row.Code.Kind == "dynamic" && until[:4] == "0001" {
			return row.Code.ID
		}
	}
	b.Fatal("all codes are rolled up")
	return 0
}
