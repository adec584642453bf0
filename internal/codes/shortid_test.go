package codes_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

func TestGenerateShortID(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9abcdefghjkmnpqrstvwxyz]{8}$`)
	seen, letters := map[codes.ShortID]bool{}, map[rune]int{}
	const draws = 4000
	for range draws {
		id := codes.GenerateShortID()
		if parsed, err := codes.ParseShortID(string(id)); !form.MatchString(string(id)) || err != nil || parsed != id || seen[id] {
			t.Fatalf("drew %q", id)
		}
		seen[id] = true
		for _, r := range id {
			letters[r]++
		}
	}
	for r, n := range letters { // 1,000 of each are expected, give or take 32
		if n < 800 || n > 1200 {
			t.Errorf("%c was drawn %d times", r, n)
		}
	}
	if len(letters) != 32 {
		t.Errorf("%d different characters", len(letters))
	}
}

func TestParseShortID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]codes.ShortID{
		"abc": "abc", " Open-Day ": "open-day", "123": "123", "a--b": "a--b", strings.Repeat("a", 32): codes.ShortID(strings.Repeat("a", 32)), "8d672597": "8d672597",
	} {
		if got, err := codes.ParseShortID(in); err != nil || got != want {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "ab", " ab ", strings.Repeat("a", 33), "a b c", "-abc", "abc-", "---", "день", "abcé", "a_b", "a.b", "a/b", "abc\x00", "abc\xff", "admin", "API", "New", "static", "ſcan", "\u212aabc"} {
		if got, err := codes.ParseShortID(in); err == nil || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"7k3qx9ab":              "[7k3qx9ab]",
		"7K3QX9AB":              "[7k3qx9ab]",
		"open-day":              "[open-day 0pen-day]",
		"open-day.":             "[open-day 0pen-day]",
		"hello);":               "[hello he110]",
		"ILOil0":                "[iloil0 110110]",
		"ab.":                   "[]", // too short for an ID
		"":                      "[]",
		"...":                   "[]",
		"a/b/c":                 "[]",
		"a b c":                 "[]",
		"abc\xff":               "[]",
		"день":                  "[]",
		"a.b.c":                 "[]",
		".abc":                  "[]", // only what comes after is left behind by text
		"abc?!.,):;":            "[abc]",
		strings.Repeat("a", 32): "[" + strings.Repeat("a", 32) + "]",
		strings.Repeat("a", 33): "[]",
		strings.Repeat("a", 99): "[]",
	} {
		if got := fmt.Sprint(codes.Candidates(raw)); got != want {
			t.Errorf("%q may mean %s, want %s", raw, got, want)
		}
	}
}

func FuzzParseShortID(f *testing.F) {
	for _, seed := range []string{"abc", "Open-Day", "admin", "-a-", "день", "\u212a12", "İab", "a\x00b"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$`) // as the database has it
	f.Fuzz(func(t *testing.T, s string) {
		id, err := codes.ParseShortID(s)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("%q: %v is not Invalid", s, err)
			}
			return
		}
		if !form.MatchString(string(id)) {
			t.Fatalf("%q became %q", s, id)
		}
		if again, err := codes.ParseShortID(strings.ToUpper(string(id))); err != nil || again != id {
			t.Fatalf("%q became %q, which became %q, %v", s, id, again, err)
		}
		// Whatever ID is given, its symbol and its short URL find it first.
		for _, raw := range []string{string(id), strings.ToUpper(string(id)), string(id) + ".", string(id) + "),"} {
			if list := codes.Candidates(raw); len(list) == 0 || list[0] != id {
				t.Fatalf("%q may mean %v, not %q", raw, list, id)
			}
		}
	})
}

func FuzzCandidates(f *testing.F) {
	for _, seed := range []string{"abc", "ILO.", "a/b", "\xff\xfe", strings.Repeat("l", 40), "день", "\u212a12"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^[a-z0-9-]{3,32}$`)
	f.Fuzz(func(t *testing.T, s string) {
		list := codes.Candidates(s)
		if len(list) > 3 || len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
			t.Fatalf("%q may mean %q", s, list)
		}
		for _, id := range list {
			if !form.MatchString(string(id)) {
				t.Fatalf("%q may mean %q", s, id)
			}
		}
	})
}
