package bench

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/handlers"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/internal/scans"
)

const listedCodes = 100_000

// BenchmarkList answers the list page over 100,000 codes: its first page, a
// page in the middle and searches, as a whole and as the fragment htmx asks
// for while somebody types.
func BenchmarkList(b *testing.B) {
	server := listServer(b)
	middle := middlePage(b, server)
	for _, page := range []struct{ name, path string }{
		{"first", "/codes"},
		{"middle", middle},
		{"byScans", "/codes?sort=-scans"},
		{"searchCommon", "/codes?q=poster"},
		{"searchWords", "/codes?q=" + url.QueryEscape("museum audio 31")},
		{"searchRare", "/codes?q=demo00c3"},
		{"searchNothing", "/codes?q=zzzzqqqq"},
		{"searchTwoLetters", "/codes?q=mu"},
		{"filterPaused", "/codes?state=paused"},
	} {
		measure(b, page.name, func() { get(b, server, page.path) })
	}
}

// measure is a benchmark that tells of its median and its 95th percentile.
func measure(b *testing.B, name string, do func()) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		var took []float64
		for b.Loop() {
			start := time.Now()
			do()
			took = append(took, float64(time.Since(start).Microseconds())/1000)
		}
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2], "median-ms")
		b.ReportMetric(took[len(took)*95/100], "p95-ms")
	})
}

func listServer(b *testing.B) http.Handler {
	b.Helper()
	ctx := b.Context()
	store, err := db.Open(ctx, dbtest.URL(b), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(store.Close)
	if _, err := store.DemoCodes(ctx, listedCodes); err != nil {
		b.Fatal(err)
	}
	if _, err := store.DemoScans(ctx); err != nil {
		b.Fatal(err)
	}
	if err := store.Vacuum(ctx); err != nil {
		b.Fatal(err)
	}
	return serverOn(b, store)
}

// serverOn is the program's pages over a database.
func serverOn(b *testing.B, store *db.Store) http.Handler {
	b.Helper()
	cfg, err := config.Load(func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	links, err := cfg.Links()
	if err != nil {
		b.Fatal(err)
	}
	journal, err := scans.OpenJournal(scans.JournalConfig{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = journal.Close() })
	server, err := handlers.New(handlers.Options{
		Journal: journal, Recorder: scans.NewRecorder(scans.RecorderConfig{Journal: journal, Store: store}),
		Store: store, Registry: codes.NewRegistry(store, codes.Rules{Links: links}, time.UTC, nil),
		Config: cfg, Version: "bench", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	return server.Handler()
}

// middlePage walks to about the middle of the list by title.
func middlePage(b *testing.B, server http.Handler) string {
	b.Helper()
	next := regexp.MustCompile(`href="(/codes\?after=[^"]*)"`)
	path := "/codes?sort=title&limit=100"
	for range listedCodes / 100 / 20 { // a twentieth of the way is deep enough: a keyset page costs the same everywhere
		found := next.FindStringSubmatch(get(b, server, path))
		if found == nil {
			b.Fatalf("no next page on %s", path)
		}
		path = strings.ReplaceAll(found[1], "&amp;", "&")
	}
	return strings.Replace(path, "&limit=100", "", 1)
}

func get(b *testing.B, server http.Handler, path string) string {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody)
	request.RemoteAddr = "127.0.0.1:1"
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		b.Fatalf("%s: %d", path, answer.Code)
	}
	return answer.Body.String()
}
