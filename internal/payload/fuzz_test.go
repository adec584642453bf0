package payload_test

import (
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"qrgen/internal/errs"
	"qrgen/internal/payload"
)

// FuzzParse reads fields of any type. What is refused is Invalid, with a
// message. What is taken is read back from its content as it was typed.
func FuzzParse(f *testing.F) {
	for i, s := range samples {
		var values []string
		for _, field := range s.kind.Fields() {
			values = append(values, s.in[field.Name])
		}
		f.Add(uint8(i), strings.Join(values, "\x1e"))
	}
	for kind := range payload.Types() {
		f.Add(uint8(kind), "\u202eabc\x1e😀é\x1e\"';:,\\\x1e+49 89\x1ea@b.example\x1ehttps://a.example/\x1e2027-01-31T18:00")
	}
	f.Fuzz(func(t *testing.T, n uint8, joined string) {
		kind := payload.Types()[int(n)%len(payload.Types())]
		in := payload.Fields{}
		for i, value := range strings.Split(joined, "\x1e") {
			if fields := kind.Fields(); i < len(fields) {
				in[fields[i].Name] = value
			}
		}
		p, err := payload.Parse(kind, in, rules(t))
		if err != nil {
			if errs.KindOf(err) != errs.Invalid || len(errs.FieldsOf(err)) == 0 {
				t.Fatalf("%s %q: %v names no field", kind, in, err)
			}
			return
		}
		sameAgain(t, p)
		got, err := decode(p.Content())
		if err != nil || !utf8.ValidString(p.Content()) || strings.TrimSpace(p.Summary()) == "" {
			t.Fatalf("%s %q: %v, summary %q", kind, in, err, p.Summary())
		}
		readBack(t, p, got)
		if file, err := p.File(payload.Edition{UID: "x", At: time.Now()}); err == nil {
			if got, err = decode(file); err != nil {
				t.Fatal(err)
			}
			readBack(t, p, got)
		}
	})
}

// readBack compares what a decoder found with the fields of a payload.
func readBack(t *testing.T, p payload.Payload, got map[string]string) {
	t.Helper()
	want := maps.Clone(p.Fields)
	name := strings.TrimSpace(want["given_name"] + " " + want["family_name"])
	if p.Type == payload.Contact && name == "" {
		name = want["organization"]
	}
	switch {
	case want["format"] == "mecard":
		// Name and address come on one line each, the numbers in a list.
		if given, family := want["given_name"], want["family_name"]; given != "" && family != "" {
			name = family + "," + given
		}
		for field, value := range map[string]string{"N": name, "email": want["email"], "website": want["website"], "note": want["note"], "TEL": strings.TrimSpace(want["phone"] + " " + want["mobile"])} {
			if got[field] != value {
				t.Errorf("%v: a MeCard's %s is %q, want %q", p.Fields, field, got[field], value)
			}
		}
		for _, part := range []string{"street", "postal_code", "city", "region", "country"} {
			if !strings.Contains(got["ADR"], want[part]) {
				t.Errorf("%v: %s is not in the address %q", p.Fields, part, got["ADR"])
			}
		}
		return
	case p.Type == payload.Contact:
		if got["FN"] != name {
			t.Errorf("%v: FN is %q, want %q", p.Fields, got["FN"], name)
		}
	case p.Type == payload.Event:
		wantTimes(t, p, got)
		for _, field := range []string{"starts_at", "ends_at", "all_day", "zone"} {
			delete(want, field)
		}
	}
	for field, value := range want {
		if got[field] != value {
			t.Errorf("%s: %s is read as %q, want %q", p.Type, field, got[field], value)
		}
	}
}

// wantTimes compares an event's times with those in its calendar.
func wantTimes(t *testing.T, p payload.Payload, got map[string]string) {
	t.Helper()
	for field, name := range map[string]string{"starts_at": "DTSTART", "ends_at": "DTEND"} {
		typed := p.Fields[field]
		want := ""
		if day, err := time.Parse(time.DateOnly, typed); err == nil {
			if field == "ends_at" {
				day = day.AddDate(0, 0, 1)
			}
			want = day.Format("20060102")
		} else if at, err := time.Parse(time.RFC3339, typed); err == nil {
			want = at.UTC().Format("20060102T150405Z")
		}
		if got[name] != want {
			t.Errorf("%v: %s is %q, want %q", p.Fields, name, got[name], want)
		}
	}
}
