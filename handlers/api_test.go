package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const library = `{"title":"Library","target_url":"https://www.example.edu/library"}`

// The fields that a code has in JSON, in this order.
var codeFields = []string{
	"id", "kind", "short_id", "short_url", "title", "description", "target_url", "content", "payload", "state", "level", "quiet_zone", "dark", "light", "transparent", "modules", "finders", "logo", "logo_size", "caption",
	"scan_count", "qr_scan_count", "link_scan_count", "last_scan_at", "created_at", "updated_at", "starts_at", "expires_at", "fallback_url",
}

func TestAPICreateDynamic(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.API(http.MethodPost, "/qr/dynamic", `{"title":" Open day ","description":"Poster","target_url":"HTTPS://Example.edu/Day?x=1",
		"short_id":"Open-Day","fallback_url":"https://example.edu/","starts_at":"2027-01-15T08:00:00+01:00","expires_at":"2027-02-15T08:00",
		"level":"q","quiet_zone":6,"dark":"#003366","light":null}`, http.StatusCreated)
	var fields []string
	dec := json.NewDecoder(strings.NewReader(r.Body))
	for token, err := dec.Token(); err == nil; token, err = dec.Token() {
		if name, ok := token.(string); ok {
			fields = append(fields, name)
			var value any
			if err := dec.Decode(&value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(codeFields, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	got := read[codeJSON](r)
	want := codeJSON{
		ID: got.ID, Kind: "dynamic", ShortID: new("open-day"), ShortURL: new("https://qr.example.edu/r/open-day"),
		Title: "Open day", Description: "Poster", TargetURL: new("https://example.edu/Day?x=1"), State: "scheduled",
		Level: "Q", QuietZone: 6, Dark: "#003366", FallbackURL: new("https://example.edu/"),
		StartsAt: new("2027-01-15T07:00:00Z"), ExpiresAt: new("2027-02-15T07:00:00Z"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
	if location := r.Header.Get("Location"); location != fmt.Sprintf("/api/v1/qr/%d", got.ID) || r.Header.Get("ETag") != `"1"` {
		t.Errorf("Location %q, ETag %q", location, r.Header.Get("ETag"))
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE code_id = $1 AND action = 'created' AND address = '192.168.7.7'", got.ID); n != 1 {
		t.Errorf("%d events for the creation", n)
	}
	// It is the same code on the pages and in the redirect.
	s.Get(codePath(got.ID, "")).Has("Open day")
}

func TestAPICreateStatic(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got := read[codeJSON](s.API(http.MethodPost, "/qr/static", `{"title":"Wi-Fi","content":"WIFI:S:guest;;\n"}`, http.StatusCreated))
	want := codeJSON{ID: got.ID, Kind: "static", Title: "Wi-Fi", Content: new("WIFI:S:guest;;\n"), State: "active", Level: "auto", QuietZone: 4, Dark: "#000000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
}

func TestAPIShowCode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(library)
	path := fmt.Sprintf("/qr/%d", made.ID)
	s.Exec("UPDATE code_totals SET qr_scans = 3, link_scans = 2, last_scan_at = '2026-11-01 12:00+00' WHERE code_id = $1", made.ID)
	r := s.API(http.MethodGet, path, "", http.StatusOK)
	got := read[codeJSON](r)
	if got.ScanCount != 5 || got.QRScans != 3 || got.LinkScans != 2 || got.LastScanAt == nil || *got.LastScanAt != "2026-11-01T12:00:00Z" {
		t.Errorf("scans: %+v", got)
	}
	if r.Header.Get("ETag") != `"1"` || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", r.Header)
	}
	s.API(http.MethodHead, path, "", http.StatusOK)

	// The state is the effective one.
	s.Exec("UPDATE codes SET expires_at = now() + interval '1 hour' WHERE id = $1", made.ID)
	s.clock.Set(time.Now().Add(2 * time.Hour))
	if got := read[codeJSON](s.API(http.MethodGet, path, "", http.StatusOK)); got.State != "expired" {
		t.Errorf("state %q, want expired", got.State)
	}
}

func TestAPIListPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const codes = 13
	for i := range codes {
		s.APICreate(fmt.Sprintf(`{"title":"Code %02d","target_url":"https://example.edu/%d"}`, i, i))
	}
	for _, sort := range []string{"", "title", "-title", "created", "-created", "changed", "-changed", "scans", "-scans"} {
		for _, limit := range []int{1, 5, 13, 100} {
			t.Run(fmt.Sprintf("%s by %d", sort, limit), func(t *testing.T) {
				t.Parallel()
				s := s.As(t)
				seen := map[int64]bool{}
				path := fmt.Sprintf("/qr?sort=%s&limit=%d", sort, limit)
				for pages := 0; path != ""; pages++ {
					if pages > codes {
						t.Fatal("the pages do not end")
					}
					r := s.API(http.MethodGet, path, "", http.StatusOK)
					list := read[listJSON](r)
					if list.Total != codes || list.Capped {
						t.Errorf("total %d, capped %v", list.Total, list.Capped)
					}
					for _, code := range list.Items {
						if seen[code.ID] {
							t.Errorf("%q is on two pages", code.Title)
						}
						seen[code.ID] = true
					}
					path = nextPage(t, r, list)
				}
				if len(seen) != codes {
					t.Errorf("%d codes, want %d", len(seen), codes)
				}
			})
		}
	}
}

// nextPage gives the path of the page that follows, on which header and body
// must agree.
func nextPage(t *testing.T, r apiReply, list listJSON) string {
	t.Helper()
	link := r.Header.Get("Link")
	if (link == "") != (list.Next == nil) {
		t.Fatalf("Link %q, next %v", link, list.Next)
	}
	if link == "" {
		return ""
	}
	target, found := strings.CutSuffix(strings.TrimPrefix(link, "</api/v1"), `>; rel="next"`)
	u, err := url.Parse(target)
	if err != nil || !found || u.Query().Get("after") != *list.Next {
		t.Fatalf("Link %q, next %q: %v", link, *list.Next, err)
	}
	return target
}

func TestAPIListFilters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.APICreate(`{"title":"Open day","target_url":"https://example.edu/open","short_id":"openday"}`)
	paused := s.APICreate(`{"title":"Library & café","target_url":"https://example.edu/lib"}`)
	s.API(http.MethodPost, "/qr/static", `{"title":"Wi-Fi","content":"WIFI:S:guest;;"}`, http.StatusCreated)
	s.Post(codePath(paused.ID, "/pause"), nil)
	for _, tt := range []struct{ query, want string }{
		{"", "Wi-Fi, Library & café, Open day"},
		{"sort=title", "Library & café, Open day, Wi-Fi"},
		{"q=open", "Open day"},
		{"q=caf%C3%A9+library", "Library & café"},
		{"kind=static", "Wi-Fi"},
		{"state=paused", "Library & café"},
		{"state=active&kind=dynamic", "Open day"},
		{"q=nothing+like+it", ""},
		{"limit=1", "Wi-Fi"},
		{"after=", "Wi-Fi, Library & café, Open day"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			r := s.As(t).API(http.MethodGet, "/qr?"+tt.query, "", http.StatusOK)
			var titles []string
			for _, code := range read[listJSON](r).Items {
				titles = append(titles, code.Title)
			}
			if got := strings.Join(titles, ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(r.Body, `"items":null`) {
				t.Error("an empty list is null")
			}
		})
	}
	s.API(http.MethodHead, "/qr", "", http.StatusOK)
}

func TestAPIUpdate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(`{"title":"Library","description":"old","target_url":"https://example.edu/lib","fallback_url":"https://example.edu/","level":"H","dark":"#003366"}`)
	path := fmt.Sprintf("/qr/%d", made.ID)

	// What is left out stays, null takes away or sets the default.
	r := s.API(http.MethodPut, path, `{"target_url":"https://example.edu/new","fallback_url":null,"level":null}`, http.StatusOK)
	want := made
	want.TargetURL, want.FallbackURL, want.Level = new("https://example.edu/new"), nil, "auto"
	if diff := cmp.Diff(want, read[codeJSON](r)); diff != "" {
		t.Errorf("after the change (-want +got):\n%s", diff)
	}
	if r.Header.Get("ETag") != `"2"` {
		t.Errorf("ETag %s", r.Header.Get("ETag"))
	}
	if n := s.Count("SELECT jsonb_array_length(changes) FROM code_events WHERE code_id = $1 AND action = 'updated'", made.ID); n != 3 {
		t.Errorf("%d changes in the history, want 3", n)
	}

	// A code as GET gives it goes back whole, and changes nothing.
	whole := s.API(http.MethodGet, path, "", http.StatusOK)
	r = s.API(http.MethodPut, path, whole.Body, http.StatusOK, header("If-Match", whole.Header.Get("ETag")))
	if r.Body != whole.Body || r.Header.Get("ETag") != `"2"` {
		t.Errorf("sent back as %s\ncame as %s", whole.Body, r.Body)
	}
	// So does a body that says the short ID in another case.
	s.API(http.MethodPut, path, `{"short_id":"`+strings.ToUpper(*made.ShortID)+`"}`, http.StatusOK)
}

func TestAPIUpdateIfMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, ifMatch string
		want          int
	}{
		{"current", `"2"`, http.StatusOK},
		{"none", "", http.StatusOK},
		{"any", "*", http.StatusOK},
		{"one of several", `"7", "2"`, http.StatusOK},
		{"made weak by a proxy", `W/"2"`, http.StatusOK},
		{"stale", `"1"`, http.StatusPreconditionFailed},
		{"of the future", `"9"`, http.StatusPreconditionFailed},
		{"of an image", `"665513132ba58b6bae17c7182e070e51"`, http.StatusPreconditionFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			made := s.APICreate(library)
			path := fmt.Sprintf("/qr/%d", made.ID)
			s.API(http.MethodPut, path, `{"title":"Theirs"}`, http.StatusOK)
			r := s.API(http.MethodPut, path, `{"title":"Mine"}`, tt.want, header("If-Match", tt.ifMatch))
			title := s.Code(made.ID).Code.Title
			if tt.want == http.StatusOK {
				if title != "Mine" {
					t.Errorf("title %q", title)
				}
				return
			}
			if title != "Theirs" {
				t.Errorf("refused, but the title is %q", title)
			}
			p := r.Problem()
			if tt.name == "stale" {
				if r.Header.Get("ETag") != `"2"` || p.At("body.title") != "staff changed this from “Library” to “Theirs”." {
					t.Errorf("ETag %s, problem %+v", r.Header.Get("ETag"), p)
				}
			}
		})
	}
}

// Without If-Match every change that is answered with 200 is there, and every
// other one was refused: nothing is lost in silence.
func TestAPIUpdateRace(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	made := s.APICreate(library)
	var saved atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			code := s.status(http.MethodPut, fmt.Sprintf("/api/v1/qr/%d", made.ID), fmt.Sprintf(`{"title":"Writer %d"}`, i))
			switch code {
			case http.StatusOK:
				saved.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("status %d", code)
			}
		})
	}
	wg.Wait()
	row := s.Code(made.ID).Code
	events := s.Count("SELECT count(*) FROM code_events WHERE code_id = $1 AND action = 'updated'", made.ID)
	if saved.Load() == 0 || int64(row.Revision) != 1+saved.Load() || events != saved.Load() {
		t.Errorf("%d saved, revision %d, %d events", saved.Load(), row.Revision, events)
	}
}

func TestAPIIdempotency(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key := header("Idempotency-Key", "6f1c2b1e-6b0f-4f3e")
	first := read[codeJSON](s.API(http.MethodPost, "/qr/dynamic", library, http.StatusCreated, key))
	s.Exec("UPDATE code_totals SET qr_scans = 1 WHERE code_id = $1", first.ID)
	again := read[codeJSON](s.API(http.MethodPost, "/qr/dynamic", library, http.StatusCreated, key))
	if again.ID != first.ID || again.ScanCount != 1 {
		t.Errorf("made %d, then %d", first.ID, again.ID)
	}
	if other := read[codeJSON](s.API(http.MethodPost, "/qr/dynamic", library, http.StatusCreated, header("Idempotency-Key", "another"))); other.ID == first.ID {
		t.Error("another key gave the same code")
	}
	s.APICreate(library) // without a key
	if n := s.Count("SELECT count(*) FROM codes"); n != 3 {
		t.Errorf("%d codes, want 3", n)
	}

	// A key is for one code.
	const used = "This Idempotency-Key was used for another code already. Nothing was made. Use a new key for a new code."
	for path, body := range map[string]string{
		"/qr/dynamic": `{"title":"Other","target_url":"https://www.example.edu/library"}`,
		"/qr/static":  `{"title":"Library","content":"x"}`,
	} {
		p := s.API(http.MethodPost, path, body, http.StatusUnprocessableEntity, key).Problem()
		if p.At("header.Idempotency-Key") != used {
			t.Errorf("%s: %+v", path, p)
		}
	}
	for _, bad := range []string{"", "with space", strings.Repeat("x", 129), "schlüssel"} {
		s.API(http.MethodPost, "/qr/dynamic", library, http.StatusUnprocessableEntity, header("Idempotency-Key", bad)).Problem()
	}
	// A form's token is not a key's.
	s.Request(http.MethodPost, "/codes", dynamic("form_token", "another"), http.StatusSeeOther)
	if n := s.Count("SELECT count(*) FROM codes"); n != 4 {
		t.Errorf("%d codes, want 4", n)
	}
}

func TestAPIIdempotencyRace(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if code := s.status(http.MethodPost, "/api/v1/qr/dynamic", library, header("Idempotency-Key", "k")); code != http.StatusCreated {
				t.Errorf("status %d", code)
			}
		})
	}
	wg.Wait()
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes, want 1", n)
	}
}

// Of requests with one key and different bodies, one makes a code.
func TestAPIIdempotencyRaceOfBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			body := fmt.Sprintf(`{"title":"Library %d","target_url":"https://www.example.edu/library"}`, n)
			if code := s.status(http.MethodPost, "/api/v1/qr/dynamic", body, header("Idempotency-Key", "k")); code != http.StatusCreated && code != http.StatusUnprocessableEntity {
				t.Errorf("status %d", code)
			}
		})
	}
	wg.Wait()
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes, want 1", n)
	}
}
