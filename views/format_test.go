package views

import (
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1000: "-1,000", -999: "-999",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	if got := Count(1, "code", "codes"); got != "1 code" {
		t.Errorf("one: %q", got)
	}
	if got := Count(2000, "code", "codes"); got != "2,000 codes" {
		t.Errorf("many: %q", got)
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{21: "21", 4.54: "4.5", 13.25: "13.2", 0.4: "0.4"} {
		if got := Decimal(f); got != want {
			t.Errorf("Decimal(%v) = %q, want %q", f, got, want)
		}
	}
}

func TestMomentRelative(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"},
		{44 * time.Second, "just now"},
		{46 * time.Second, "1 minute ago"},
		{59*time.Minute + 20*time.Second, "59 minutes ago"},
		{time.Hour, "1 hour ago"},
		{23*time.Hour + 59*time.Minute, "23 hours ago"},
		{25 * time.Hour, "yesterday"},
		{3 * 24 * time.Hour, "3 days ago"},
		{8 * 24 * time.Hour, "12 Nov"},
		{400 * 24 * time.Hour, "16 Oct 2025"},
		{-10 * time.Second, "just now"},
		{-2 * time.Minute, "in 2 minutes"},
		{-5 * time.Hour, "in 5 hours"},
		{-30 * time.Hour, "tomorrow"},
		{-4 * 24 * time.Hour, "in 4 days"},
		{-60 * 24 * time.Hour, "19 Jan 2027"},
	} {
		if got := (Moment{At: now.Add(-tt.ago), Now: now}).Relative(); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.ago, got, tt.want)
		}
	}
	if got := (Moment{Now: now}).Relative(); got != "never" {
		t.Errorf("zero: %q", got)
	}
}

func TestMomentExact(t *testing.T) {
	t.Parallel()
	m := Moment{At: time.Date(2026, 11, 20, 14, 3, 5, 0, time.FixedZone("CET", 3600))}
	if got, want := m.Exact(), "20 Nov 2026, 14:03:05 CET"; got != want {
		t.Errorf("Exact = %q, want %q", got, want)
	}
	if got, want := m.Machine(), "2026-11-20T14:03:05+01:00"; got != want {
		t.Errorf("Machine = %q, want %q", got, want)
	}
}

func TestSplitAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Address{
		"https://www.example.edu/a/b?c=d#e": {"example.edu", "/a/b?c=d#e"},
		"https://example.edu/":              {"example.edu", ""},
		"http://example.edu:8080":           {"example.edu:8080", ""},
		"https://example.edu?x=example.edu": {"example.edu", "?x=example.edu"},
		"no address":                        {"no address", ""},
		"":                                  {"", ""},
		"https://%zz":                       {"https://%zz", ""},
	} {
		if got := SplitAddress(raw); got != want {
			t.Errorf("SplitAddress(%q) = %+v, want %+v", raw, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"two\nlines  here", 20, "two lines here"},
		{"cut right here", 10, "cut right…"},
		{"ünïcödé", 4, "ünï…"},
	} {
		if got := Excerpt(tt.s, tt.n); got != tt.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}
