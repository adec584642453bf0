package stats_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/stats"
)

// The clocks went back on 25 October 2026 in Berlin, at 3 o'clock.
const zoneName = "Europe/Berlin"

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		t.Skip(err)
	}
	return zone
}

// scan is one raw row.
type scan struct {
	at                                 time.Time
	code                               int32
	agent, referrer, language, country int16
	class                              int16
	qr, repeat                         bool
}

// town is a database with two codes and some words.
func town(t testing.TB) (*db.Store, *pgxpool.Pool) {
	t.Helper()
	pool := dbtest.New(t)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by)
		SELECT 'dynamic', 'code' || g, 'Code ' || g, 'https://example.org/' || g, 'test', 'test' FROM generate_series(1, 2) g;
		INSERT INTO scan_agents VALUES (2, 'phone', 'iOS', 'Safari'), (3, 'phone', 'Android', 'Chrome'), (4, 'desktop', 'Windows', 'Chrome');
		INSERT INTO scan_words SELECT 1 + g, 'referrer', 'site-' || g || '.example' FROM generate_series(1, 15) g;
		INSERT INTO scan_words VALUES (20, 'language', 'de'), (21, 'language', 'en'), (30, 'country', 'DE'), (31, 'country', 'CH');
		SELECT scan_add_month(m::date) FROM generate_series('2026-07-01'::timestamp, '2026-12-01', '1 month') m`)
	if err != nil {
		t.Fatal(err)
	}
	return db.NewStore(pool), pool
}

func insert(t testing.TB, pool *pgxpool.Pool, list []scan) {
	t.Helper()
	columns := []string{"scanned_at", "code_id", "agent", "referrer", "language", "country", "class", "qr", "repeat"}
	_, err := pool.CopyFrom(t.Context(), pgx.Identifier{"scans"}, columns, pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
		s := list[i]
		return []any{s.at, s.code, s.agent, s.referrer, s.language, s.country, s.class, s.qr, s.repeat}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// many are scans of both codes over four months, the same at each run.
func many(zone *time.Location, n int) []scan {
	random := rand.New(rand.NewPCG(3, 4))
	begin := time.Date(2026, 7, 25, 0, 0, 0, 0, zone)
	end := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	list := make([]scan, n)
	for i := range list {
		list[i] = scan{
			at: begin.Add(time.Duration(random.Int64N(int64(end.Sub(begin))))).Truncate(time.Microsecond), code: int32(1 + random.IntN(5)/4),
			agent: int16(2 + random.IntN(3)), referrer: int16(2 + random.IntN(15)), language: int16(20 + random.IntN(2)), country: int16(30 + random.IntN(2)),
			class: int16(1 + max(0, random.IntN(8)-4)), qr: random.IntN(3) > 0, repeat: random.IntN(4) == 0,
		}
		if list[i].class != 1 {
			list[i].repeat = false
		}
	}
	return list
}

func rollUp(t testing.TB, store *db.Store, until string) {
	t.Helper()
	if err := store.RollUpCode(t.Context(), db.RollUpCodeParams{Zone: zoneName, CodeID: 1, Until: until}); err != nil {
		t.Fatal(err)
	}
	if err := store.NoteRollup(t.Context(), db.NoteRollupParams{CodeID: 1, Until: until}); err != nil {
		t.Fatal(err)
	}
}

// count is what a code's figures must be, counted one by one.
func count(list []scan, f stats.Filter) (total, classes, repeats int64, week [7][24]int64, source map[string]int64, series map[time.Time]int64) {
	source, series = map[string]int64{}, map[time.Time]int64{}
	for _, s := range list {
		if s.code != 1 || s.class == 4 || s.at.Before(f.From) || !s.at.Before(f.To) {
			continue
		}
		total++
		local := s.at.In(f.From.Location())
		begins := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
		if f.Step == stats.ByWeek {
			begins = begins.AddDate(0, 0, -(int(local.Weekday())+6)%7)
		}
		series[begins]++
		if s.repeat {
			repeats++
		}
		if f.Class == stats.Human && s.class != 1 {
			continue
		}
		classes++
		week[(local.Weekday()+6)%7][local.Hour()]++
		name := "link"
		if s.qr {
			name = "qr"
		}
		source[name]++
	}
	return total, classes, repeats, week, source, series
}

// TestFigures holds every figure to a count one by one, wherever the code's
// days are closed: nothing, some days, whole months, all but today.
func TestFigures(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	store, pool := town(t)
	list := many(zone, 4000)
	insert(t, pool, list)
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	reader := stats.NewReader(store, zone, func() time.Time { return now })
	for _, until := range []string{"", "2026-07-28", "2026-09-01", "2026-09-17", "2026-10-26", "2026-11-20"} {
		if until != "" {
			rollUp(t, store, until)
		}
		for _, q := range []stats.Query{
			{}, {Days: "7", Class: "all"}, {Days: "90", By: "week"}, {Days: "400", Class: "all", By: "day"}, {From: "2026-10-25", To: "2026-10-25", By: "day"},
			{From: "2026-08-01", To: "2026-08-31", Class: "all"}, {From: "2026-08-15", To: "2026-11-03"}, {From: "2026-09-01", To: "2026-09-16", By: "week"},
			{From: "2026-11-20", To: "2026-11-20", By: "day"}, {From: "2026-07-20", To: "2026-07-26"},
		} {
			f, err := stats.ParseQuery(q, now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.Code(t.Context(), 1, f)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, fmt.Sprintf("closed until %q, %+v", until, q), list, f, got)
		}
	}
	// What comes late is in the closed days' counts, and in their months'.
	late := scan{at: time.Date(2026, 8, 10, 12, 0, 0, 0, time.UTC), code: 1, agent: 2, class: 1, qr: true}
	insert(t, pool, []scan{late})
	err := store.AddLateScans(t.Context(), db.AddLateScansParams{
		Zone: zoneName, CodeIds: []int32{1}, ScannedAt: []time.Time{late.at}, Classes: []int16{1}, Qrs: []bool{true}, Repeats: []bool{false},
		Agents: []int16{2}, Referrers: []int16{0}, Languages: []int16{0}, Countries: []int16{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := stats.ParseQuery(stats.Query{Days: "400", By: "day"}, now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := reader.Code(t.Context(), 1, f)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "a late scan", append(list, late), f, got)
}

func compare(t *testing.T, what string, list []scan, f stats.Filter, got stats.Figures) {
	t.Helper()
	total, classes, repeats, week, source, series := count(list, f)
	if got.Total.All() != total || got.Total.Of(f.Class) != classes || got.Total.Repeats != repeats {
		t.Errorf("%s: %+v, want %d of which %d are asked for, %d again", what, got.Total, total, classes, repeats)
	}
	if diff := cmp.Diff(week, got.Week); diff != "" {
		t.Errorf("%s: hours of the week: %s", what, diff)
	}
	for _, bucket := range got.Series {
		if want := series[bucket.Begins]; bucket.All() != want {
			t.Errorf("%s: %s has %d scans, want %d", what, bucket.Begins, bucket.All(), want)
		}
		delete(series, bucket.Begins)
	}
	if len(series) > 0 {
		t.Errorf("%s: not in the series: %v", what, series)
	}
	for _, part := range got.Parts {
		sum := part.Others
		for _, name := range part.Names {
			sum += name.Scans
			if part.Dimension == "source" && name.Scans != source[name.Name] {
				t.Errorf("%s: %d from %s, want %d", what, name.Scans, name.Name, source[name.Name])
			}
		}
		if sum != classes || part.Others < 0 {
			t.Errorf("%s: %s adds up to %d, want %d", what, part.Dimension, sum, classes)
		}
	}
}

// TestNames: the words behind the numbers, the most frequent first, and what
// is left over.
func TestNames(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	store, pool := town(t)
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	var list []scan
	for i := range 15 {
		for range i + 1 {
			list = append(list, scan{at: now.Add(-time.Hour), code: 1, agent: int16(2 + i%3), referrer: int16(2 + i), language: 20, class: 1, qr: true})
		}
	}
	list = append(list, scan{at: now.Add(-time.Hour), code: 1, agent: 3, class: 2})
	insert(t, pool, list)
	f, err := stats.ParseQuery(stats.Query{Days: "7"}, now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := stats.NewReader(store, zone, func() time.Time { return now }).Code(t.Context(), 1, f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, part := range got.Parts {
		line := part.Dimension
		for _, name := range part.Names[:min(len(part.Names), 2)] {
			line += fmt.Sprintf(" %s=%d", name.Name, name.Scans)
		}
		lines = append(lines, fmt.Sprintf("%s others=%d", line, part.Others))
	}
	want := []string{
		"source qr=120 others=0", "device phone=75 desktop=45 others=0", "os Windows=45 Android=40 others=0", "browser Chrome=85 Safari=35 others=0",
		"referrer site-15.example=15 site-14.example=14 others=15", "country =120 others=0", "language de=120 others=0",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// TestHours: by the hour, a closed day has the same hours, but for the one
// that is there twice when the clocks go back.
func TestHours(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	store, pool := town(t)
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	at := func(utc string) scan {
		when, err := time.Parse(time.DateTime, utc)
		if err != nil {
			t.Fatal(err)
		}
		return scan{at: when, code: 1, class: 1}
	}
	insert(t, pool, []scan{at("2026-10-24 22:10:00"), at("2026-10-25 00:30:00"), at("2026-10-25 01:30:00"), at("2026-10-25 22:59:59")})
	f, err := stats.ParseQuery(stats.Query{From: "2026-10-25", To: "2026-10-25"}, now)
	if err != nil || f.Step != stats.ByHour {
		t.Fatal(f, err)
	}
	reader := stats.NewReader(store, zone, func() time.Time { return now })
	hours := func() (list []string) {
		got, err := reader.Code(t.Context(), 1, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Series) != 25 || got.Total.Human != 4 {
			t.Errorf("%d hours, %+v", len(got.Series), got.Total)
		}
		for _, b := range got.Series {
			if b.Human > 0 {
				list = append(list, fmt.Sprintf("%s %d", b.Begins.Format("15:04 MST"), b.Human))
			}
		}
		return list
	}
	if got := strings.Join(hours(), ", "); got != "00:00 CEST 1, 02:00 CEST 1, 02:00 CET 1, 23:00 CET 1" {
		t.Error(got)
	}
	rollUp(t, store, "2026-11-01")
	if got := strings.Join(hours(), ", "); got != "00:00 CEST 1, 02:00 CET 2, 23:00 CET 1" {
		t.Error(got)
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	store, pool := town(t)
	list := many(zone, 3000)
	insert(t, pool, list)
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	reader := stats.NewReader(store, zone, func() time.Time { return now })
	want := map[int64]stats.Recent{}
	first := time.Date(2026, 10, 22, 0, 0, 0, 0, zone)
	for _, s := range list {
		if s.class != 4 && !s.at.Before(first) {
			recent := want[int64(s.code)]
			local := s.at.In(zone)
			day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
			recent[int(day.Sub(time.Date(2026, 10, 22, 0, 0, 0, 0, time.UTC))/(24*time.Hour))]++
			want[int64(s.code)] = recent
		}
	}
	for _, until := range []string{"", "2026-10-27", "2026-11-20"} {
		if until != "" {
			rollUp(t, store, until)
		}
		got, err := reader.Recent(t.Context(), []int64{1, 2, 77})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("closed until %q: %s", until, diff)
		}
	}
	if sum := want[1].Last(7); sum == 0 || sum >= want[1].Last(30) {
		t.Errorf("7 days: %d", sum)
	}
}

// TestLog pages through scans of which many have the same instant.
func TestLog(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	store, pool := town(t)
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, zone)
	var list []scan
	for i := range 25 {
		list = append(list, scan{at: now.Add(-time.Duration(i/10) * time.Minute), code: 1, agent: 2, class: int16(1 + i%4), qr: i%2 == 0})
	}
	insert(t, pool, list)
	reader := stats.NewReader(store, zone, func() time.Time { return now })
	for _, limit := range []int{1, 3, 10, 24, 25} {
		for class, want := range map[string]int{"all": 25, "human": 7} {
			f, err := stats.ParseQuery(stats.Query{Class: class}, now)
			if err != nil {
				t.Fatal(err)
			}
			var all []stats.Scan
			place := stats.Place{}
			for pages := 0; pages == 0 || place != (stats.Place{}); pages++ {
				if place, err = stats.ParsePlace(place.String()); err != nil {
					t.Fatal(err)
				}
				var page []stats.Scan
				if page, place, err = reader.Log(t.Context(), 1, f, place, limit); err != nil || pages > 30 {
					t.Fatal(pages, err)
				}
				all = append(all, page...)
			}
			if len(all) != want || !slices.IsSortedFunc(all, func(a, b stats.Scan) int { return b.At.Compare(a.At) }) || all[0].Device != "phone" {
				t.Errorf("%s by %d: %d scans, want %d", class, limit, len(all), want)
			}
		}
	}
}
