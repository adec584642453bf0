package scans

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
)

func TestFiguresForPages(t *testing.T) {
	t.Parallel()
	store, _ := testStore(t, 2)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	monday := time.Date(2026, 11, 16, 23, 30, 0, 0, time.UTC) // Tuesday, 00:30, in Berlin
	for i, v := range []Visit{
		{CodeID: 1, Source: QR, UserAgent: phone, AcceptLanguage: "de", Address: "203.0.113.1", Referer: "https://a.example/"},
		{CodeID: 1, Source: QR, UserAgent: phone, AcceptLanguage: "de", Address: "203.0.113.1"},
		{CodeID: 1, UserAgent: "curl/8.5.0"},
		{CodeID: 1, UserAgent: phone, Test: true},
		{CodeID: 2, UserAgent: phone, Address: "203.0.113.1"},
	} {
		v.At = monday.Add(time.Duration(i) * time.Minute)
		mustAppend(t, j, v)
	}
	record(t, RecorderConfig{Journal: j, Store: store})
	from, to := monday.AddDate(0, 0, -7), monday.AddDate(0, 0, 7)
	readFigures(t, store, from, to)
	// The same from closed days, and from some of each.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, until := range []string{"2026-11-17", "2026-11-18"} {
		if err := rollUpCode(t.Context(), store, berlin, 1, until); err != nil {
			t.Fatal(err)
		}
		readFigures(t, store, from, to)
	}
	if report, err := Verify(t.Context(), store, berlin); err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
}

func readFigures(t *testing.T, store *db.Store, from, to time.Time) {
	t.Helper()
	const fromDay, toDay = "2026-11-10", "2026-11-20"

	series, err := store.ScanSeries(t.Context(), db.ScanSeriesParams{CodeID: 1, Step: "day", Zone: "Europe/Berlin", FromDay: fromDay, ToDay: toDay})
	if err != nil || len(series) != 2 || series[0].Scans != 2 || series[0].Visitors != 1 || series[1].Class != int16(Bot) ||
		!series[0].BeginsAt.Equal(time.Date(2026, 11, 16, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("series: %+v, %v", series, err)
	}
	breakdown, err := store.ScanBreakdown(t.Context(), db.ScanBreakdownParams{CodeID: 1, Zone: "Europe/Berlin", FromDay: fromDay, ToDay: toDay, AtMost: 10})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, row := range breakdown {
		got = append(got, fmt.Sprintf("%s %s %d", row.Dimension, row.Name, row.Scans))
	}
	want := []string{
		"browser Safari 2", "browser other 1", "class human 2", "class bot 1", "country  3", "device phone 2", "device bot 1",
		"language de 2", "language  1", "os iOS 2", "os other 1", "referrer  2", "referrer a.example 1", "source qr 2", "source link 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	hours, err := store.ScanHours(t.Context(), db.ScanHoursParams{CodeID: 1, Zone: "UTC", FromTime: from, ToTime: to})
	if err != nil || len(hours) != 2 || hours[0].Scans != 2 || hours[0].Visitors != 1 {
		t.Errorf("hours: %+v, %v", hours, err)
	}
	week, err := store.ScanWeek(t.Context(), db.ScanWeekParams{CodeID: 1, Zone: "Europe/Berlin", FromDay: fromDay, ToDay: toDay, Class: int16(Human)})
	if err != nil || len(week) != 1 || week[0] != (db.ScanWeekRow{Weekday: 2, Hour: 0, Scans: 2}) {
		t.Errorf("week: %+v, %v", week, err)
	}
	days, err := store.ScanDaysOfCodes(t.Context(), db.ScanDaysOfCodesParams{CodeIds: []int32{1, 2}, Zone: "UTC", FromTime: from})
	if err != nil || len(days) != 2 || days[0].Scans != 3 || days[1].CodeID != 2 {
		t.Errorf("days: %+v, %v", days, err)
	}
	all, err := store.AllScanSeries(t.Context(), db.AllScanSeriesParams{Step: "week", Zone: "UTC", FromTime: from, ToTime: to})
	if err != nil || len(all) != 3 || all[0].Scans != 1 || all[1].Scans != 2 || all[1].Visitors != 1 {
		t.Errorf("all: %+v, %v", all, err)
	}
	log, err := store.ListScans(t.Context(), db.ListScansParams{CodeID: 1, Before: to, RowLimit: 3})
	if err != nil || len(log) != 3 || log[0].Class != int16(Test) || log[2].Device != "phone" || !log[2].Repeat {
		t.Errorf("log: %+v, %v", log, err)
	}
}

// BenchmarkFigures reads the pages of a busy and of a quiet code among
// 2,000,000 scans over 13 months.
func BenchmarkFigures(b *testing.B) {
	url := dbtest.URL(b)
	store, err := db.Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(store.Close)
	pool, err := pgxpool.New(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	addCodes(b, pool, 10_000)
	r := NewRecorder(RecorderConfig{Store: store})
	now := time.Now()
	for m := range 14 {
		if err := r.months.ahead(b.Context(), now.AddDate(0, -m, 0)); err != nil {
			b.Fatal(err)
		}
	}
	_, err = pool.Exec(b.Context(), `
		INSERT INTO scan_agents SELECT g, 'device ' || g % 3, 'os ' || g % 6, 'browser ' || g FROM generate_series(2, 16) g;
		INSERT INTO scan_words SELECT g, (ARRAY['referrer', 'language', 'country'])[1 + g / 100], 'word ' || g FROM generate_series(2, 299) g`)
	if err != nil {
		b.Fatal(err)
	}
	_, err = pool.Exec(b.Context(), `INSERT INTO scans SELECT now() - g * interval '17 s',
		CASE WHEN g % 2 = 0 THEN 1 ELSE 2 + (random() * 9997)::integer END, 2 + (random() * 14)::smallint,
		2 + (random() * random() * 97)::smallint, 100 + (random() * random() * 40)::smallint, 200 + (random() * random() * 90)::smallint,
		1 + (g % 20 / 18), g % 3 > 0, g % 7 = 0
		FROM generate_series(1, 2000000) g ORDER BY 1`)
	if err != nil {
		b.Fatal(err)
	}
	if err := rollUpCode(b.Context(), store, time.UTC, 1, now.Format(time.DateOnly)); err != nil {
		b.Fatal(err)
	}
	if _, err := pool.Exec(b.Context(), `VACUUM ANALYZE scans, scan_days`); err != nil {
		b.Fatal(err)
	}
	today := now.AddDate(0, 0, 1).Format(time.DateOnly)
	for name, code := range map[string]int32{"busy": 1, "quiet": 7} {
		for _, days := range []int{30, 90, 400} {
			from := now.AddDate(0, 0, -days).Format(time.DateOnly)
			b.Run(fmt.Sprintf("series/%s/%d", name, days), func(b *testing.B) {
				for b.Loop() {
					if _, err := store.ScanSeries(b.Context(), db.ScanSeriesParams{CodeID: code, Step: "day", Zone: "UTC", FromDay: from, ToDay: today}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("breakdown/%s/%d", name, days), func(b *testing.B) {
				for b.Loop() {
					if _, err := store.ScanBreakdown(b.Context(), db.ScanBreakdownParams{CodeID: code, Zone: "UTC", FromDay: from, ToDay: today, AtMost: 10}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// Rows that come after their day was rolled up are counted in it all the same,
// whoever comes first.
func TestLateScans(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store})
	at := time.Now().AddDate(0, 0, -2)
	add := func(n int) {
		for i := range n {
			v := testVisit(int64(i%2) + 1)
			v.At = at.Add(time.Duration(i) * time.Millisecond)
			mustAppend(t, j, v)
		}
		j.sealCurrent(true)
		f, _ := j.oldest()
		if wait := r.step(t.Context(), f); wait != 0 {
			t.Fatalf("not stored: %v", r.counters.err())
		}
	}
	add(10)
	if err := rollUpCode(t.Context(), store, time.UTC, 1, time.Now().UTC().Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	add(6)
	if n := rows(t, store); n != 16 {
		t.Errorf("%d rows", n)
	}
	if n := number(t, pool, `SELECT sum(scans)::bigint FROM scan_days WHERE dimension = 3`); n != 8 {
		t.Errorf("%d scans in the closed days", n)
	}
}

func TestBusyCodesAreRolledUp(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 2)
	r := NewRecorder(RecorderConfig{Store: store})
	b := &batch{id: batchID{1}}
	at := time.Now().AddDate(0, 0, -3)
	for i := range busyScans + 10 {
		b.rows = append(b.rows, scanRow{at: at.Add(time.Duration(i) * 30 * time.Second).UnixMicro(), code: int32(1 + i%1000/999), class: Human})
	}
	b.sort()
	if err := r.storeBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.lookAfterTables(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		rows(t, store)
	}
	if n := number(t, pool, `SELECT count(DISTINCT code_id) FROM scan_rollups`); n != 1 {
		t.Errorf("%d codes are rolled up", n)
	}
	if n := number(t, pool, `SELECT count(DISTINCT day) FROM scan_days`); n < 2 {
		t.Errorf("%d days", n)
	}
}
