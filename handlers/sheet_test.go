package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// labelsOn counts the labels with a symbol that the preview shows.
func labelsOn(p *page) int {
	return len(p.All(func(n *html.Node) bool { return n.Data == "image" }))
}

func TestSheetPage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Get("/sheet").Has("No code is chosen yet.", "Choose at least one code.")
	first := s.Create(dynamic("title", "Bicycle stand <1>", "short_id", "stand-1"))
	second := s.Create(static("title", "Wi-Fi 📶"))
	s.Get("/sheet").Has("Bicycle stand <1>", "Wi-Fi") // to choose from

	uri := fmt.Sprintf("/sheet?id=%d&id=%d&preset=5160&copies=16&start=4", first, second)
	r := s.Get(uri).Has("2 codes chosen", "32 labels on 2 sheets of Avery 5160", "good for any printer and phone", "1 title has letters that our font lacks",
		"Bicycle stand <1>", "qr.example.edu/r/stand-1", "Fixed content")
	if n := labelsOn(r.Page()); n != 32 {
		t.Errorf("the preview shows %d labels, want 32", n)
	}
	var used, start int
	for _, n := range r.Page().Tags("rect") {
		switch attr(n, "class") {
		case "label-used":
			used++
		case "label-start":
			start++
		}
	}
	if used != 3 || start != 1 {
		t.Errorf("%d labels used before and %d to start at, want 3 and 1", used, start)
	}

	part := s.Get(uri, htmx).Body
	if strings.Contains(part, "<html") || !strings.HasPrefix(part, `<div id="sheet-preview"`) {
		t.Errorf("the preview is %.200s", part)
	}
	part = s.Get(uri+"&find=wi-fi", htmx, header("HX-Target", "sheet-codes")).Body
	if !strings.HasPrefix(part, `<div id="sheet-codes"`) || !strings.Contains(part, "Nothing else holds") {
		t.Errorf("the codes are %.200s", part)
	}
	s.Get(fmt.Sprintf("/sheet?id=%d&find=wi-fi", first)).Has("1 code chosen", "Add Wi-Fi")

	s.Post(codePath(first, "/pause"), nil)
	s.Get(uri).Has("1 code is paused: whoever scans it now does not get where it leads.")
	s.Get(fmt.Sprintf("/sheet?id=%d&preset=own", first)).Has("of own labels")
	s.Get(fmt.Sprintf("/sheet?id=%d&preset=own&label_width=14&label_height=14", first)).Has("too small to rely on")
	s.Get(fmt.Sprintf("/sheet?id=%d&preset=own&columns=9", first)).Has("9 columns do not fit")
	s.Request("GET", "/sheet?id=4711", nil, http.StatusNotFound)
	s.Request("GET", "/sheet?id=x", nil, http.StatusUnprocessableEntity)
}

func TestSheetDownload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("title", "Bicycle stand", "short_id", "stand"))
	fixed := s.Create(static())
	r := s.Request("POST", "/sheet", form("id", fmt.Sprintf("%d,%d", fixed, id), "preset", "5160", "copies", "30", "start", "4"), http.StatusOK)
	if got := r.Header.Get("Content-Type"); got != "application/pdf" {
		t.Errorf("content type %q", got)
	}
	if got := r.Header.Get("Content-Disposition"); got != "attachment; filename=print-sheet-60-labels.pdf" {
		t.Errorf("content disposition %q", got)
	}
	if !strings.HasPrefix(r.Body, "%PDF-1.") || !strings.HasSuffix(strings.TrimSpace(r.Body), "%%EOF") || strings.Count(r.Body, "/Type/Page/") != 3 {
		t.Errorf("%d bytes that are no PDF of 3 pages", len(r.Body))
	}
	s.Get(codePath(id, "")).Has("Print sheet, 30 labels of Avery 5160")
	if s.Code(fixed).Code.PrintedAt == nil {
		t.Error("the content of a printed code can still be changed")
	}

	for bad, words := range map[string]string{
		"copies=1":                            "Choose at least one code.",
		"id=1&copies=x":                       "The copies of each code are a whole number",
		"id=1&start=22":                       "The label to start at is a whole number from 1 to 21",
		"id=1,2&copies=1000&preset=own&top=x": "The upper margin is a number of millimetres",
		"id=1&preset=own&label_width=10&label_height=10&gap_x=0&gap_y=0": "would have modules of 0.",
	} {
		r := s.Request("POST", "/sheet?"+bad, form(), http.StatusUnprocessableEntity).Has(words)
		if strings.Contains(bad, "copies=x") && r.Page().Problem("copies") == "" {
			t.Error("the field is not marked")
		}
	}
	s.Request("POST", "/sheet", form("id", "4711"), http.StatusNotFound)
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 2 {
		t.Errorf("%d downloads in the histories, want 2", n)
	}
}

// A symbol that does not read is named, and nothing is printed or noted.
func TestSheetRefusesWhatDoesNotScan(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := s.Create(dynamic("title", "Good one"))
	bad := s.Create(dynamic("title", "Pale one"))
	s.Exec("UPDATE codes SET dark = '#f8f8f8' WHERE id = $1", bad)
	r := s.Request("POST", "/sheet", form("id", fmt.Sprintf("%d,%d", good, bad)), http.StatusUnprocessableEntity)
	r.Has("“Pale one” can't be printed: ").HasNot("“Good one” can't")
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 0 {
		t.Errorf("%d downloads in the histories, want none", n)
	}
}

func TestSheetOfASearch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(300)
	r := s.Get("/sheet?all=1&q=title&sort=title").Has("300 codes chosen", "Everything that this list shows.", "and 288 more")
	if got := r.Page().Value("all"); got != "1" {
		t.Errorf("the search is not kept: %q", got)
	}
	s.Get("/sheet?all=1&q=seed-11").Has("11 codes chosen").HasNot("Everything that this list shows.") // named one by one
	s.Request("POST", "/sheet", form("all", "1", "q", "title", "sort", "title", "preset", "L7651"), http.StatusOK)
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 300 {
		t.Errorf("%d downloads in the histories, want 300", n)
	}
}
