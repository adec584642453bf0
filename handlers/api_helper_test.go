package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// apiReply is an answer of the JSON API.
type apiReply struct {
	t      testing.TB
	Code   int
	Header http.Header
	Body   string
}

// API sends a request to /api/v1 from the office, with a JSON body where one
// is given, and checks the status and that the answer is JSON of the right
// type.
func (s *server) API(method, path, body string, wantCode int, changes ...with) apiReply {
	s.t.Helper()
	w := s.send(method, "/api/v1"+path, body, changes...)
	got := apiReply{t: s.t, Code: w.Code, Header: w.Result().Header, Body: w.Body.String()}
	if got.Code != wantCode {
		s.t.Fatalf("%s %s = %d, want %d: %s", method, path, got.Code, wantCode, got.Body)
	}
	want := "application/json"
	if wantCode >= http.StatusBadRequest {
		want = "application/problem+json"
	}
	if kind := got.Header.Get("Content-Type"); method != http.MethodHead && kind != want {
		s.t.Errorf("%s %s: Content-Type %q, want %q", method, path, kind, want)
	}
	return got
}

// status sends a JSON request and gives the status alone, from any goroutine.
func (s *server) status(method, uri, body string, changes ...with) int {
	return s.send(method, uri, body, changes...).Code
}

func (s *server) send(method, uri, body string, changes ...with) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), method, uri, strings.NewReader(body))
	r.RemoteAddr = office
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// codeJSON is a code as a client reads it.
type codeJSON struct {
	ID          int64   `json:"id"`
	Kind        string  `json:"kind"`
	ShortID     *string `json:"short_id"`
	ShortURL    *string `json:"short_url"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	TargetURL   *string `json:"target_url"`
	Content     *string `json:"content"`
	State       string  `json:"state"`
	Level       string  `json:"level"`
	QuietZone   int     `json:"quiet_zone"`
	Dark        string  `json:"dark"`
	ScanCount   int     `json:"scan_count"`
	QRScans     int     `json:"qr_scan_count"`
	LinkScans   int     `json:"link_scan_count"`
	LastScanAt  *string `json:"last_scan_at"`
	StartsAt    *string `json:"starts_at"`
	ExpiresAt   *string `json:"expires_at"`
	FallbackURL *string `json:"fallback_url"`
}

// listJSON is a page of a list as a client reads it.
type listJSON struct {
	Items  []codeJSON `json:"items"`
	Total  int        `json:"total"`
	Capped bool       `json:"total_capped"`
	Next   *string    `json:"next"`
}

// problemJSON is an error as a client reads it.
type problemJSON struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// At gives the message about a location; empty if there is none.
func (p problemJSON) At(location string) string {
	for _, e := range p.Errors {
		if e.Location == location {
			return e.Message
		}
	}
	return ""
}

// read decodes an answer.
func read[T any](r apiReply) T {
	r.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		r.t.Fatalf("answer %q: %v", r.Body, err)
	}
	return v
}

// Problem decodes an error and checks what every error has.
func (r apiReply) Problem() problemJSON {
	r.t.Helper()
	p := read[problemJSON](r)
	if p.Status != r.Code || p.Title != http.StatusText(r.Code) || p.Detail == "" {
		r.t.Errorf("problem %+v for status %d", p, r.Code)
	}
	if p.RequestID == "" || p.RequestID != r.Header.Get("X-Request-ID") {
		r.t.Errorf("request_id %q, header %q", p.RequestID, r.Header.Get("X-Request-ID"))
	}
	return p
}

// APICreate makes a dynamic code and gives it.
func (s *server) APICreate(body string) codeJSON {
	s.t.Helper()
	return read[codeJSON](s.API(http.MethodPost, "/qr/dynamic", body, http.StatusCreated))
}
