package handlers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestListCSV(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("title", "=1+1", "short_id", "sum", "expires_at", "2020-01-31T08:00"))
	s.Create(static("title", "Guest Wi-Fi"))
	s.Create(dynamic("title", "Open day", "short_id", "open-day", "fallback_url", "https://www.example.edu/"))
	s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound)
	answer := s.Get("/codes.csv?state=&kind=")
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=codes-20") {
		t.Errorf("it is %q", got)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(answer.Body, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 4 {
		t.Fatalf("%q, %v", lines, err)
	}
	cells := func(line int) map[string]string {
		m := map[string]string{}
		for i, name := range lines[0] {
			m[name] = lines[line][i]
		}
		return m
	}
	if c := cells(1); c["title"] != "Open day" || c["short_url"] != "https://qr.example.edu/r/open-day" || c["scans"] != "1" || c["qr_scans"] != "1" || c["last_scan_at"] == "" || c["state"] != "active" {
		t.Errorf("the newest is %v", c)
	}
	if c := cells(2); c["content"] != "WIFI:S:guest;T:WPA;P:secret;;" || c["short_id"] != "" || c["kind"] != "static" {
		t.Errorf("the fixed one is %v", c)
	}
	if c := cells(3); c["title"] != "'=1+1" || c["state"] != "expired" || c["expires_at"] != "2020-01-31 08:00" {
		t.Errorf("the oldest is %v", c)
	}
	if n := strings.Count(s.Get("/codes.csv?q=open").Body, "\n"); n != 2 {
		t.Errorf("%d lines of a search, want 2", n)
	}
	if n := strings.Count(s.Get("/codes.csv?q=nothing").Body, "\n"); n != 1 {
		t.Errorf("%d lines of nothing, want 1", n)
	}
	s.Request("GET", "/codes.csv?state=odd", nil, http.StatusUnprocessableEntity)
	s.Get("/codes?q=open").Has("List as CSV")
	// What was taken out can be brought in elsewhere, and is what it was.
	other := newServer(t)
	other.createTable("AAAA", answer.Body)
	if n := other.Count("SELECT count(*) FROM codes WHERE title = '=1+1' OR content = 'WIFI:S:guest;T:WPA;P:secret;;' OR short_id = 'open-day' AND fallback_url = 'https://www.example.edu/'"); n != 3 {
		t.Errorf("%d of 3 came over whole", n)
	}
}

// TestListCSVOfFiles: a code that gives a file leads to no address.
func TestListCSVOfFiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Exec(`UPDATE codes SET payload_type = 'contact', target_url = 'https://file.invalid/', content = 'BEGIN:VCARD' WHERE id = $1`, s.Create(dynamic("short_id", "jana")))
	s.Get("/codes.csv").Has("jana").HasNot("file.invalid", "VCARD")
}

// TestListCSVWalks gives each code of several parts once.
func TestListCSVWalks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Exec(`INSERT INTO codes (kind, short_id, title, description, target_url, content, level, quiet_zone, dark, light, created_by, updated_by)
		SELECT 'dynamic', 'door-' || n, 'Door ' || n, '', 'https://www.example.edu/' || n, NULL, 'M', 4, '#000000', '#ffffff', 'staff', 'staff' FROM generate_series(1, 2500) n`)
	body := s.Get("/codes.csv").Body
	if n := strings.Count(body, "\n"); n != 2501 {
		t.Errorf("%d lines, want 2,501", n)
	}
	for _, n := range []int{1, 1000, 1001, 2000, 2500} {
		if got := strings.Count(body, fmt.Sprintf("/r/door-%d,", n)); got != 1 {
			t.Errorf("door %d is there %d times", n, got)
		}
	}
}
