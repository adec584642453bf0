package handlers_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wifi and card are good forms, changed by pairs.
func wifi(pairs ...string) map[string][]string {
	return merge(form("kind", "static", "title", "Guest network", "payload_type", "wifi", "wifi_ssid", "Guests", "wifi_password", "correct; horse"), pairs)
}

func card(pairs ...string) map[string][]string {
	return merge(form("kind", "dynamic", "title", "Card of Jana", "leads_to", "contact", "contact_given_name", "Jana",
		"contact_family_name", "Öz", "contact_phone", "+49 89 1234", "short_id", "jana"), pairs)
}

// TestStaticPayload goes the form's way with a Wi-Fi code: its fields come back
// as they were typed, until the symbol was downloaded.
func TestStaticPayload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.Request("POST", "/codes/payload", form("kind", "static", "title", "Guest network", "payload_type", "wifi"), http.StatusOK, htmx).Page()
	if p.ByID("payload") == nil || p.Value("wifi_security") != "wpa" || strings.Contains(p.Text(), "Title") {
		t.Errorf("choosing the type gives %.300s", p.Text())
	}
	whole := s.Request("POST", "/codes/payload", form("kind", "static", "title", "Guest network", "payload_type", "event"), http.StatusOK).Page()
	if whole.Value("title") != "Guest network" || whole.Value("event_starts_at") != "" || whole.Value("payload_type") != "event" {
		t.Error("without JavaScript the form does not come back with the fields of the type")
	}

	id := s.Create(wifi("wifi_hidden", "yes"))
	c := s.Code(id).Code
	if *c.Content != `WIFI:T:WPA;S:Guests;P:correct\; horse;H:true;;` || c.PayloadType != "wifi" {
		t.Errorf("created %q of type %s", *c.Content, c.PayloadType)
	}
	s.Get(codePath(id, "")).Has("What it holds: Wi-Fi", "offers to join", "correct; horse")
	list := s.Get("/codes").Has("Wi-Fi", "Guests").Page()
	if strings.Contains(list.Text(), "horse") {
		t.Error("the list shows the password")
	}
	edit := s.Get(codePath(id, "/edit")).Page()
	for name, want := range map[string]string{"payload_type": "wifi", "wifi_ssid": "Guests", "wifi_password": "correct; horse", "wifi_security": "wpa"} {
		if got := edit.Value(name); got != want {
			t.Errorf("the form's %s is %q, want %q", name, got, want)
		}
	}
	// A box that is not ticked is not sent; the hidden field says that it was there.
	s.Post(codePath(id, ""), wifi("wifi_hidden", "", "wifi_ssid", "Guests 2"))
	if got := *s.Code(id).Code.Content; got != `WIFI:T:WPA;S:Guests 2;P:correct\; horse;;` {
		t.Errorf("changed to %q", got)
	}
	s.Get(codePath(id, "")).Has("Wi-Fi: network name", "Guests 2", "Wi-Fi: hidden network")
	s.Post(codePath(id, ""), form("title", "Only the title")) // another client
	if got := s.Code(id).Code; got.Title != "Only the title" || got.PayloadType != "wifi" {
		t.Errorf("a change of the title made it %s %q", got.PayloadType, got.Title)
	}

	s.Get(codePath(id, "/image.svg?download=1"))
	s.Post(codePath(id, ""), wifi("wifi_ssid", "Another", "title", "New title"))
	if got := s.Code(id).Code; got.Title != "New title" || !strings.Contains(*got.Content, "Guests 2") {
		t.Errorf("after the download it is %q with %q", got.Title, *got.Content)
	}
}

// TestPayloadMistakes: 422, the message on its field and in the summary, and
// nothing lost. The symbol's limit has a message, too.
func TestPayloadMistakes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.Request("POST", "/codes", wifi("wifi_password", "short", "wifi_security", "wpa", "title", ""), http.StatusUnprocessableEntity).Page()
	if !strings.Contains(p.Problem("wifi_password"), "8 to 63") || p.Problem("wifi_ssid") != "" || p.Value("wifi_ssid") != "Guests" || p.Value("wifi_password") != "short" {
		t.Errorf("the form says %q and holds %q", p.Problem("wifi_password"), p.Value("wifi_ssid"))
	}
	if summary := textOf(p.ByID("error-summary")); !strings.Contains(summary, "Password : A WPA") {
		t.Errorf("the summary is %q", summary)
	}
	for _, test := range []struct {
		form  map[string][]string
		field string
		word  string
	}{
		{card("contact_email", "jana"), "contact_email", "info@example.edu"},
		{card("contact_format", "mecard"), "contact_format", "vCard"},
		{form("kind", "static", "title", "x", "payload_type", "event", "event_summary", "x", "event_starts_at", "2027-03-28T02:30"), "event_starts_at", "put forward"},
		{form("kind", "static", "title", "x", "payload_type", "place", "place_latitude", "91", "place_longitude", "0"), "place_latitude", "−90 to 90"},
		{form("kind", "static", "title", "x", "payload_type", "url", "content", "example.edu"), "content", "https://"},
	} {
		p := s.Request("POST", "/codes", test.form, http.StatusUnprocessableEntity).Page()
		if got := p.Problem(test.field); !strings.Contains(got, test.word) {
			t.Errorf("%v: %s says %q, want %q", test.form, test.field, got, test.word)
		}
	}
	long := form("kind", "static", "title", "x", "payload_type", "email", "email_to", "a@b.example", "email_body", strings.Repeat("ü", 800))
	if r := s.Request("POST", "/codes", long, http.StatusUnprocessableEntity); !strings.Contains(r.Body, "2,331") {
		t.Errorf("too long for a symbol: %s", textOf(r.Page().ByID("error-summary")))
	}
	wrong := s.Request("POST", "/codes", form("kind", "dynamic", "title", "x", "leads_to", "wifi", "wifi_ssid", "x", "wifi_security", "open"), http.StatusUnprocessableEntity)
	if !strings.Contains(textOf(wrong.Page().ByID("error-summary")), "fixed content") {
		t.Error("a dynamic code with Wi-Fi is not explained")
	}
}

// TestCardIsServed: the short URL answers with the contact, counts the scan, is
// live after an edit and is itself no page of the office.
func TestCardIsServed(t *testing.T) {
	t.Parallel()
	s := newServer(t, "LOG_REDIRECTS=all")
	id := s.Create(card())
	office := s.handler
	s.handler = s.public
	r := s.Request("GET", "/R/JANA", nil, http.StatusOK, from(outside))
	for name, want := range map[string]string{
		"Content-Type": "text/vcard; charset=utf-8", "Content-Disposition": `inline; filename="contact.vcf"`, "Cache-Control": "private, no-store",
		"X-Content-Type-Options": "nosniff", "Content-Length": strconv.Itoa(len(r.Body)), "Location": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(r.Body, "BEGIN:VCARD\r\n") || !strings.Contains(r.Body, "FN:Jana Öz\r\n") || !strings.Contains(r.Body, "REV:") {
		t.Errorf("the contact is\n%s", r.Body)
	}
	if head := s.Request("HEAD", "/r/jana", nil, http.StatusOK, from(outside)); head.Body != "" || head.Header.Get("Content-Length") != r.Header.Get("Content-Length") {
		t.Errorf("HEAD gives %q", head.Body)
	}
	s.Request("POST", "/r/jana", nil, http.StatusMethodNotAllowed, from(outside))
	s.handler = office

	s.Post(codePath(id, ""), card("contact_phone", "+49 89 777"))
	s.Request("GET", "/r/jana", nil, http.StatusOK).Has("+4989777")
	s.settle()
	if got := s.Code(id).CodeTotal; got.QRScans != 1 || got.LinkScans != 1 {
		t.Errorf("%d scans of the symbol and %d of the link are counted", got.QRScans, got.LinkScans)
	}
	for _, secret := range []string{"Jana", "Öz", "4989"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}

	s.Post(codePath(id, "/pause"), nil)
	s.Request("GET", "/r/jana", nil, http.StatusNotFound)
	s.Post(codePath(id, "/resume"), nil)
	s.Post(codePath(id, ""), form("kind", "dynamic", "title", "x", "leads_to", "link", "target_url", "https://www.example.edu/jana"))
	if r := s.Request("GET", "/r/jana", nil, http.StatusFound); r.Header.Get("Location") != "https://www.example.edu/jana" {
		t.Errorf("as a link it leads to %q", r.Header.Get("Location"))
	}
	s.Post(codePath(id, ""), form("kind", "dynamic", "title", "x", "leads_to", "event", "event_summary", "Open day", "event_starts_at", "2027-07-01T18:00"))
	r = s.Request("GET", "/r/jana", nil, http.StatusOK).Has("DTSTART:20270701T160000Z", "UID:jana@qr.example.edu", "DTSTAMP:")
	if r.Header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("an event is %q", r.Header.Get("Content-Type"))
	}
	s.Get(codePath(id, "")).Has("What it gives: Event", "Event: what", "Web address")
	if p := s.Get(codePath(id, "/edit")).Page(); p.Value("event_starts_at") != "2027-07-01T18:00" || p.Value("leads_to") != "event" {
		t.Errorf("the form holds %q", p.Value("event_starts_at"))
	}
}

// TestUndoPayload takes back a change of type with all that went with it.
func TestUndoPayload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "jana"))
	s.Post(codePath(id, ""), card())
	var event int64
	if err := s.pool.QueryRow(t.Context(), "SELECT max(id) FROM code_events WHERE code_id = $1", id).Scan(&event); err != nil {
		t.Fatal(err)
	}
	s.Post(codePath(id, "/events/"+strconv.FormatInt(event, 10)+"/undo"), nil)
	if c := s.Code(id).Code; c.PayloadType != "" || c.Content != nil || *c.TargetURL != "https://www.example.edu/library" {
		t.Errorf("after undoing it is %+v", c)
	}
	s.Request("GET", "/r/jana", nil, http.StatusFound)
	s.Post(codePath(id, "/events/"+strconv.FormatInt(event+1, 10)+"/undo"), nil)
	s.Request("GET", "/r/jana", nil, http.StatusOK).Has("FN:Jana Öz")
}

// TestOlderPrograms: what a program that knows no types writes stays right.
func TestOlderPrograms(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(wifi())
	s.Exec("UPDATE codes SET content = 'Ask at the desk' WHERE id = $1", id)
	if p := s.Get(codePath(id, "/edit")).Page(); p.Value("payload_type") != "text" || p.Value("content") != "Ask at the desk" {
		t.Errorf("the form holds %s %q", p.Value("payload_type"), p.Value("content"))
	}
	s.Exec("UPDATE codes SET content = 'https://www.example.edu/' WHERE id = $1", id)
	if p := s.Get(codePath(id, "/edit")).Page(); p.Value("payload_type") != "url" {
		t.Errorf("an address is %s", p.Value("payload_type"))
	}
	s.Get(codePath(id, "/image.svg?download=1"))
	if _, err := s.pool.Exec(t.Context(), "UPDATE codes SET content = 'else' WHERE id = $1", id); err == nil {
		t.Error("a printed symbol's content was changed")
	}
	jana := s.Create(card())
	s.Get(codePath(jana, "/image.svg?download=1"))
	var target string
	if err := s.pool.QueryRow(t.Context(), "SELECT target_url FROM codes WHERE id = $1", jana).Scan(&target); err != nil || !strings.HasSuffix(target, ".invalid/") {
		t.Errorf("an older program would read the target %q (%v)", target, err)
	}
	if _, err := s.pool.Exec(t.Context(), "UPDATE codes SET content = NULL WHERE id = $1", jana); err == nil {
		t.Error("a code lost its contact to a program that knows none")
	}
}

// TestAPIPayload makes, reads, changes and refuses payloads in JSON.
func TestAPIPayload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	type code struct {
		ID      int64          `json:"id"`
		Content *string        `json:"content"`
		Target  *string        `json:"target_url"`
		Payload map[string]any `json:"payload"`
	}
	made := read[code](s.API("POST", "/qr/static", `{"title":"x","payload":{"type":"wifi","ssid":"a;b","password":"12345678","hidden":true}}`, http.StatusCreated))
	if *made.Content != `WIFI:T:WPA;S:a\;b;P:12345678;H:true;;` {
		t.Errorf("the symbol says %q", *made.Content)
	}
	if diff := cmp.Diff(map[string]any{"type": "wifi", "ssid": "a;b", "password": "12345678", "security": "wpa", "hidden": true}, made.Payload); diff != "" {
		t.Errorf("payload (-want +got)\n%s", diff)
	}
	path := "/qr/" + strconv.FormatInt(made.ID, 10)
	whole := s.API("GET", path, "", http.StatusOK)
	s.API("PUT", path, whole.Body, http.StatusOK) // as it is
	if n := s.Count("SELECT count(*) FROM code_events WHERE code_id = $1 AND action = 'updated'", made.ID); n != 0 {
		t.Error("sent back whole, the code was changed")
	}
	place := read[code](s.API("PUT", path, `{"payload":{"type":"place","latitude":48.5,"longitude":"-11"}}`, http.StatusOK))
	if *place.Content != "geo:48.5,-11" || place.Payload["latitude"] != json.Number("48.5") && place.Payload["latitude"] != 48.5 {
		t.Errorf("changed to %q, %v", *place.Content, place.Payload)
	}
	plain := read[code](s.API("PUT", path, `{"content":"Ask"}`, http.StatusOK))
	if diff := cmp.Diff(map[string]any{"type": "text"}, plain.Payload); diff != "" || *plain.Content != "Ask" {
		t.Errorf("changed to %q, %v", *plain.Content, plain.Payload)
	}
	s.Get(codePath(made.ID, "/image.svg?download=1"))
	s.API("PUT", path, `{"title":"y","payload":{"type":"text"}}`, http.StatusOK)
	s.API("PUT", path, `{"payload":{"type":"phone","number":"112"}}`, http.StatusUnprocessableEntity)

	jana := read[code](s.API("POST", "/qr/dynamic", `{"title":"x","short_id":"jana","payload":{"type":"contact","given_name":"Jana"}}`, http.StatusCreated))
	if jana.Target != nil || jana.Content != nil || jana.Payload["format"] != "vcard3" {
		t.Errorf("a contact is %+v", jana)
	}
	s.Request("GET", "/r/jana", nil, http.StatusOK).Has("FN:Jana ")
	path = "/qr/" + strconv.FormatInt(jana.ID, 10)
	s.API("PUT", path, s.API("GET", path, "", http.StatusOK).Body, http.StatusOK)
	s.API("PUT", path, `{"payload":{"type":"contact","given_name":"Jan"}}`, http.StatusOK)
	s.Request("GET", "/r/jana", nil, http.StatusOK).Has("FN:Jan ")
	if link := read[code](s.API("PUT", path, `{"target_url":"https://www.example.edu/"}`, http.StatusOK)); link.Payload != nil || *link.Target != "https://www.example.edu/" {
		t.Errorf("as a link it is %+v", link)
	}

	for body, want := range map[string]string{
		`{"title":"x","payload":{"type":"wifi","ssid":"a","password":"x"}}`:                     "body.payload.password",
		`{"title":"x","payload":{"type":"wifi","name":"a"}}`:                                    "body.payload.name",
		`{"title":"x","payload":{"type":"wifi","ssid":"a","ssid":"b"}}`:                         "body.payload.ssid",
		`{"title":"x","payload":{"type":"wifi","ssid":["a"],"security":"open"}}`:                "body.payload.ssid",
		`{"title":"x","payload":{"type":"radio"}}`:                                              "body.payload.type",
		`{"title":"x","payload":{}}`:                                                            "body.payload.type",
		`{"title":"x","payload":[1]}`:                                                           "body.payload",
		`{"title":"x","payload":{"type":"text","content":"x"}}`:                                 "body.payload.content",
		`{"title":"x","content":"WIFI:","payload":{"type":"phone","number":"112"}}`:             "body.content",
		`{"title":"x","payload":{"type":"url"}}`:                                                "body.content",
		`{"title":"x"}`:                                                                         "body.content",
		`{"title":"x","payload":{"type":"event","summary":"x","starts_at":"2027-01-31T25:00"}}`: "body.payload.starts_at",
	} {
		problem := read[problemJSON](s.API("POST", "/qr/static", body, http.StatusUnprocessableEntity))
		if len(problem.Errors) == 0 || problem.Errors[0].Location != want {
			t.Errorf("%s: %+v, want it at %s", body, problem.Errors, want)
		}
	}
	both := read[problemJSON](s.API("POST", "/qr/dynamic", `{"title":"x","target_url":"https://a.example","payload":{"type":"contact","given_name":"J"}}`, http.StatusUnprocessableEntity))
	if both.Errors[0].Location != "body.target_url" {
		t.Errorf("both: %+v", both.Errors)
	}
}
