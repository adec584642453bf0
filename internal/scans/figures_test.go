package scans

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"qrgen/db"
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

	series, err := store.ScanSeries(t.Context(), db.ScanSeriesParams{CodeID: 1, Step: "day", Zone: "Europe/Berlin", FromTime: from, ToTime: to})
	if err != nil || len(series) != 2 || series[0].Scans != 2 || series[0].Visitors != 1 || series[1].Class != int16(Bot) ||
		!series[0].BeginsAt.Equal(time.Date(2026, 11, 16, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("series: %+v, %v", series, err)
	}
	breakdown, err := store.ScanBreakdown(t.Context(), db.ScanBreakdownParams{CodeID: 1, FromTime: from, ToTime: to, AtMost: 10})
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
	week, err := store.ScanWeek(t.Context(), db.ScanWeekParams{CodeID: 1, Zone: "Europe/Berlin", FromTime: from, ToTime: to, Class: int16(Human)})
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
	store, pool := testStore(b, 10_000)
	r := NewRecorder(RecorderConfig{Store: store})
	now := time.Now()
	for m := range 14 {
		if err := r.months.ahead(b.Context(), now.AddDate(0, -m, 0)); err != nil {
			b.Fatal(err)
		}
	}
	_, err := pool.Exec(b.Context(), `INSERT INTO scans SELECT now() - g * interval '17 s',
		CASE WHEN g % 2 = 0 THEN 1 ELSE 2 + (random() * 9997)::integer END, 0, 0, 0, 0, 1 + (g % 20 / 18), g % 3 > 0, g % 7 = 0
		FROM generate_series(1, 2000000) g ORDER BY 1`)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := pool.Exec(b.Context(), `VACUUM ANALYZE scans`); err != nil {
		b.Fatal(err)
	}
	for name, code := range map[string]int32{"busy": 1, "quiet": 7} {
		for _, days := range []int{30, 90, 400} {
			from := now.AddDate(0, 0, -days)
			b.Run(fmt.Sprintf("series/%s/%d", name, days), func(b *testing.B) {
				for b.Loop() {
					if _, err := store.ScanSeries(b.Context(), db.ScanSeriesParams{CodeID: code, Step: "day", Zone: "UTC", FromTime: from, ToTime: now}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("breakdown/%s/%d", name, days), func(b *testing.B) {
				for b.Loop() {
					if _, err := store.ScanBreakdown(b.Context(), db.ScanBreakdownParams{CodeID: code, FromTime: from, ToTime: now, AtMost: 10}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
