package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

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

func TestAPICodeScans(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	var got struct {
		From, To, Zone, By, Class string
		Total                     struct{ Human, Repeats, Bot, Prefetch int64 }
		Series                    []struct{ Human, Bot int64 }
		Parts                     []struct {
			Dimension string
			Names     []struct {
				Name  string
				Scans int64
			}
		}
		Week [7][24]int64
	}
	answer := s.API("GET", fmt.Sprintf("/qr/%d/scans?days=7", id), "", http.StatusOK)
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, day := range got.Week {
		for _, n := range day {
			sum += n
		}
	}
	if got.Zone != "Europe/Berlin" || got.By != "day" || got.Class != "human" || got.Total.Human != 4 || got.Total.Repeats != 1 || got.Total.Bot != 1 ||
		len(got.Series) != 7 || got.Series[6].Human != 4 || got.Series[6].Bot != 1 || sum != 4 {
		t.Errorf("%+v", got)
	}
	if p := got.Parts[0]; p.Dimension != "source" || len(p.Names) != 2 || p.Names[0].Name != "qr" || p.Names[0].Scans != 3 {
		t.Errorf("%+v", got.Parts)
	}
	for _, query := range []string{"?days=8", "?range=7", "?from=x"} {
		s.API("GET", fmt.Sprintf("/qr/%d/scans%s", id, query), "", http.StatusUnprocessableEntity)
	}
	s.API("GET", "/qr/99/scans", "", http.StatusNotFound)
}

// The dashboard: what happened, what needs attention, what is scanned most.
func TestDashboardSaysWhatHappened(t *testing.T) {
	t.Parallel()
	s, id := visited(t)
	soon := s.Create(dynamic("title", "Ends soon", "expires_at", s.clock.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)))
	silent := s.Create(dynamic("title", "Hangs nowhere"))
	s.Create(dynamic("title", "Just downloaded", "short_id", "downloaded"))
	gone := s.Create(dynamic("title", "Old poster", "short_id", "old"))
	if _, err := s.pool.Exec(t.Context(), "UPDATE codes SET printed_at = now() - CASE WHEN id = $1 THEN 20 ELSE 1 END * interval '1 day'", silent); err != nil {
		t.Fatal(err)
	}
	s.Post(codePath(gone, "/retire"), form())
	for range 3 {
		s.Request("GET", "/R/OLD", nil, http.StatusGone, from(outside))
	}
	s.Request("GET", "/r/old", nil, http.StatusGone, from(outside))
	s.Request("HEAD", "/R/OLD", nil, http.StatusGone, from(outside))
	for s.Count("SELECT count(*) FROM code_dead_ends WHERE qr = 3 AND link = 1") != 1 {
		if t.Context().Err() != nil {
			t.Fatal("the scans of a retired code are never counted")
		}
	}
	for strings.Contains(s.Get("/").Body, "They are being counted") { // a busy machine takes longer than a page waits
		if t.Context().Err() != nil {
			t.Fatal("the top codes are never counted")
		}
	}
	page := s.Get("/").Has("Scans today 5 4 by people", "Scans in 7 days 5 4 by people", "Scans in 30 days 5 4 by people", "Scans of all codes, by day",
		"Ends soon Expires in", "Hangs nowhere Downloaded", "Old poster Leads nowhere, and its printed code was scanned 3 times in 7 days",
		"Library 5 scans")
	for _, path := range []string{codePath(soon, ""), codePath(silent, ""), codePath(gone, ""), codePath(id, "/scans")} {
		if !strings.Contains(page.Body, `href="`+path+`"`) {
			t.Errorf("no link to %s", path)
		}
	}
	page.HasNot("Just downloaded Downloaded")
	if n := s.Count("SELECT count(*) FROM scans"); n != 5 {
		t.Errorf("%d scans, of which those that led nowhere are none", n)
	}
}
