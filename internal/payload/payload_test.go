package payload_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"qrgen/internal/errs"
	"qrgen/internal/payload"
)

// web stands in for the rule about addresses that package codes has.
func web(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, " \n") {
		return "", errs.New(errs.Invalid, "no address")
	}
	return s, nil
}

func rules(t testing.TB) payload.Rules {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return payload.Rules{Zone: zone, Web: web}
}

// samples are payloads of every type, with what their symbols say.
var samples = []struct {
	name    string
	kind    payload.Type
	in      payload.Fields
	content string
	summary string
}{
	{"text", payload.Text, payload.Fields{"content": " Grüße\r\n🎉 "}, " Grüße\n🎉 ", "Grüße 🎉"},
	{"url", payload.URL, payload.Fields{"content": " https://a.example/?q=1 "}, "https://a.example/?q=1", "https://a.example/?q=1"},
	{"wifi", payload.WiFi, payload.Fields{"ssid": "Guests", "password": "correct horse"}, "WIFI:T:WPA;S:Guests;P:correct horse;;", "Guests"},
	{"wifi escaped", payload.WiFi, payload.Fields{"ssid": `a;b,c:d"e\f`, "password": `\;,:"12345`, "hidden": "yes"}, `WIFI:T:WPA;S:a\;b\,c\:d\"e\\f;P:\\\;\,\:\"12345;H:true;;`, `a;b,c:d"e\f`},
	{"wifi spaces", payload.WiFi, payload.Fields{"ssid": " Café ", "password": " 12345678 "}, "WIFI:T:WPA;S: Café ;P: 12345678 ;;", " Café "},
	{"wifi open", payload.WiFi, payload.Fields{"ssid": "市民", "security": "open"}, "WIFI:T:nopass;S:市民;;", "市民"},
	{"wifi wep", payload.WiFi, payload.Fields{"ssid": "x", "security": "wep", "password": "0123456789"}, "WIFI:T:WEP;S:x;P:0123456789;;", "x"},
	{"vcard 3", payload.Contact, payload.Fields{
		"given_name": "Jana", "family_name": "Müller; geb. Öz", "organization": "Uni, Bibliothek", "job_title": "Leiterin", "phone": "+49 (0)89 / 123-45", "mobile": "0171 555",
		"email": "jana@müller.example", "website": "https://a.example/?x=1,2;3", "street": "Weg 1", "postal_code": "80331", "city": "München", "country": "Deutschland", "note": "Mo\nDi",
	}, "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller\\; geb. Öz;Jana;;;\r\nFN:Jana Müller\\; geb. Öz\r\nORG:Uni\\, Bibliothek\r\nTITLE:Leiterin\r\n" +
		"TEL;TYPE=WORK:+498912345\r\nTEL;TYPE=CELL:0171555\r\nEMAIL:jana@xn--mller-kva.example\r\nURL:https://a.example/?x=1,2;3\r\n" +
		"ADR;TYPE=WORK:;;Weg 1;München;;80331;Deutschland\r\nNOTE:Mo\\nDi\r\nEND:VCARD\r\n", "Jana Müller; geb. Öz, Uni, Bibliothek"},
	{"vcard 4", payload.Contact, payload.Fields{"organization": "Museum", "format": "vcard4"}, "BEGIN:VCARD\r\nVERSION:4.0\r\nN:;;;;\r\nFN:Museum\r\nORG:Museum\r\nEND:VCARD\r\n", "Museum"},
	{"vcard 4 semicolons", payload.Contact, payload.Fields{"given_name": "a;b", "organization": "c;d", "note": "e;f,g", "format": "vcard4"},
		"BEGIN:VCARD\r\nVERSION:4.0\r\nN:;a\\;b;;;\r\nFN:a;b\r\nORG:c\\;d\r\nNOTE:e;f\\,g\r\nEND:VCARD\r\n", "a;b, c;d"},
	{"mecard", payload.Contact, payload.Fields{"format": "mecard", "given_name": "Jana", "family_name": "M: Ö", "phone": "+49 89 1", "email": "a@b.example", "street": "Weg 1", "city": "Ulm", "note": `a;b\c`},
		`MECARD:N:M\: Ö,Jana;TEL:+49891;EMAIL:a@b.example;ADR:Weg 1\, Ulm;NOTE:a\;b\\c;;`, "Jana M: Ö"},
	{"mail", payload.Email, payload.Fields{"to": "a+b@b.example", "subject": "Größe & Preis?", "body": "1\n2"}, "mailto:a%2Bb@b.example?subject=Gr%C3%B6%C3%9Fe%20%26%20Preis%3F&body=1%0D%0A2", "a+b@b.example"},
	{"mail bare", payload.Email, payload.Fields{"to": "a@b.example"}, "mailto:a@b.example", "a@b.example"},
	{"sms", payload.SMS, payload.Fields{"number": "+1 (201) 555-0123", "message": "Hi: there"}, "SMSTO:+12015550123:Hi: there", "+12015550123"},
	{"phone", payload.Phone, payload.Fields{"number": "112"}, "tel:112", "112"},
	{"place", payload.Place, payload.Fields{"latitude": "48,1371540", "longitude": "-11.5"}, "geo:48.137154,-11.5", "48.137154, -11.5"},
	{"place pasted", payload.Place, payload.Fields{"latitude": "48.137154, 11.576124"}, "geo:48.137154,11.576124", "48.137154, 11.576124"},
	{"event", payload.Event, payload.Fields{"summary": "Open day", "starts_at": "2027-07-01T18:00", "ends_at": "2027-07-01 20:30", "location": "Hall 1, left", "website": "https://a.example/x"},
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Open day\r\nDTSTART:20270701T160000Z\r\nDTEND:20270701T183000Z\r\nLOCATION:Hall 1\\, left\r\nURL:https://a.example/x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"Open day, 1 Jul 2027, 18:00 CEST"},
	{"event elsewhere", payload.Event, payload.Fields{"summary": "Talk", "starts_at": "2027-01-31T18:00:00", "zone": "America/New_York"},
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Talk\r\nDTSTART:20270131T230000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "Talk, 31 Jan 2027, 18:00 EST"},
	{"event all day", payload.Event, payload.Fields{"summary": "Fair", "starts_at": "2027-02-27T09:00", "ends_at": "2027-02-28", "all_day": "yes"},
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20270227\r\nDTEND;VALUE=DATE:20270301\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "Fair, 27 Feb 2027"},
}

func TestContent(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		p, err := payload.Parse(s.kind, s.in, rules(t))
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		if diff := cmp.Diff(s.content, p.Content()); diff != "" {
			t.Errorf("%s: content (-want +got)\n%s", s.name, diff)
		}
		if p.Summary() != s.summary {
			t.Errorf("%s: summary %q, want %q", s.name, p.Summary(), s.summary)
		}
		sameAgain(t, p)
	}
}

// sameAgain: the fields that a payload gives make the same payload.
func sameAgain(t *testing.T, p payload.Payload) {
	t.Helper()
	again, err := payload.Parse(p.Type, p.Fields, rules(t))
	if err != nil {
		t.Fatalf("%v, read again: %v", p.Fields, err)
	}
	if !maps.Equal(p.Fields, again.Fields) || p.Content() != again.Content() {
		t.Errorf("%v became %v when read again", p.Fields, again.Fields)
	}
}

// TestBadInput: what is refused, on which field, and a word of what helps.
func TestBadInput(t *testing.T) {
	t.Parallel()
	contact := func(field, value string) payload.Fields { return payload.Fields{"given_name": "Jana", field: value} }
	event := func(field, value string) payload.Fields {
		return payload.Fields{"summary": "x", "starts_at": "2027-01-31T18:00", field: value}
	}
	for _, c := range []struct {
		kind        payload.Type
		in          payload.Fields
		field, word string
	}{
		{"nonsense", nil, "type", "wifi"},
		{payload.Text, payload.Fields{"content": " \n"}, "content", "what the code says"},
		{payload.Text, payload.Fields{"content": "a\x00b"}, "content", "control characters"},
		{payload.Text, payload.Fields{"content": "a\xff"}, "content", "UTF-8"},
		{payload.URL, nil, "content", "web address"},
		{payload.URL, payload.Fields{"content": "https://a.example/\nb"}, "content", "one line"},
		{payload.URL, payload.Fields{"content": "nothing"}, "content", "no address"},
		{payload.WiFi, payload.Fields{"password": "12345678"}, "ssid", "name"},
		{payload.WiFi, payload.Fields{"ssid": strings.Repeat("ü", 17), "password": "12345678"}, "ssid", "32 bytes"},
		{payload.WiFi, payload.Fields{"ssid": "a\nb", "password": "12345678"}, "ssid", "one line"},
		{payload.WiFi, payload.Fields{"ssid": "x"}, "password", "open network"},
		{payload.WiFi, payload.Fields{"ssid": "x", "password": "1234567"}, "password", "8 to 63"},
		{payload.WiFi, payload.Fields{"ssid": "x", "password": strings.Repeat("x", 64)}, "password", "8 to 63"},
		{payload.WiFi, payload.Fields{"ssid": "x", "security": "wep", "password": "1234"}, "password", "WEP key"},
		{payload.WiFi, payload.Fields{"ssid": "x", "security": "wep", "password": "012345678x"}, "password", "WEP key"},
		{payload.WiFi, payload.Fields{"ssid": "x", "security": "open", "password": "12345678"}, "password", "Remove it"},
		{payload.WiFi, payload.Fields{"ssid": "x", "security": "wpa9", "password": "12345678"}, "security", "wpa, wep, open"},
		{payload.WiFi, payload.Fields{"ssid": "x", "password": "12345678", "hidden": "maybe"}, "hidden", "leave it out"},
		{payload.Contact, payload.Fields{"email": "a@b.example"}, "given_name", "first name"},
		{payload.Contact, payload.Fields{"given_name": strings.Repeat("x", 101)}, "given_name", "100"},
		{payload.Contact, contact("email", "jana"), "email", "info@example.edu"},
		{payload.Contact, contact("email", "Jana <a@b.example>"), "email", "info@example.edu"},
		{payload.Contact, contact("email", "a@localhost"), "email", "info@example.edu"},
		{payload.Contact, contact("email", "a@b..example"), "email", "info@example.edu"},
		{payload.Contact, contact("phone", "none"), "phone", "digits"},
		{payload.Contact, contact("phone", "+"), "phone", "digits"},
		{payload.Contact, contact("mobile", "1-800-FLOWERS"), "mobile", "digits"},
		{payload.Contact, contact("mobile", "+0049 89"), "mobile", "country code"},
		{payload.Contact, contact("mobile", strings.Repeat("1", 21)), "mobile", "20"},
		{payload.Contact, contact("website", "a.example"), "website", "no address"},
		{payload.Contact, contact("format", "vcard5"), "format", "vcard3"},
		{payload.Contact, payload.Fields{"given_name": "x", "job_title": "y", "format": "mecard"}, "job_title", "MeCard"},
		{payload.Email, nil, "to", "address"},
		{payload.Email, payload.Fields{"to": "a@b.example", "subject": "a\nb"}, "subject", "one line"},
		{payload.SMS, payload.Fields{"number": "abc"}, "number", "digits"},
		{payload.Phone, payload.Fields{"number": "1"}, "number", "2 to 20"},
		{payload.Phone, nil, "number", "number"},
		{payload.Place, payload.Fields{"latitude": "91", "longitude": "0"}, "latitude", "−90 to 90"},
		{payload.Place, payload.Fields{"latitude": "0", "longitude": "-180.5"}, "longitude", "−180 to 180"},
		{payload.Place, payload.Fields{"latitude": "NaN", "longitude": "0x1p3"}, "latitude", "number"},
		{payload.Place, payload.Fields{"latitude": "1e1", "longitude": "0"}, "latitude", "number"},
		{payload.Place, payload.Fields{"latitude": "48"}, "longitude", "longitude"},
		{payload.Place, nil, "latitude", "latitude"},
		{payload.Event, payload.Fields{"starts_at": "2027-01-31T18:00"}, "summary", "takes place"},
		{payload.Event, payload.Fields{"summary": "x"}, "starts_at", "starts"},
		{payload.Event, event("starts_at", "tomorrow"), "starts_at", "2027-01-31 18:00"},
		{payload.Event, event("starts_at", "1027-01-31T18:00"), "starts_at", "2000"},
		{payload.Event, event("starts_at", "2027-03-28T02:30"), "starts_at", "put forward"},
		{payload.Event, event("ends_at", "2027-01-31T18:00"), "ends_at", "after"},
		{payload.Event, event("ends_at", "2027-01-30T18:00"), "ends_at", "after"},
		{payload.Event, payload.Fields{"summary": "x", "starts_at": "2027-01-31", "ends_at": "2027-01-30", "all_day": "yes"}, "ends_at", "last day"},
		{payload.Event, event("zone", "Atlantis"), "zone", "Europe/Berlin"},
		{payload.Event, event("zone", "Local"), "zone", "Europe/Berlin"},
		{payload.Event, event("zone", "../../etc/passwd"), "zone", "Europe/Berlin"},
	} {
		p, err := payload.Parse(c.kind, c.in, rules(t))
		if message := errs.FieldsOf(err)[c.field]; !strings.Contains(message, c.word) || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s %q: field %s says %q (%v), want something with %q", c.kind, c.in, c.field, message, err, c.word)
		}
		if !p.IsZero() {
			t.Errorf("%s %q gave a payload beside the error", c.kind, c.in)
		}
	}
}

// TestClock: an hour that comes twice is the first one; a moment with an
// offset of its own is that moment, whatever the office's zone.
func TestClock(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2027-10-31T02:30":          "20271031T003000Z",
		"2027-10-31T02:30:00+01:00": "20271031T013000Z",
		"2027-07-01T08:00:00-04:00": "20270701T120000Z",
		"2027-07-01T8:00":           "20270701T060000Z",
	} {
		p, err := payload.Parse(payload.Event, payload.Fields{"summary": "x", "starts_at": in}, rules(t))
		if err != nil || !strings.Contains(p.Content(), "DTSTART:"+want+"\r\n") {
			t.Errorf("%s: %v %v, want %s", in, p, err, want)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	edition := payload.Edition{UID: "open-day@qr.example.edu", At: time.Date(2026, 11, 20, 17, 0, 0, 0, rules(t).Zone)}
	for _, s := range samples {
		p, err := payload.Parse(s.kind, s.in, rules(t))
		if err != nil {
			t.Fatal(err)
		}
		file, err := p.File(edition)
		mediaType, name := payload.MediaType(file)
		switch {
		case s.kind == payload.Event:
			if err != nil || mediaType != "text/calendar; charset=utf-8" || name != "event.ics" || !strings.Contains(file, "UID:open-day@qr.example.edu\r\nDTSTAMP:20261120T160000Z\r\n") {
				t.Errorf("%s: %v, %s, %s\n%s", s.name, err, mediaType, name, file)
			}
		case strings.HasPrefix(s.name, "vcard"):
			if err != nil || mediaType != "text/vcard; charset=utf-8" || name != "contact.vcf" || !strings.Contains(file, "REV:20261120T160000Z\r\n") {
				t.Errorf("%s: %v, %s, %s\n%s", s.name, err, mediaType, name, file)
			}
		case errs.KindOf(err) != errs.Invalid:
			t.Errorf("%s: a file of it came out: %q (%v)", s.name, file, err)
		}
	}
	long := payload.Fields{"summary": strings.Repeat("\U0001F389", 200), "description": strings.Repeat("\U0001F389", 1000), "location": strings.Repeat("界", 200), "starts_at": "2027-01-31T18:00", "website": "https://a.example/" + strings.Repeat("x", 1800)}
	p, err := payload.Parse(payload.Event, long, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.File(edition); !strings.Contains(errs.FieldsOf(err)["type"], "Shorten") {
		t.Errorf("a file of %d bytes: %v", len(p.Content()), err)
	}
}

// TestFields: every field has a label, names are unique, and the way to a
// form's name and back leads to the same field.
func TestFields(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, kind := range payload.Types() {
		if kind.Label() == "" || kind.OnPhone() == "" || len(kind.Fields()) == 0 {
			t.Errorf("%s is not described", kind)
		}
		for _, f := range kind.Fields() {
			name := kind.FormName(f.Name)
			if name == "content" {
				continue
			}
			back, field, ok := payload.FieldByFormName(name)
			if seen[name] || f.Label == "" || !ok || back != kind || field.Name != f.Name {
				t.Errorf("field %s: %q %v %v %v", name, f.Label, back, field.Name, ok)
			}
			seen[name] = true
		}
	}
	for _, name := range []string{"", "content", "wifi", "wifi_", "wifi_no", "text_content", "title", "short_id"} {
		if _, _, ok := payload.FieldByFormName(name); ok {
			t.Errorf("%q is taken for a payload's field", name)
		}
	}
}
