package codes

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for search, want := range map[string][wordsMax]string{
		"":                {},
		"  ":              {},
		"Library":         {"%library%"},
		"a b":             {"%a%", "%b%"},
		" a\tb  c ":       {"%a%", "%b%", "%c%"},
		"a b c d e":       {"%a%", "%b%", "%c%d%e%"},
		`100%_\`:          {`%100\%\_\\%`},
		"ÜBER":            {"%über%"},
		"'; DROP TABLE x": {"%';%", "%drop%", "%table%x%"},
	} {
		if got := patterns(search); got != want {
			t.Errorf("%q becomes %q, want %q", search, got, want)
		}
	}
}

func TestCursorsRoundTrip(t *testing.T) {
	t.Parallel()
	row := db.ListCodesRow{
		Code:      db.Code{ID: 7, Title: "Ü \"x\" \u202e", CreatedAt: time.Date(2027, 1, 2, 3, 4, 5, 678901000, time.UTC), UpdatedAt: time.Date(2028, 1, 2, 3, 4, 5, 1000, time.FixedZone("", 3600))},
		CodeTotal: db.CodeTotal{CodeID: 7, Scans: 1 << 40},
	}
	for _, sort := range []Sort{ByTitle, ByCreated, ByChanged, ByScans} {
		made := cursorOf(sort, row)
		for _, order := range []Sort{sort, "-" + sort} {
			got, err := parseCursor(made.String(), order)
			if err != nil || got.ID != 7 || got.Text != made.Text || !got.Time.Equal(made.Time) || got.Number != made.Number {
				t.Errorf("%s: %+v became %+v, %v", order, made, got, err)
			}
		}
		for _, other := range []Sort{ByTitle, ByCreated, ByChanged, ByScans} {
			if _, err := parseCursor(made.String(), other); (err == nil) != (other == sort) {
				t.Errorf("a cursor of %s for %s: %v", sort, other, err)
			}
		}
		if strings.Trim(made.String(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%s needs escaping in a URL", made)
		}
	}
}

func TestCursorsThatAreNone(t *testing.T) {
	t.Parallel()
	b64 := base64.RawURLEncoding.EncodeToString
	for _, s := range []string{
		"garbage", "=", "", b64([]byte("null")), b64([]byte("{}")), b64([]byte(`{"s":"title","i":0}`)), b64([]byte(`{"s":"title","i":-1}`)),
		b64([]byte(`{"s":"drop","i":1}`)), b64([]byte(`{"s":"title","i":1,"t":"\u0000"}`)), b64([]byte(`{"s":"title","i":1e99}`)),
		b64([]byte(`{"s":"title","i":1}{}`)), b64([]byte(`{"s":"title","i":"1"}`)), b64([]byte(`{"s":"title","i":1,"d":"soon"}`)), b64([]byte(`[]`)),
	} {
		if c, err := parseCursor(s, ByTitle); err == nil || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q became %+v, %v", s, c, err)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, seed := range []string{"", "garbage", cursor{Sort: ByTitle, ID: 1, Text: "a"}.String(), cursor{Sort: ByCreated, ID: 9, Time: time.Unix(1, 1)}.String()} {
		f.Add(seed)
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(seed)))
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, sort := range []Sort{ByTitle, "-" + ByCreated, ByChanged, ByScans} {
			c, err := parseCursor(s, sort)
			if err != nil {
				if errs.KindOf(err) != errs.Invalid {
					t.Fatalf("%q: %v is not Invalid", s, err)
				}
				continue
			}
			if c.ID <= 0 || c.Sort != sort.Field() || strings.ContainsRune(c.Text, 0) {
				t.Fatalf("%q became %+v", s, c)
			}
			again, err := parseCursor(c.String(), sort)
			if err != nil || again.ID != c.ID || again.Text != c.Text || !again.Time.Equal(c.Time) || again.Number != c.Number {
				t.Fatalf("%q became %+v, which became %+v, %v", s, c, again, err)
			}
		}
	})
}

func TestSorts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Sort{"": Newest, "title": ByTitle, "-scans": "-" + ByScans} {
		if got, err := ParseSort(in); err != nil || got != want {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"drop", "--title", "title-", " title", "Title", "-"} {
		if got, err := ParseSort(in); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
	if Newest.Field() != ByCreated || !Newest.Descending() || ByTitle.Descending() {
		t.Error("Newest is not by creation, the latest first")
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		move       Move
		kind, from string
		want       State // "": refused
	}{
		{Pause, "dynamic", "active", Paused}, {Pause, "dynamic", "paused", Paused}, {Pause, "dynamic", "retired", ""},
		{Resume, "dynamic", "paused", Active}, {Resume, "dynamic", "active", Active}, {Resume, "dynamic", "retired", ""},
		{Retire, "dynamic", "active", Retired}, {Retire, "dynamic", "paused", Retired}, {Retire, "dynamic", "retired", Retired},
		{Restore, "dynamic", "retired", Active}, {Restore, "dynamic", "active", Active}, {Restore, "dynamic", "paused", Paused},
		{Pause, "static", "active", ""}, {Retire, "static", "active", Retired}, {Restore, "static", "retired", Active}, {Resume, "static", "active", Active},
		{Pause, "static", "retired", ""},
	} {
		got, err := test.move.apply(db.Code{Kind: test.kind, State: test.from})
		if got != test.want || (err == nil) != (test.want != "") || err != nil && errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s of a %s code that is %s: %q, %v; want %q", test.move, test.kind, test.from, got, err, test.want)
		}
	}
}
