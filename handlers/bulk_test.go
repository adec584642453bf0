package handlers_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// chosenIDs are what the boxes of a list send.
func chosenIDs(ids ...int64) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(id, 10)
	}
	return list
}

func TestMoveCodesTogether(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.KeepCookies()
	var ids []int64
	for i := range 5 {
		ids = append(ids, s.Create(dynamic("title", fmt.Sprintf("Stand %d", i), "short_id", fmt.Sprintf("stand-%d", i))))
	}
	fixed := s.Create(static())
	s.Post(codePath(ids[0], "/pause"), nil)
	s.Post(codePath(ids[1], "/retire"), nil)
	s.Get("/codes") // takes the messages so far

	v := form("do", "paused", "q", "stand", "sort", "title")
	v["id"] = chosenIDs(append(ids, fixed)...)
	if to := s.Post("/codes/bulk", v); to != "/codes?q=stand&sort=title" {
		t.Errorf("it leads to %s", to)
	}
	s.Get("/codes").Has("3 paused, 1 was paused already. 1 has fixed content, and printed symbols with fixed content can't be paused. 1 is retired; restore them first.")
	for i, want := range []string{"paused", "retired", "paused", "paused", "paused"} {
		if got := s.Code(ids[i]).Code.State; got != want {
			t.Errorf("code %d is %s, want %s", i, got, want)
		}
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'paused' AND changes @> '[{\"field\": \"state\", \"before\": \"active\", \"after\": \"paused\"}]'"); n != 4 {
		t.Errorf("%d entries in the histories, want 4", n)
	}
	// Phones notice at once.
	s.Request("GET", "/r/stand-2", nil, http.StatusNotFound)

	s.Post("/codes/bulk", form("do", "resumed", "all", "1", "q", "stand", "state", "paused"))
	s.Get("/codes").Has("4 resumed.")
	s.Request("GET", "/r/stand-2", nil, http.StatusFound)
	s.Post("/codes/bulk", form("do", "resumed", "id", strconv.FormatInt(ids[2], 10)))
	s.Get("/codes").Has("None was resumed, 1 was not paused.")
}

func TestRetireCodesTogetherAsksFirst(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.KeepCookies()
	plain := s.Create(dynamic("title", "Poster <b>1</b>"))
	fallback := s.Create(dynamic("title", "Poster 2", "fallback_url", "https://www.example.edu/"))
	fixed := s.Create(static("title", "Poster 3"))
	gone := s.Create(dynamic("title", "Poster 4"))
	s.Post(codePath(gone, "/retire"), nil)
	s.Get(codePath(plain, "/image.svg?download=1"))

	uri := fmt.Sprintf("/codes/retire?id=%d&id=%d&id=%d,%d&q=poster", plain, fallback, fixed, gone)
	r := s.Get(uri).Has("Retire 3 codes?", "1 of these was downloaded or printed", "1 code shows a page", "1 code leads to its fallback address",
		"1 code with fixed content goes on showing it", "1 chosen code is retired already", "Poster <b>1</b>")
	if n := s.Count("SELECT count(*) FROM codes WHERE state = 'retired'"); n != 1 {
		t.Errorf("asking retired codes: %d", n)
	}
	sent := form("do", "retired", "id", r.Page().Value("id"))
	if want := fmt.Sprintf("%d-%d", plain, fixed); sent.Get("id") != want {
		t.Errorf("the question is about %s, want %s", sent.Get("id"), want)
	}
	if part := s.Get(uri, htmx).Body; strings.Contains(part, "<html") || !strings.Contains(part, `id="bulk-retire-title"`) {
		t.Errorf("the dialog is %.200s", part)
	}
	s.Post("/codes/bulk", sent)
	s.Get("/codes").Has("3 retired.")
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'retired'"); n != 4 {
		t.Errorf("%d entries in the histories, want 4", n)
	}
	s.Get(uri).Has("Every code you chose is retired already.")
}

func TestSelectionsAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(1001)
	for _, bad := range []string{"do=paused", "do=paused&id=", "do=paused&id=x", "do=paused&id=1-1001", "do=paused&all=1", "do=paused&all=1&q=seed", "do=drop&id=1", "id=1", "do=restored&id=1", "do=paused&all=1&state=x"} {
		s.Request("POST", "/codes/bulk?"+bad, form(), http.StatusUnprocessableEntity)
	}
	s.Request("POST", "/codes/bulk", form("do", "paused", "id", "1,4711"), http.StatusNotFound).Has("There is no code with the number 4711.")
	if n := s.Count("SELECT count(*) FROM codes WHERE state <> 'active'"); n != 0 {
		t.Errorf("%d codes were changed", n)
	}
	s.Get("/codes").Has("1,001 match; at most 1,000 can be chosen at once")

	s.Post("/codes/bulk", form("do", "retired", "id", "1-1000"))
	if n := s.Count("SELECT count(*) FROM codes WHERE state = 'retired'"); n != 1000 {
		t.Errorf("%d codes are retired, want 1,000", n)
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'retired'"); n != 1000 {
		t.Errorf("%d entries in the histories, want 1,000", n)
	}
	s.Request("POST", "/codes/bulk", form("do", "paused", "id", "1"), http.StatusForbidden, header("Sec-Fetch-Site", "cross-site"))
}

// One code that can't be changed changes none.
func TestCodesMoveTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(3)
	s.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.code_id = 3 THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$`)
	s.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON code_events FOR EACH ROW EXECUTE FUNCTION refuse()`)
	s.Request("POST", "/codes/bulk", form("do", "paused", "id", "1-3"), http.StatusInternalServerError)
	if n := s.Count("SELECT count(*) FROM codes WHERE state <> 'active'"); n != 0 {
		t.Errorf("%d codes were changed", n)
	}
}
