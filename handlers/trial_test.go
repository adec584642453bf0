package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"qrgen/internal/scans"
)

// Somebody tries a code out: the scan shows at once, and no count has it.
func TestTrial(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	other := s.Create(dynamic("short_id", "other"))
	now := time.Now().Truncate(time.Second)
	forward := func(d time.Duration) {
		now = now.Add(d)
		s.clock.Set(now)
	}
	forward(0)
	scan := func(path string) {
		t.Helper()
		s.Request("GET", path, nil, http.StatusFound, from(outside), header("User-Agent", iphone))
		s.settle()
	}
	scan("/R/OPEN-DAY")
	s.Get(codePath(id, "")).Has("Test with a phone", "Total 1")
	if to := s.Post(codePath(id, "/test"), form()); to != codePath(id, "#test") {
		t.Errorf("led to %s", to)
	}
	s.Get(codePath(id, "")).Has("Scan the code with your phone now", "https://www.example.edu/library", "Waiting for a scan")
	s.Get(codePath(id, "/test"), htmx).Has("Waiting for a scan")
	forward(time.Second)
	scan("/R/OPEN-DAY")
	scan("/r/other")
	s.Get(codePath(id, "/test"), htmx).Has("Seen at", "with phone, iOS, Safari, by the QR code", "Not counted")
	s.Get(codePath(id, "")).Has("Total 1", "Today 1")
	s.Get(codePath(other, "")).Has("Total 1").HasNot("Seen at")
	s.Get(codePath(id, "/scans/log?class=all")).Has("Test")
	s.Get(codePath(id, "/scans")).Has("People 1")

	forward(time.Second)
	s.Post(codePath(id, "/test/end"), form())
	s.Get(codePath(id, "")).Has("The test is over", "Seen at", "Test with a phone").HasNot("Scan the code with your phone now")
	scan("/R/OPEN-DAY")
	s.Get(codePath(id, "")).Has("Total 2")
	s.Get(codePath(id, "/test"), htmx).HasNot("Waiting")

	// It ends by itself, too.
	forward(time.Second)
	s.Post(codePath(id, "/test"), form())
	forward(scans.TrialFor)
	scan("/R/OPEN-DAY")
	s.Get(codePath(id, "")).Has("Total 3", "No scan was seen")
	forward(2 * time.Minute)
	s.Get(codePath(id, "")).HasNot("The test is over")
	if n := s.Count("SELECT count(*) FROM scans WHERE class = 4"); n != 1 {
		t.Errorf("%d tests are stored", n)
	}

	// What leads nowhere is not tested.
	s.Post(codePath(id, "/pause"), form())
	s.Get(codePath(id, "")).HasNot("Test with a phone")
	s.Request("POST", codePath(id, "/test"), form(), http.StatusConflict)
	fixed := s.Create(static("content", "Room 5"))
	s.Get(codePath(fixed, "")).HasNot("Test with a phone")
	s.Request("POST", codePath(fixed, "/test"), form(), http.StatusConflict)
	s.Request("GET", "/codes/99/test", nil, http.StatusNotFound)
	if r := s.Request("GET", codePath(id, "/test"), nil, http.StatusSeeOther); r.Header.Get("Location") != codePath(id, "#test") {
		t.Errorf("led to %s", r.Header.Get("Location"))
	}
}
