package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Every rule has its words, at the place of the value that breaks it.
func TestAPIRefusesValues(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.APICreate(`{"title":"Taken","target_url":"https://example.edu/","short_id":"taken"}`)
	body := func(field, value string) string {
		fields := map[string]string{"title": `"x"`, "target_url": `"https://example.edu/"`}
		fields[field] = value
		var parts []string
		for name, value := range fields {
			parts = append(parts, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	quoted := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	for _, tt := range []struct{ field, value, want string }{
		{"title", `""`, "Give the code a title, so that you find it again."},
		{"title", `null`, "Give the code a title, so that you find it again."},
		{"title", quoted(101), "The title has 101 characters; 100 is the most."},
		{"title", `"a\nb"`, "The title has line breaks or other control characters. Keep it on one line."},
		{"title", `7`, "This must be a text in quotes."},
		{"title", `["x"]`, "This must be a text in quotes."},
		{"title", "\"\xff\xfe\"", "This has characters that are not text (invalid UTF-8)."},
		{"title", `"\ud83d"`, `This has characters that are not text (half of a pair such as \ud83d\ude00).`},
		{"description", quoted(501), "The description has 501 characters; 500 is the most."},
		{"target_url", `"javascript:alert(1)"`, "A code can lead to http:// and https:// addresses only, not to javascript:"},
		{"target_url", `"data:text/html,x"`, "A code can lead to http:// and https:// addresses only, not to data:"},
		{"target_url", `"ftp://example.edu/"`, "A code can lead to http:// and https:// addresses only, not to ftp:"},
		{"target_url", `"//example.edu/x"`, "Start the address with https:// – for example https://example.edu/x"},
		{"target_url", `"https://user:pw@example.edu/"`, "Leave the user name and password out of the address: everybody who scans the code would see them."},
		{"target_url", `"https://example.edu/\u0007"`, "This address has invisible control characters. Type it anew or copy it from the browser's address bar."},
		{"target_url", `"https://example.edu/` + strings.Repeat("x", 2049-20) + `"`, "This address is too long: 2,048 characters is the most."},
		{"target_url", `"https://qr.example.edu/r/taken"`, "This is one of our own short addresses: scanning would go in a circle. Enter the page it leads to."},
		{"fallback_url", `"HTTPS://QR.EXAMPLE.EDU/R/TAKEN"`, "This is one of our own short addresses: scanning would go in a circle. Enter the page it leads to."},
		{"short_id", `"taken"`, "This short ID is taken. A printed short ID is never given away again; please choose another one."},
		{"short_id", `"TAKEN"`, "This short ID is taken. A printed short ID is never given away again; please choose another one."},
		{"short_id", `"admin"`, "This short ID is reserved. Please choose another one."},
		{"short_id", `"ab"`, "A short ID has 3 to 32 characters."},
		{"short_id", `"open day"`, "A short ID has only the letters a to z, digits and hyphens."},
		{"short_id", `"größe"`, "A short ID has only the letters a to z, digits and hyphens."},
		{"dark", `"black"`, "Write the colour as # and six digits 0–9 or A–F, for example #1A2B3C."},
		{"dark", `"#ffffff"`, "The dark and the light colour are the same, so nothing could be read. Choose two different colours."},
		{"dark", `"#cccccc"`, "The colours are too alike"},
		{"light", `"#1"`, "Write the colour as # and six digits 0–9 or A–F, for example #1A2B3C."},
		{"level", `"X"`, "Choose the error correction auto, L, M, Q or H."},
		{"quiet_zone", `"4"`, "This must be a number, without quotes."},
		{"quiet_zone", `4.5`, "The quiet zone is a whole number of modules; 4 is the standard."},
		{"quiet_zone", `-1`, "Enter a quiet zone of 0 to 40 modules; 4 is the standard."},
		{"quiet_zone", `99999999999999999999`, "The quiet zone is a whole number of modules; 4 is the standard."},
		{"starts_at", `"tomorrow"`, "Enter a date and a time, such as 2027-01-31 08:00."},
		{"content", `"x"`, "There is no such field here. The fields are caption, dark, description,"},
		{"Title", `"x"`, "There is no such field here."},
		{"scan_count", `1`, "There is no such field here."},
	} {
		t.Run(tt.field+" "+fmt.Sprintf("%.30s", tt.value), func(t *testing.T) {
			t.Parallel()
			p := s.As(t).API(http.MethodPost, "/qr/dynamic", body(tt.field, tt.value), http.StatusUnprocessableEntity).Problem()
			if got := p.At("body." + tt.field); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %q\nwant %q\nin %+v", got, tt.want, p)
			}
		})
	}
	t.Run("content", func(t *testing.T) {
		t.Parallel()
		s := s.As(t)
		p := s.API(http.MethodPost, "/qr/static", `{"title":"x","content":`+quoted(3000)+`}`, http.StatusUnprocessableEntity).Problem()
		if got := p.At("body.content"); !strings.Contains(got, "2,331") {
			t.Errorf("%q does not say how long is possible", got)
		}
	})
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes, want 1", n)
	}
}

func TestAPINamesEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.API(http.MethodPost, "/qr/dynamic", `{"title":"","target_url":"ftp://x","dark":"red"}`, http.StatusUnprocessableEntity).Problem()
	if len(p.Errors) != 3 || p.At("body.title") == "" || p.At("body.target_url") == "" || p.At("body.dark") == "" {
		t.Errorf("problem %+v", p)
	}
	if p.Detail != "3 values are not valid. Correct those that errors names." {
		t.Errorf("detail %q", p.Detail)
	}
}

// Markup and marks that turn text around are text.
func TestAPITakesAnyText(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const title = "<script>alert(1)</script> \u202e \U0001f600 \ufffd"
	got := s.APICreate(`{"title":"<script>alert(1)</script> \u202e \ud83d\ude00 \ufffd","target_url":"https://example.edu/"}`)
	if got.Title != title {
		t.Errorf("title %q", got.Title)
	}
}

func TestAPIRefusesParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(library)
	image := fmt.Sprintf("/qr/%d/image?", made.ID)
	const limit = "The limit is a number from 1 to 100."
	for _, tt := range []struct{ path, location, want string }{
		{"/qr?limit=0", "query.limit", limit},
		{"/qr?limit=101", "query.limit", limit},
		{"/qr?limit=", "query.limit", limit},
		{"/qr?limit=ten", "query.limit", limit},
		{"/qr?after=garbage", "query.after", "This is not a place in this list. Start from its first page."},
		{"/qr?sort=drop", "query.sort", "Sort by title, created, changed or scans; a minus in front turns the order around."},
		{"/qr?kind=dancing", "query.kind", "Choose either a link you can change later (dynamic) or fixed content (static)."},
		{"/qr?state=gone", "query.state", "A state is one of active, paused, retired, scheduled, expired."},
		{"/qr?q=%ff", "query.q", "The search has characters that are not text."},
		{"/qr?page=2", "query.page", "There is no such parameter. The parameters are q, kind, state, sort, after, limit."},
		{fmt.Sprintf("/qr/%d?full=1", made.ID), "query.full", "This address takes no parameters."},
		{image + "format=gif", "query.format", "Choose the format svg, pdf, png, jpg, webp or eps."},
		{image + "size=15", "query.size", "Enter a size of 16 to 10,000 pixels."},
		{image + "size=10001", "query.size", "Enter a size of 16 to 10,000 pixels."},
		{image + "size=big", "query.size", "The size is a whole number of pixels, such as 512."},
		{image + "size=512&mm=30", "query.size", "Give the size in pixels or in millimetres, not both."},
		{image + "mm=4", "query.mm", "Enter a width of 5 to 2,000 mm."},
		{image + "mm=30&dpi=71", "query.dpi", "Enter a resolution of 72 to 1,200 dpi."},
		{image + "dpi=300", "query.dpi", "A resolution needs a size in millimetres: add mm."},
		{image + "quiet_zone=41", "query.quiet_zone", "Enter a quiet zone of 0 to 40 modules; 4 is the standard."},
		{image + "quiet_zone=x", "query.quiet_zone", "The quiet zone is a whole number of modules; 4 is the standard."},
		{image + "download=yes", "query.download", "Set download to 1 to get the image as a file, or leave it out."},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			s := s.As(t)
			p := s.API(http.MethodGet, tt.path, "", http.StatusUnprocessableEntity).Problem()
			if got := p.At(tt.location); got != tt.want {
				t.Errorf("got  %q\nwant %q\nin %+v", got, tt.want, p)
			}
			s.API(http.MethodHead, tt.path, "", http.StatusUnprocessableEntity)
		})
	}
}

// What is wrong before a field is reached.
func TestAPIRefusesRequests(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const post, create = http.MethodPost, "/qr/dynamic"
	contentType := func(value string) with { return header("Content-Type", value) }
	const notJSON = "Send JSON in UTF-8, with the header Content-Type: application/json."
	for _, tt := range []struct {
		name, method, path, body string
		change                   with
		status                   int
		want                     string
	}{
		{"empty", post, create, "", nil, 400, "The body is empty. Send a JSON object."},
		{"spaces", post, create, " \n", nil, 400, "The body is empty. Send a JSON object."},
		{"malformed", post, create, "{\n \"title\": }", nil, 400, "The body is not valid JSON: line 2, byte 11."},
		{"cut off", post, create, `{"title":"x"`, nil, 400, "The body is not valid JSON: line 1, byte 12."},
		{"two bodies", post, create, library + library, nil, 400, "The body is not valid JSON: line 1, byte 67."},
		{"no object", post, create, `["title"]`, nil, 400, "The body must be a JSON object, in braces."},
		{"null", post, create, `null`, nil, 400, "The body must be a JSON object, in braces."},
		{"twice", post, create, `{"title":"a","title":"b"}`, nil, 422, "This field is there twice. Send it once."},
		{"form", post, create, "title=x", contentType("application/x-www-form-urlencoded"), 415, notJSON},
		{"text", post, create, library, contentType("text/plain"), 415, notJSON},
		{"charset", post, create, library, contentType("application/json; charset=iso-8859-1"), 415, notJSON},
		{"no type", post, create, library, contentType("garbage"), 415, notJSON},
		{"large", post, create, `{"title":"` + strings.Repeat("x", 65<<10) + `"}`, nil, 413, "The body is larger than the 64 KiB that are taken."},
		{"10 MB", post, create, strings.Repeat("x", 10<<20), nil, 413, "The body is larger than the 64 KiB that are taken."},
		{"10 MB in pieces", post, create, `{"title":"` + strings.Repeat("x", 10<<20) + `"}`, func(r *http.Request) { r.ContentLength = -1 }, 413, "The body is larger than the 64 KiB that are taken."},
		{"unknown code", http.MethodGet, "/qr/404", "", nil, 404, "There is no code with this number."},
		{"no number", http.MethodGet, "/qr/abc", "", nil, 404, "There is no code with this number."},
		{"unknown code to change", http.MethodPut, "/qr/404", `{"title":"x"}`, nil, 404, "There is no code with this number."},
		{"image of unknown code", http.MethodGet, "/qr/404/image", "", nil, 404, "There is no code with this number."},
		{"unknown address", http.MethodGet, "/nothing", "", nil, 404, "There is nothing at this address. The reference is at /docs."},
		{"delete", http.MethodDelete, "/qr/1", "", nil, 405, "This address takes "},
		{"post to the list", post, "/qr", library, nil, 405, "This address takes "},
		{"outside", http.MethodGet, "/qr", "", from(outside), 403, "This page is for staff, from the office network only."},
		{"other site", post, create, library, header("Sec-Fetch-Site", "cross-site"), 403, "This request came from another web site, so it was refused. Use this program's own pages."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			change := tt.change
			if change == nil {
				change = func(*http.Request) {}
			}
			r := s.As(t).API(tt.method, tt.path, tt.body, tt.status, change)
			if p := r.Problem(); !strings.HasPrefix(p.Detail, tt.want) {
				t.Errorf("detail %q, want %q", p.Detail, tt.want)
			}
			if allow := r.Header.Get("Allow"); (tt.status == http.StatusMethodNotAllowed) != (allow != "") {
				t.Errorf("Allow %q", allow)
			}
		})
	}
	// Other names of JSON are good, and so is none.
	for i, value := range []string{"application/json; charset=UTF-8", "application/merge-patch+json", ""} {
		s.API(post, create, fmt.Sprintf(`{"title":"ok %d","target_url":"https://example.edu/"}`, i), http.StatusCreated, contentType(value))
	}
	if n := s.Count("SELECT count(*) FROM codes"); n != 3 {
		t.Errorf("%d codes, want 3", n)
	}
}

func TestAPIRefusesToChangeWhatIsFixed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dynamic := s.APICreate(library)
	static := read[codeJSON](s.API(http.MethodPost, "/qr/static", `{"title":"Wi-Fi","content":"one"}`, http.StatusCreated))
	printed := read[codeJSON](s.API(http.MethodPost, "/qr/static", `{"title":"Wi-Fi","content":"one"}`, http.StatusCreated))
	s.Exec("UPDATE codes SET printed_at = now() WHERE id = $1", printed.ID)
	for _, tt := range []struct {
		code              codeJSON
		body, field, want string
	}{
		{dynamic, `{"id":99}`, "id", "The number of a code never changes."},
		{dynamic, `{"kind":"static"}`, "kind", "The kind of a code never changes. Make a new code instead."},
		{dynamic, `{"short_id":"other"}`, "short_id", "The short ID of a code never changes: it may be in print. Make a new code instead."},
		{dynamic, `{"short_id":null}`, "short_id", "The short ID of a code never changes: it may be in print. Make a new code instead."},
		{dynamic, `{"short_url":"https://x"}`, "short_url", "The short URL of a code never changes: it may be in print."},
		{dynamic, `{"state":"paused"}`, "state", "The state is active and is not changed here, but on the code's page."},
		{dynamic, `{"content":"x"}`, "content", "A dynamic code has no content of its own; change its target_url."},
		{dynamic, `{"target_url":null}`, "target_url", "Enter the web address that the code leads to."},
		{dynamic, `{"colour":"x"}`, "colour", "There is no such field here."},
		{static, `{"target_url":"https://example.edu/"}`, "target_url", "A static code leads nowhere and has no target_url"},
		{static, `{"short_id":"wifi"}`, "short_id", "The short ID of a code never changes"},
		{static, `{"content":""}`, "content", "Enter what the code says."},
		{printed, `{"content":"two"}`, "content", "The content cannot change any more: this code was downloaded and may be in print. Make a new code instead."},
	} {
		t.Run(tt.code.Kind+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			p := s.As(t).API(http.MethodPut, fmt.Sprintf("/qr/%d", tt.code.ID), tt.body, http.StatusUnprocessableEntity).Problem()
			if got := p.At("body." + tt.field); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	for _, code := range []codeJSON{dynamic, static, printed} {
		if revision := s.Code(code.ID).Code.Revision; revision != 1 {
			t.Errorf("code %d is at revision %d", code.ID, revision)
		}
	}
	s.API(http.MethodPut, fmt.Sprintf("/qr/%d", static.ID), `{"content":"two"}`, http.StatusOK)
	s.API(http.MethodPut, fmt.Sprintf("/qr/%d", printed.ID), `{"content":"one","title":"Guests"}`, http.StatusOK)
}

func TestAPIDatabaseAway(t *testing.T) {
	t.Parallel()
	s := newServerOn(t, deadPool(t))
	for _, tt := range []struct{ method, path, body string }{
		{http.MethodGet, "/qr", ""}, {http.MethodGet, "/qr/1", ""}, {http.MethodGet, "/qr/1/image", ""},
		{http.MethodPost, "/qr/dynamic", library}, {http.MethodPut, "/qr/1", `{"title":"x"}`},
	} {
		r := s.API(tt.method, tt.path, tt.body, http.StatusServiceUnavailable)
		if p := r.Problem(); strings.Contains(r.Body, "127.0.0.1") || len(p.Errors) > 0 || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %s", tt.method, tt.path, r.Body)
		}
	}
	for _, line := range s.log.Requests(t) {
		if line["level"] != "ERROR" || line["error"] == nil || !strings.HasPrefix(fmt.Sprint(line["route"]), "/api/v1/qr") {
			t.Errorf("log line %v", line)
		}
	}
}
