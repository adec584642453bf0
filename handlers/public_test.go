package handlers_test

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestPublicHandler: what PUBLIC_ADDR serves knows scans, their pages' style
// sheet and that the process is alive, whatever path is tried and wherever
// from.
func TestPublicHandler(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	s.handler = s.public
	s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound, from(outside))
	s.Request("GET", "/health/live", nil, http.StatusOK, from(outside))
	page := s.Request("GET", "/r/nobody", nil, http.StatusNotFound, from(outside))
	sheet := regexp.MustCompile(`/static/css/public[^"]*`).FindString(page.Body)
	s.Request("GET", sheet, nil, http.StatusOK, from(outside))
	for _, path := range []string{
		"/", "/codes", "/codes/1", "/docs", "/metrics", "/health", "/health/ready", "/api/v1/qr", "/static/", "/static/js/app.js",
		"/r/../codes", "/r/%2e%2e/codes", "//codes", "/R/../metrics", "/%63odes", "/r/open-day/../../codes", "/static/../codes",
	} {
		r := s.Request("GET", path, nil, http.StatusNotFound) // from the office
		r.HasNot("Library", "Codes", "qrgen_")
	}
}

// TestManyMisses: a client that keeps asking for what does not exist is slowed
// down; those that hit, from the same address even, are not.
func TestManyMisses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	codes := map[int]int{}
	for i := range 80 {
		r := s.any("GET", "/r/nobody"+strconv.Itoa(i), from(outside))
		codes[r.Code]++
		if r.Code == http.StatusTooManyRequests {
			if wait, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
				t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
			}
		}
	}
	if codes[http.StatusNotFound] != 60 || codes[http.StatusTooManyRequests] != 20 {
		t.Errorf("80 misses gave %v", codes)
	}
	s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound, from(outside))
	s.Request("GET", "/r/nobody", nil, http.StatusNotFound, from("198.51.100.7:1"))
	s.Request("GET", "/r/nobody", nil, http.StatusNotFound, from("[2001:db8::1]:1"))
	s.clock.Set(s.clock.Now().Add(2 * time.Minute))
	s.Request("GET", "/r/nobody", nil, http.StatusNotFound, from(outside))
}

// TestRedirectLog: by default only scans that lead nowhere get a line.
func TestRedirectLog(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]int{"errors": 1, "off": 0, "all": 2} {
		s := newServer(t, "LOG_REDIRECTS="+setting)
		s.Create(dynamic("short_id", "open-day"))
		before := len(s.log.Requests(t))
		s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound)
		s.Request("GET", "/r/nobody", nil, http.StatusNotFound)
		if lines := s.log.Requests(t)[before:]; len(lines) != want {
			t.Errorf("%s: %d lines, want %d", setting, len(lines), want)
		}
	}
}
