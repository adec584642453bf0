package codes_test

import (
	"strings"
	"testing"
	"time"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestParseDraft(t *testing.T) {
	t.Parallel()
	r, zone := rules(t), berlin(t)
	d, err := r.Parse(codes.Input{Title: " A ", TargetURL: "https://a.example"}, zone)
	if err != nil || d.Kind != codes.Dynamic || d.Title != "A" || d.Target != "https://a.example" || d.Style != looks.Default() || d.ShortID != "" || d.StartsAt != nil {
		t.Errorf("the least there can be: %+v, %v", d, err)
	}
	d, err = r.Parse(codes.Input{Kind: "static", Title: "A", Content: "x\r\ny\rz ", TargetURL: "no", ShortID: "no!", StartsAt: "no", FallbackURL: "no"}, zone)
	if err != nil || d.Payload.Content() != "x\ny\nz " || d.Target != "" || d.ShortID != "" {
		t.Errorf("fields of the other kind count: %+v, %v", d, err)
	}
	_, err = r.Parse(codes.Input{Kind: "static", Title: "", Description: strings.Repeat("x", 501), Content: "", Look: looks.Look{Level: "X", QuietZone: "x", Dark: "x", Light: "x"}}, zone)
	fields := errs.FieldsOf(err)
	for _, name := range []string{"title", "description", "content", "level", "quiet_zone", "dark", "light"} {
		if fields[name] == "" {
			t.Errorf("%s is not among %v", name, fields)
		}
	}
	if errs.KindOf(err) != errs.Invalid || len(fields) != 7 {
		t.Errorf("%v", err)
	}
	// A short ID that would not fit tells so on its field.
	long, err := codes.ParseLinks("https://" + strings.Repeat("a.", 120) + "example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (codes.Rules{Links: long}).Parse(codes.Input{Title: "A", TargetURL: "https://a.example", Look: looks.Look{Level: "H"}}, zone); err != nil {
		t.Errorf("a long host: %v", err)
	}
}

func TestParseDates(t *testing.T) {
	t.Parallel()
	r, zone := rules(t), berlin(t)
	for in, want := range map[string]string{
		"2027-01-31T08:00":              "2027-01-31T07:00:00Z",
		"2027-07-31T08:00":              "2027-07-31T06:00:00Z",
		"2027-07-31 08:00":              "2027-07-31T06:00:00Z",
		" 2027-07-31T08:00:30 ":         "2027-07-31T06:00:30Z",
		"2027-07-31T08:00:00Z":          "2027-07-31T08:00:00Z",
		"2027-07-31T08:00:00.999-04:00": "2027-07-31T12:00:00Z",
		"2028-02-29T00:00":              "2028-02-28T23:00:00Z",
		"":                              "",
	} {
		d, err := r.Parse(codes.Input{Title: "A", TargetURL: "https://a.example", StartsAt: in}, zone)
		got := ""
		if d.StartsAt != nil {
			got = d.StartsAt.Format(time.RFC3339Nano)
		}
		if err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"2027-02-29T08:00", "2027-01-31", "31.1.2027", "08:00", "1999-12-31T23:59", "2200-01-01T00:00:00Z", "9999999-01-01T00:00", "2027-01-31T24:00", "now"} {
		if _, err := r.Parse(codes.Input{Title: "A", TargetURL: "https://a.example", ExpiresAt: in}, zone); errs.FieldsOf(err)["expires_at"] == "" {
			t.Errorf("%q: %v", in, err)
		}
	}
	same := codes.Input{Title: "A", TargetURL: "https://a.example", StartsAt: "2027-01-31T08:00", ExpiresAt: "2027-01-31T07:00:00Z"}
	if _, err := r.Parse(same, zone); errs.FieldsOf(err)["expires_at"] == "" {
		t.Errorf("an end at the start: %v", err)
	}
}

func TestStateAt(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *time.Time { return new(now.Add(d)) }
	for _, test := range []struct {
		kept         string
		starts, ends *time.Time
		want         codes.State
	}{
		{"active", nil, nil, codes.Active},
		{"active", at(0), nil, codes.Active},
		{"active", at(1), nil, codes.Scheduled},
		{"active", nil, at(1), codes.Active},
		{"active", nil, at(0), codes.Expired},
		{"active", at(-2), at(-1), codes.Expired},
		{"active", at(1), at(2), codes.Scheduled},
		{"paused", nil, at(-1), codes.Paused},
		{"retired", at(1), nil, codes.Retired},
	} {
		if got := codes.StateAt(now, test.kept, test.starts, test.ends); got != test.want {
			t.Errorf("%s from %v to %v is %s, want %s", test.kept, test.starts, test.ends, got, test.want)
		}
		if got := codes.StateOf(db.Code{State: test.kept, StartsAt: test.starts, ExpiresAt: test.ends}, now); got != test.want {
			t.Errorf("StateOf gives %s, want %s", got, test.want)
		}
	}
}

func TestDiffAndInput(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	at := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	before := db.Code{Kind: "dynamic", Title: "A", ShortID: new("abc"), TargetURL: new("https://a.example"), Level: "M", QuietZone: 4, Dark: "#000000", Light: "#ffffff"}
	after := before
	if changes := codes.Diff(before, after, zone); len(changes) != 0 {
		t.Errorf("no difference is %v", changes)
	}
	after.Title, after.StartsAt, after.QuietZone, after.ShortID, after.State = "B", &at, 2, new("other"), "paused"
	changes := codes.Diff(before, after, zone)
	want := []codes.Change{{"title", "A", "B"}, {"starts_at", "", "2027-06-01T14:00:00+02:00"}, {"quiet_zone", "4", "2"}}
	if len(changes) != len(want) {
		t.Fatalf("changes %v", changes)
	}
	for i := range want {
		if changes[i] != want[i] {
			t.Errorf("change %v, want %v", changes[i], want[i])
		}
	}
	in := codes.InputOf(after, zone)
	if in.Value("starts_at") != want[1].After || in.Value("title") != "B" || in.Value("short_id") != "" || in.Value("nothing") != "" {
		t.Errorf("input %+v", in)
	}
	// What a code is written as makes the code again.
	d, err := rules(t).Parse(in, zone)
	if err != nil || d.Title != "B" || !d.StartsAt.Equal(at) || d.ShortID != "other" || d.Style.QuietZone != 2 {
		t.Errorf("read again: %+v, %v", d, err)
	}
}

func TestUndoable(t *testing.T) {
	t.Parallel()
	change := []codes.Change{{Field: "title"}}
	for action, want := range map[string]bool{"updated": true, "undone": true, "created": false, "paused": false, "retired": false, "downloaded": false} {
		if got := (codes.Event{Action: action, Changes: change}).Undoable(); got != want {
			t.Errorf("%s: undoable is %t", action, got)
		}
	}
	if (codes.Event{Action: "updated"}).Undoable() {
		t.Error("an edit without changes can be undone")
	}
}
