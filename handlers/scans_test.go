package handlers_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	robot  = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// visited is a server with a code that two people and a bot have visited.
func visited(t *testing.T) (*server, int64) {
	t.Helper()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	for _, changes := range [][]with{
		{from("203.0.113.1:1"), header("User-Agent", iphone), header("Accept-Language", "de-CH")},
		{from("203.0.113.1:2"), header("User-Agent", iphone), header("Accept-Language", "de-CH")},
		{from("203.0.113.2:1"), header("User-Agent", iphone), header("Referer", "https://cmd.example/=1+1")},
		{from("203.0.113.3:1"), header("User-Agent", robot)},
	} {
		s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound, changes...)
	}
	s.Request("GET", "/r/open-day", nil, http.StatusFound, from("203.0.113.4:1"), header("User-Agent", iphone))
	s.settle()
	return s, id
}

func TestCodeScans(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	page := s.Get(codePath(id, "/scans")).Has("People 4", "of them again the same day 1", "Bots 1", "Previews 0",
		"Printed code 3 75 %", "Typed or shared link 1 25 %", "Phone 4", "iOS 4", "German 2", "cmd.example 1", "By day", "Europe/Berlin", "kept for 400 days")
	page.HasNot("Googlebot", "203.0.113")
	s.Get(codePath(id, "/scans?days=7&by=hour&class=all")).Has("Bots 1", "Printed code 4 80 %")
	if part := s.Get(codePath(id, "/scans"), htmx); strings.Contains(part.Body, "<html") {
		t.Error("htmx does not get the fragment")
	}
	s.Get(codePath(id, "/scans?from=2020-01-01&to=2020-01-31")).Has("Nobody has scanned this code in these days", "Single scans are kept for 400 days, so they begin on")
	s.Get(codePath(id, "")).Has("Today 5", "7 days 5", "30 days 5", "Total 5")
	s.Get("/codes").Has("5 scans of Library: all figures", "of them in 30 days: 5")
	for _, query := range []string{"?days=8", "?by=month", "?class=robots", "?from=x", "?from=2999-01-01", "?days=400&by=hour"} {
		s.Request("GET", codePath(id, "/scans"+query), nil, http.StatusUnprocessableEntity)
		s.Request("GET", codePath(id, "/scans.csv"+query), nil, http.StatusUnprocessableEntity)
	}
	s.Request("GET", "/codes/99/scans", nil, http.StatusNotFound)
	fixed := s.Create(static("content", "Room 5"))
	s.Request("GET", codePath(fixed, "/scans"), nil, http.StatusNotFound).Has("cannot be counted")
}

func TestCodeScanLog(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	log := s.Get(codePath(id, "/scans/log?class=all")).Has("Bot", "Person, again", "Printed code", "Link", "phone, iOS, Safari", "German", "cmd.example")
	if n := strings.Count(log.Body, `<th scope="row">`); n != 5 {
		t.Errorf("%d scans in the log", n)
	}
	if n := strings.Count(s.Get(codePath(id, "/scans/log")).Body, `<th scope="row">`); n != 4 {
		t.Errorf("%d people in the log", n)
	}
	s.Get(codePath(id, "/scans/log?from=2020-01-01&to=2020-01-02")).Has("There is no scan in these days")
	s.Request("GET", codePath(id, "/scans/log?before=yesterday"), nil, http.StatusUnprocessableEntity)
}

func TestCodeScansCSV(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	read := func(query string) [][]string {
		answer := s.Get(codePath(id, "/scans.csv"+query))
		if got := answer.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
			t.Errorf("content type %q", got)
		}
		if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=scans-open-day-2") {
			t.Errorf("disposition %q", got)
		}
		body, ok := strings.CutPrefix(answer.Body, "\ufeff")
		if !ok {
			t.Error("Excel would not take it for UTF-8")
		}
		table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	series := read("?days=7")
	if len(series) != 8 {
		t.Errorf("%d lines", len(series))
	}
	if diff := cmp.Diff([]string{"day", "people", "people again on the same day", "bots", "previews", "all"}, series[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"4", "1", "1", "0", "5"}, series[7][1:]); diff != "" {
		t.Error(diff)
	}
	parts := read("?what=parts")
	for _, want := range [][]string{{"source", "qr", "3"}, {"language", "de", "2"}, {"referrer", "cmd.example", "1"}, {"referrer", "", "3"}} {
		if !slices.ContainsFunc(parts, func(line []string) bool { return slices.Equal(line, want) }) {
			t.Errorf("%v is not in %v", want, parts)
		}
	}
	s.Request("GET", codePath(id, "/scans.csv?what=all"), nil, http.StatusUnprocessableEntity)
}

// What a visitor sends can't run in a spreadsheet.
func TestCSVHasNoFormulas(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	if _, err := s.pool.Exec(t.Context(), `UPDATE scan_words SET word = '=HYPERLINK("http://evil.example","x")' WHERE word = 'cmd.example'`); err != nil {
		t.Fatal(err)
	}
	s.Get(codePath(id, "/scans.csv?what=parts")).Has(`"'=HYPERLINK(""http://evil.example"",""x"")"`)
}
