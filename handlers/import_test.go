package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
)

const someTable = "title,target_url,description,short_id,starts_at,expires_at,fallback_url,content\n" +
	"Open day,https://www.example.edu/open-day,\"Hall, left\",Open-Day,31.1.2027 08:00,2027-02-28T18:00,https://www.example.edu/,\n" +
	"Library,https://www.example.edu/library,,,,,,\n" +
	"Lift,,,,,,,Call 112\n"

// createTable has a table checked and then made, and gives where that leads.
func (s *server) createTable(token, table string) string {
	s.t.Helper()
	page := s.Request("POST", "/import", form("form_token", token, "table", table), http.StatusOK)
	checked := page.Page().Value("checked")
	return s.Post("/import", form("form_token", token, "table", table, "checked", checked, "do", "create"), header("X-Forwarded-User", "anna"))
}

func TestImport(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Get("/import").Has("What the columns mean", "fallback_url")
	s.Request("POST", "/import", form("table", someTable), http.StatusOK).
		Has("All 3 rows can become codes. Nothing has been created yet.", "Create 3 codes", "Open day", "Call 112", "drawn")
	if n := s.Count("SELECT count(*) FROM codes"); n != 0 {
		t.Fatalf("a check made %d codes", n)
	}
	if to := s.createTable("AAAA", someTable); to != "/import?id=1-3" {
		t.Errorf("it leads to %s", to)
	}
	s.Get("/import?id=1-3").Has("3 codes were created", "Print sheet", "Download ZIP")
	first, second, third := s.Code(1).Code, s.Code(2).Code, s.Code(3).Code
	if first.Title != "Open day" || *first.ShortID != "open-day" || first.Description != "Hall, left" || *first.FallbackURL != "https://www.example.edu/" ||
		first.StartsAt.Format("2006-01-02T15:04Z") != "2027-01-31T07:00Z" || first.ExpiresAt.Format("2006-01-02T15:04Z") != "2027-02-28T17:00Z" {
		t.Errorf("the first is %+v", first)
	}
	if len(*second.ShortID) != 8 || third.Kind != "static" || *third.Content != "Call 112" || third.ShortID != nil {
		t.Errorf("the others are %+v and %+v", second, third)
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'created' AND actor = 'staff'"); n != 3 {
		t.Errorf("%d entries in the histories", n)
	}
	// Phones find them at once.
	if to := s.Request("GET", "/R/"+strings.ToUpper(*second.ShortID), nil, http.StatusFound).Header.Get("Location"); to != "https://www.example.edu/library" {
		t.Errorf("the second leads to %s", to)
	}
}

// TestImportTwice: a form that is sent twice makes its codes once; one that was
// gone back to and changed makes others, and says which are there already.
func TestImportTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	table := "title,target_url\nA,https://a.example\nB,https://b.example\n"
	for range 2 {
		if to := s.createTable("AAAA", table); to != "/import?id=1-2" {
			t.Errorf("it leads to %s", to)
		}
	}
	// As browsers send it again, with short IDs that are taken by now.
	chosen := "title,target_url,short_id\nD,https://d.example,ddd\n"
	checked := s.Request("POST", "/import", form("table", chosen), http.StatusOK).Page().Value("checked")
	for range 2 {
		if to := s.Post("/import", form("form_token", "BBBB", "table", chosen, "checked", checked, "do", "create")); to != "/import?id=3" {
			t.Errorf("it leads to %s", to)
		}
	}
	part := "title,target_url\nA,https://a.example\nC,https://c.example\n"
	s.Request("POST", "/import", form("table", part), http.StatusOK).Has("A code with this title and target is there already.")
	if to := s.createTable("AAAA", "title,target_url\nA,https://a.example\n"); to == "/import?id=1" {
		t.Errorf("it leads to %s, which was there", to)
	}
	s.createTable("AAAA", part)
	if n := s.Count("SELECT count(*) FROM codes"); n != 6 {
		t.Errorf("%d codes, want 6", n)
	}
}

// TestCreateAll: what is taken between check and creation stops all; imports at
// the same time wait for each other.
func TestCreateAll(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	links, err := s.config.Links()
	if err != nil {
		t.Fatal(err)
	}
	registry := codes.NewRegistry(s.store, codes.Rules{Links: links}, time.UTC, nil)
	try := func(ids ...string) []codes.Draft {
		rows := make([]codes.Row, len(ids))
		for i, id := range ids {
			rows[i].Input = codes.Input{Title: "Door", TargetURL: "https://a.example", ShortID: id}
		}
		drafts, wrong, err := registry.Try(t.Context(), rows, looks.Default().Look())
		if err != nil || wrong > 0 {
			t.Fatalf("%d are wrong, %v", wrong, err)
		}
		return drafts
	}
	drafts := try("aaa", "bbb", "", "ccc")
	s.Create(dynamic("short_id", "ccc"))
	if _, err := registry.CreateAll(t.Context(), drafts, "AAAA", codes.Actor{Name: "anna"}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("%v", err)
	}
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes, want 1", n)
	}
	if drafts[2].ShortID != "" {
		t.Error("the caller's drafts were changed")
	}
	there, back := try("d-1", "d-2", "d-3", "d-4"), try("d-4", "d-3", "d-2", "d-1")
	var won atomic.Int32
	var group sync.WaitGroup
	for _, list := range [][]codes.Draft{there, back} {
		group.Go(func() {
			switch _, err := registry.CreateAll(t.Context(), list, "", codes.Actor{Name: "anna"}); {
			case err == nil:
				won.Add(1)
			case errs.KindOf(err) != errs.Conflict:
				t.Errorf("%v", err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d imports made the same short IDs", won.Load())
	}
}

// TestImportAllOrNone: a short ID that somebody took after the check stops
// all, and its line says so.
func TestImportAllOrNone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	table := "title,target_url,short_id\nA,https://a.example,aaa\nB,https://b.example,bbb\n"
	checked := s.Request("POST", "/import", form("table", table), http.StatusOK).Page().Value("checked")
	s.Create(dynamic("short_id", "bbb"))
	s.Request("POST", "/import", form("table", table, "checked", checked, "do", "create"), http.StatusUnprocessableEntity).
		Has("1 of 2 rows needs a correction.", "This short ID is taken.")
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes, want 1", n)
	}
	// What was not shown is shown first.
	other := strings.ReplaceAll(table, "bbb", "ccc")
	s.Request("POST", "/import", form("table", other, "checked", checked, "do", "create"), http.StatusOK).Has("All 2 rows")
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "taken"))
	s.Request("POST", "/import", form("table", "Title;URL;Slug;expires;room;\n"+
		";https://a.example;;;\n"+
		"A;ftp://a.example;Taken;tomorrow;\n"+
		"\n;;;;\n"+
		"B;https://b.example;twice;;2.14;keep me\n"+
		"C;https://c.example;TWICE;;\n"+
		"D;https://d.example;;;;;too much\n"), http.StatusUnprocessableEntity).
		Has("4 of 5 rows need a correction. Nothing has been created.", "Give the code a title", "Enter a date and a time", "Row 6 has this short ID, too.", "This short ID is taken.",
			"more cells than the first", "Columns that say nothing here: room, column 6", "A;ftp://a.example;Taken")
	for name, c := range map[string]struct{ table, says string }{
		"nothing":        {"", "The table is empty."},
		"no codes":       {"title,target_url\n,\n", "The table has no codes"},
		"no head":        {"A,https://a.example\n", "The first row must name the columns"},
		"two of a kind":  {"title,url,target url\nA,https://a.example,\n", "“url” and “target url” mean the same"},
		"open quotation": {"title,target_url\nA,\"https://a.example\n", "Line 2 can't be read"},
		"too many":       {"title,target_url\n" + strings.Repeat("A,https://a.example\n", codes.SelectMax+1), "more than 1,000 codes"},
		"fixed with ID":  {"title,content,short_id\nA,Call 112,lift\n", "Fixed content can't have this."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.As(t).Request("POST", "/import", form("table", c.table), http.StatusUnprocessableEntity).Has(c.says)
		})
	}
}

// TestImportFile: files come as spreadsheets write them.
func TestImportFile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	plain := "title;target_url\r\nÖffnungszeiten;https://www.example.edu/hours\r\n"
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(plain, ";", "\t"))) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for name, data := range map[string][]byte{"utf8.csv": []byte(plain), "excel.csv": []byte("\ufeff" + plain), "unicode.txt": wide, "mac.csv": []byte(strings.ReplaceAll(plain, "\r\n", "\r"))} {
		s.Request("POST", "/import", nil, http.StatusOK, withFileIn(t, "file", nil, name, data)).Has("This row can become a code.", "Öffnungszeiten", "hours")
	}
	refused := func(data []byte, says string) {
		t.Helper()
		s.Request("POST", "/import", nil, http.StatusUnprocessableEntity, withFileIn(t, "file", nil, "table.csv", data)).Has(says)
	}
	refused([]byte("title,target_url\n\xd6ffnungszeiten,https://a.example\n"), "not in UTF-8")
	refused([]byte(strings.Repeat("x", codes.TableMax+1)), "larger than 1 MiB")
	refused(nil, "The table is empty.")
	refused([]byte("PK\x03\x04..."), "This is a workbook")
	// What was pasted stays, whatever is wrong with it.
	if got := s.Request("POST", "/import", form("table", "no head"), http.StatusUnprocessableEntity).Page().Value("table"); got != "no head" {
		t.Errorf("the field holds %q", got)
	}
	// An example that is taken as it stands, in each language's form.
	german := s.Get("/import/example.csv", header("Accept-Language", "de-DE,de;q=0.9")).Body
	if !strings.Contains(german, "title;target_url;") {
		t.Errorf("German Excel gets %q", german)
	}
	s.Request("POST", "/import", nil, http.StatusOK, withFileIn(t, "file", nil, "codes.csv", []byte(german))).Has("All 3 rows")
	s.Request("POST", "/import", nil, http.StatusOK, withFileIn(t, "file", nil, "codes.csv", []byte(s.Get("/import/example.csv").Body))).Has("All 3 rows")
}

// TestImportMany makes as many codes as there can be, in a look that has to be
// checked.
func TestImportMany(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Post("/looks", form("preset_name", "Ours", "dark", "#003366", "modules", "rounded", "finders", "rounded", "is_default", "1"))
	var b strings.Builder
	b.WriteString("title,target_url\n")
	for i := range codes.SelectMax {
		fmt.Fprintf(&b, "Door %d,https://www.example.edu/doors/%d\n", i, i)
	}
	if to := s.createTable("AAAA", b.String()); to != "/import?id=1-1000" {
		t.Errorf("it leads to %s", to)
	}
	if n := s.Count("SELECT count(*) FROM codes WHERE dark = '#003366'"); n != codes.SelectMax {
		t.Errorf("%d codes in the look", n)
	}
}
