package handlers_test

import (
	"net/http"
	"testing"
)

// TestEdgePages: the public listener has the pages of what the edge refuses by
// itself, with the headers that a client needs, in words or as JSON.
func TestEdgePages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handler = s.public
	for path, c := range map[string]struct {
		status int
		words  string
		header [2]string
	}{
		"/edge/401":           {http.StatusUnauthorized, "Please sign in", [2]string{"WWW-Authenticate", `Basic realm="QR codes"`}},
		"/edge/403":           {http.StatusForbidden, "For staff only", [2]string{"Cache-Control", "private, no-store"}},
		"/edge/413":           {http.StatusRequestEntityTooLarge, "larger than this server accepts", [2]string{"X-Content-Type-Options", "nosniff"}},
		"/edge/429?after=12":  {http.StatusTooManyRequests, "Too many tries", [2]string{"Retry-After", "12"}},
		"/edge/429":           {http.StatusTooManyRequests, "Too many tries", [2]string{"Retry-After", "1"}},
		"/edge/429?after=-5":  {http.StatusTooManyRequests, "Too many tries", [2]string{"Retry-After", "1"}},
		"/edge/429?after=9e9": {http.StatusTooManyRequests, "Too many tries", [2]string{"Retry-After", "1"}},
		"/edge/502":           {http.StatusBadGateway, "Not available right now", [2]string{"X-Frame-Options", "DENY"}},
		"/edge/504":           {http.StatusGatewayTimeout, "Not available right now", [2]string{"X-Frame-Options", "DENY"}},
		"/edge/200":           {http.StatusNotFound, "There is no such code", [2]string{}},
		"/edge/":              {http.StatusNotFound, "There is no such code", [2]string{}},
		"/edge/401/x":         {http.StatusNotFound, "There is no such code", [2]string{}},
	} {
		r := s.Request("GET", path, nil, c.status, from(outside))
		r.Has(c.words)
		if name := c.header[0]; name != "" && r.Header.Get(name) != c.header[1] {
			t.Errorf("%s: %s is %q", path, name, r.Header.Get(name))
		}
	}
	r := s.Request("GET", "/edge/401", nil, http.StatusUnauthorized, from(outside), func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	r.Has(`"status":401`)
	if r.Header.Get("WWW-Authenticate") == "" || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v", r.Header)
	}
}
