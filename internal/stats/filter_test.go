package stats_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"qrgen/internal/errs"
	"qrgen/internal/stats"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 0, 30, 0, 0, berlin(t))
	for _, tt := range []struct {
		query stats.Query
		want  string // first day, last day, days, step, class; or the wrong parameters
	}{
		{stats.Query{}, "2026-10-22 2026-11-20 30 day human"},
		{stats.Query{Days: "7", Class: "all"}, "2026-11-14 2026-11-20 7 day all"},
		{stats.Query{Days: "7", By: "hour"}, "2026-11-14 2026-11-20 7 hour human"},
		{stats.Query{Days: "400"}, "2025-10-17 2026-11-20 400 week human"},
		{stats.Query{Days: "400", From: "2026-10-25", To: "2026-10-26"}, "2026-10-25 2026-10-26 0 hour human"},
		{stats.Query{From: "2026-03-01"}, "2026-03-01 2026-11-20 0 week human"},
		{stats.Query{To: "2026-03-31"}, "2026-03-02 2026-03-31 0 day human"},
		{stats.Query{From: "2026-11-19", To: "2030-01-01"}, "2026-11-19 2026-11-20 0 hour human"},
		{stats.Query{Days: "8"}, "days"},
		{stats.Query{Days: "-7", By: "month", Class: "robots"}, "by class days"},
		{stats.Query{Days: "90", By: "hour"}, "by"},
		{stats.Query{From: "20.11.2026", To: "x"}, "from to"},
		{stats.Query{From: "2026-11-21"}, "from"},
		{stats.Query{From: "2026-11-02", To: "2026-11-01"}, "to"},
		{stats.Query{From: "1926-11-02"}, "from"},
		{stats.Query{From: "2026-02-30"}, "from"},
	} {
		f, err := stats.ParseQuery(tt.query, now)
		got := strings.Join([]string{f.From.Format(time.DateOnly), f.Last().Format(time.DateOnly), strconv.Itoa(f.Days), string(f.Step), string(f.Class)}, " ")
		if err != nil {
			got = strings.Join(slices.Sorted(maps.Keys(errs.FieldsOf(err))), " ")
		}
		if got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.query, got, tt.want)
		}
	}
}

func FuzzParsePlace(f *testing.F) {
	for _, seed := range []string{"", "1795000000000000.3", "-1.0", "9.9.9", "1e9.1", "253402300800000000.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		place, err := stats.ParsePlace(text)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := stats.ParsePlace(place.String()); err != nil || again != place {
			t.Errorf("%q comes back as %v, %v", text, again, err)
		}
	})
}
