package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Number writes n with its digits grouped: 1,234,567.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// shortNumber writes n in at most four characters: 999, 1.2k, 35k, 2M. Nothing is
// an empty string.
func shortNumber(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 9_950:
		return Decimal(float64(n)/1000) + "k"
	case n < 999_500:
		return strconv.FormatInt((n+500)/1000, 10) + "k"
	}
	return strconv.FormatInt((n+500_000)/1_000_000, 10) + "M"
}

// Count writes n with its noun: "1 code", "2,000 codes".
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// plural is the word for n of something.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Decimal writes f with at most one digit after the point: 21, 4.5.
func Decimal(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// Moment is a time as a page shows it: At in the office's time zone, seen
// from Now. The zero value means "never".
type Moment struct {
	At  time.Time
	Now time.Time
}

// IsZero says that there is no such moment.
func (m Moment) IsZero() bool { return m.At.IsZero() }

// Exact is the whole time with its zone, for people: "20 Nov 2026, 14:03:05 CET".
func (m Moment) Exact() string { return m.At.Format("2 Jan 2006, 15:04:05 MST") }

// Machine is the time as RFC 3339, for the datetime attribute.
func (m Moment) Machine() string { return m.At.Format(time.RFC3339) }

// Relative says how long ago or ahead At is, in people's words; past a week it
// is the date.
func (m Moment) Relative() string {
	if m.IsZero() {
		return "never"
	}
	d := m.Now.Sub(m.At)
	if d < 0 {
		return m.ahead(-d)
	}
	switch {
	case d < 45*time.Second:
		return "just now"
	case d < time.Hour:
		return Count(max(1, int64(d.Round(time.Minute)/time.Minute)), "minute", "minutes") + " ago"
	case d < 24*time.Hour:
		return Count(int64(d/time.Hour), "hour", "hours") + " ago"
	case d < 48*time.Hour:
		return "yesterday"
	case d < 7*24*time.Hour:
		return Count(int64(d/(24*time.Hour)), "day", "days") + " ago"
	}
	return m.date()
}

func (m Moment) ahead(d time.Duration) string {
	switch {
	case d < 45*time.Second: // clocks of two machines differ a little
		return "just now"
	case d < time.Hour:
		return "in " + Count(max(1, int64(d.Round(time.Minute)/time.Minute)), "minute", "minutes")
	case d < 24*time.Hour:
		return "in " + Count(int64(d/time.Hour), "hour", "hours")
	case d < 48*time.Hour:
		return "tomorrow"
	case d < 7*24*time.Hour:
		return "in " + Count(int64(d/(24*time.Hour)), "day", "days")
	}
	return m.date()
}

func (m Moment) date() string {
	if m.At.Year() == m.Now.Year() {
		return m.At.Format("2 Jan")
	}
	return m.At.Format("2 Jan 2006")
}

// Address is a URL cut for reading: the host stands out, the rest is quiet.
type Address struct {
	Host string
	Rest string
}

// SplitAddress cuts a URL into host and the rest without the scheme. What is
// no URL comes back whole as Host.
func SplitAddress(raw string) Address {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return Address{Host: raw}
	}
	_, after, found := strings.Cut(raw, u.Host)
	if !found || after == "/" {
		after = ""
	}
	return Address{Host: strings.TrimPrefix(u.Host, "www."), Rest: after}
}

// Excerpt shortens s to at most n characters, on one line.
func Excerpt(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

func millimetres(mm float64) string { return fmt.Sprintf("%s mm", Decimal(mm)) }
