package handlers_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestShowCode(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=192.168.7.7")
	r := s.Request("POST", "/codes", dynamic("short_id", "open-day", "description", "Above the door"), http.StatusSeeOther, header("X-Forwarded-User", "anna"))
	s.Get(r.Header.Get("Location")).Has("Library", "Above the door", "https://qr.example.edu/r/open-day", "HTTPS://QR.EXAMPLE.EDU/R/OPEN-DAY",
		"example.edu", "/library", "Active", "anna", "Created", "from 192.168.7.7")
	id := s.Create(static("content", "Room 5"))
	page := s.Get(codePath(id, "")).Has("Guest Wi-Fi", "Room 5", "Fixed content")
	for _, action := range page.Page().Actions() {
		if strings.HasSuffix(action, "/pause") {
			t.Error("a code with fixed content offers to be paused")
		}
	}
	part := s.Get(codePath(id, ""), htmx)
	if strings.Contains(part.Body, "<html") || !strings.Contains(part.Header.Get("Vary"), "HX-Request") {
		t.Error("htmx does not get the fragment")
	}
	for _, path := range []string{"/codes/99", "/codes/0", "/codes/-1", "/codes/abc", "/codes/1e9", "/codes/99999999999999999999", "/codes/99/edit", "/codes/99/image.svg"} {
		s.Request("GET", path, nil, http.StatusNotFound).Has("There is no code with this number")
	}
	for _, path := range []string{"/codes/99", "/codes/99/pause", "/codes/99/retire", "/codes/99/events/1/undo", codePath(id, "/events/99/undo"), codePath(id, "/events/x/undo")} {
		s.Request("POST", path, form(), http.StatusNotFound)
	}
}

func TestUpdateCode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.KeepCookies()
	id := s.Create(dynamic("short_id", "open-day"))
	edit := s.Get(codePath(id, "/edit")).Page()
	if edit.Value("title") != "Library" || edit.Value("target_url") != "https://www.example.edu/library" || edit.Value("version") != "1" {
		t.Error("the form is not filled with the code")
	}
	s.Get(codePath(id, "")) // takes the message about the creation
	to := s.Post(codePath(id, ""), dynamic("version", "1", "title", "New library", "target_url", "https://new.example.edu/",
		"fallback_url", "https://www.example.edu/", "starts_at", "2030-01-31T08:00", "expires_at", "2030-07-31T20:00",
		"level", "H", "quiet_zone", "2", "dark", "#112233", "light", "#ffffee", "short_id", "other", "kind", "static"))
	if to != codePath(id, "") {
		t.Errorf("led to %s", to)
	}
	s.Get(to).Has("Saved", "New library", "Not started", "2030")
	s.Get(to).HasNot("Saved")
	c := s.Code(id).Code
	if c.Title != "New library" || *c.TargetURL != "https://new.example.edu/" || *c.FallbackURL != "https://www.example.edu/" || c.Revision != 2 ||
		c.Level != "H" || c.QuietZone != 2 || c.Dark != "#112233" || c.Light != "#ffffee" {
		t.Errorf("saved %+v", c)
	}
	if got := c.StartsAt.UTC().Format(time.RFC3339); got != "2030-01-31T07:00:00Z" {
		t.Errorf("starts at %s: 8 o'clock in winter in Berlin is 7 in UTC", got)
	}
	if got := c.ExpiresAt.UTC().Format(time.RFC3339); got != "2030-07-31T18:00:00Z" {
		t.Errorf("ends at %s: 20 o'clock in summer in Berlin is 18 in UTC", got)
	}
	if c.Kind != "dynamic" || *c.ShortID != "open-day" {
		t.Errorf("what is printed changed: %s %s", c.Kind, *c.ShortID)
	}

	// Saving what is there is no change.
	edit = s.Get(codePath(id, "/edit")).Page()
	same := form()
	for _, name := range []string{"version", "title", "description", "target_url", "fallback_url", "starts_at", "expires_at", "level", "quiet_zone", "dark", "light"} {
		same.Set(name, edit.Value(name))
	}
	s.Post(codePath(id, ""), same)
	if c := s.Code(id).Code; c.Revision != 2 || s.Count("SELECT count(*) FROM code_events") != 2 {
		t.Errorf("saving what was there made revision %d", c.Revision)
	}

	// A client can send one field alone, and take a field away.
	s.Post(codePath(id, ""), form("title", "Third"))
	s.Post(codePath(id, ""), form("fallback_url", "", "starts_at", "", "expires_at", ""))
	if c := s.Code(id).Code; c.Title != "Third" || *c.TargetURL != "https://new.example.edu/" || c.FallbackURL != nil || c.StartsAt != nil || c.ExpiresAt != nil {
		t.Errorf("saved %+v", c)
	}

	// Invalid: nothing is saved, all is kept in the form.
	p := s.Request("POST", codePath(id, ""), form("version", "4", "title", "", "target_url", "ftp://x"), http.StatusUnprocessableEntity).Page()
	if p.Problem("title") == "" || p.Problem("target_url") == "" || p.Value("target_url") != "ftp://x" || p.Value("version") != "4" {
		t.Error("the invalid form did not come back")
	}
	s.Request("POST", codePath(id, ""), form("version", "four", "title", "x"), http.StatusUnprocessableEntity)
	if r := s.Request("POST", codePath(id, ""), form("title", "Fifth"), http.StatusNoContent, htmx); r.Header.Get("HX-Redirect") != codePath(id, "") {
		t.Errorf("HX-Redirect %q", r.Header.Get("HX-Redirect"))
	}
}

// Dates are kept to the second, and a form that shows them saves them back as
// they were.
func TestDatesSurviveAnEdit(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("starts_at", "2030-01-31T07:00:30Z", "expires_at", "2031-01-31T07:00:00.5+01:00"))
	p := s.Get(codePath(id, "/edit")).Page()
	s.Post(codePath(id, ""), form("version", "1", "title", "New", "starts_at", p.Value("starts_at"), "expires_at", p.Value("expires_at")))
	c := s.Code(id).Code
	if !c.StartsAt.Equal(time.Date(2030, 1, 31, 7, 0, 30, 0, time.UTC)) || !c.ExpiresAt.Equal(time.Date(2031, 1, 31, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("the dates became %v and %v", c.StartsAt.UTC(), c.ExpiresAt.UTC())
	}
	if n := s.Count("SELECT jsonb_array_length(changes) FROM code_events ORDER BY id DESC LIMIT 1"); n != 1 {
		t.Errorf("%d fields changed, want the title alone", n)
	}
}

func TestStaticContentStaysOnceItWasDownloaded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(static("content", "Room 5"))
	s.Post(codePath(id, ""), form("content", "Room 6"))
	if c := s.Code(id).Code; *c.Content != "Room 6" {
		t.Errorf("content %q before the first download", *c.Content)
	}
	change := s.Count("SELECT max(id) FROM code_events")
	s.Get(codePath(id, "/image.svg?download=1"))
	s.Post(codePath(id, ""), form("content", "Room 7", "title", "Renamed"))
	if c := s.Code(id).Code; *c.Content != "Room 6" || c.Title != "Renamed" {
		t.Errorf("content %q, title %q after the first download", *c.Content, c.Title)
	}
	s.Request("POST", codePath(id, fmt.Sprintf("/events/%d/undo", change)), form(), http.StatusConflict).Has("never changes")
}

func TestFormsInPartsAreReadToo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	body := "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nBy curl -F\r\n--x--\r\n"
	s.Request("POST", codePath(id, ""), nil, http.StatusSeeOther, func(r *http.Request) {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Body, r.ContentLength = nopCloser{strings.NewReader(body)}, int64(len(body))
	})
	if c := s.Code(id).Code; c.Title != "By curl -F" {
		t.Errorf("title %q", c.Title)
	}
	s.Request("POST", codePath(id, ""), nil, http.StatusUnsupportedMediaType, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = nopCloser{strings.NewReader(`{"title":"JSON"}`)}, 16
	})
}

// TestTwoPeopleEditing: the second is told, sees the other's change and keeps
// what was typed.
func TestTwoPeopleEditing(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=192.168.7.7")
	anna, ben := header("X-Forwarded-User", "anna"), header("X-Forwarded-User", "ben")
	id := s.Create(dynamic("title", "Library"))
	version := s.Get(codePath(id, "/edit")).Page().Value("version")
	s.Post(codePath(id, ""), form("version", version, "title", "Annas library"), anna)
	s.Post(codePath(id, ""), form("version", "2", "title", "Annas second thought", "target_url", "https://anna.example/"), anna)

	mine := form("version", version, "title", "Bens library", "target_url", "https://ben.example/", "description", "Bens words")
	r := s.Request("POST", codePath(id, ""), mine, http.StatusConflict, ben)
	r.Has("anna", "Annas second thought", "https://anna.example/", "Title", "Where it leads").HasNot("Annas library", "Error correction Theirs")
	p := r.Page()
	if p.Value("title") != "Bens library" || p.Value("target_url") != "https://ben.example/" || p.Value("description") != "Bens words" {
		t.Error("what was typed is lost")
	}
	if c := s.Code(id).Code; c.Title != "Annas second thought" || c.Description != "" {
		t.Errorf("the conflict was saved: %q", c.Title)
	}
	part := s.Request("POST", codePath(id, ""), mine, http.StatusConflict, ben, htmx)
	if strings.Contains(part.Body, "<html") || part.Header.Get("HX-Reswap") != "" {
		t.Error("htmx does not get the form to swap in")
	}

	// To save again is a decision.
	mine.Set("version", p.Value("version"))
	s.Post(codePath(id, ""), mine, ben)
	if c := s.Code(id).Code; c.Title != "Bens library" || c.UpdatedBy != "ben" {
		t.Errorf("saved %q by %s", c.Title, c.UpdatedBy)
	}
	// A version from the future is no licence either.
	s.Request("POST", codePath(id, ""), form("version", "99", "title", "x"), http.StatusConflict)
}

func TestMoves(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.KeepCookies()
	dynamic, static := s.Create(dynamic()), s.Create(static())
	for _, step := range []struct {
		id     int64
		move   string
		code   int
		state  string
		report string
	}{
		{dynamic, "pause", 303, "paused", "Paused"},
		{dynamic, "pause", 303, "paused", "Paused"}, // twice does no harm
		{dynamic, "resume", 303, "active", "Resumed"},
		{dynamic, "retire", 303, "retired", "Retired"},
		{dynamic, "pause", 409, "retired", "Restore it first"},
		{dynamic, "resume", 409, "retired", "Restore it first"},
		{dynamic, "restore", 303, "active", "Restored"},
		{dynamic, "restore", 303, "active", "Restored"},
		{dynamic, "pause", 303, "paused", "Paused"},
		{dynamic, "retire", 303, "retired", "Retired"},
		{dynamic, "restore", 303, "active", "Restored"},
		{static, "pause", 409, "active", "cannot be paused"},
		{static, "retire", 303, "retired", "Retired"},
		{static, "restore", 303, "active", "Restored"},
	} {
		r := s.Request("POST", codePath(step.id, "/"+step.move), form(), step.code)
		if step.code == http.StatusSeeOther {
			r = s.Get(r.Header.Get("Location"))
		}
		r.Has(step.report)
		if got := s.Code(step.id).Code.State; got != step.state {
			t.Errorf("after %s code %d is %s, want %s", step.move, step.id, got, step.state)
		}
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE code_id = $1 AND action = 'paused'", dynamic); n != 2 {
		t.Errorf("%d pauses in the history, want 2", n)
	}
	s.Request("POST", codePath(dynamic, "/pause"), form(), http.StatusNoContent, htmx)
	s.Request("POST", codePath(static, "/pause"), form(), http.StatusConflict, htmx).Has("cannot be paused")
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=192.168.7.7")
	anna := header("X-Forwarded-User", "anna")
	id := s.Create(dynamic())
	s.Post(codePath(id, ""), form("title", "Second", "dark", "#112233"), anna, header("X-Forwarded-For", "10.1.2.3"))
	s.Post(codePath(id, "/pause"), nil)
	s.Get(codePath(id, "/image.svg?download=1&mm=30"), anna)
	s.Get(codePath(id, "/image.png?download=1&size=512"), anna)
	s.Get(codePath(id, "/image.png?size=512"), anna)                             // looking is no download
	s.Request("HEAD", codePath(id, "/image.svg?download=1"), nil, 200, anna)     // nor is asking
	s.Request("GET", codePath(id, "/image.svg?download=1&mm=1"), nil, 422, anna) // nor is what was refused
	if c := s.Code(id).Code; c.PrintedAt == nil || c.Revision != 3 {
		t.Errorf("printed at %v, revision %d", c.PrintedAt, c.Revision)
	}
	items := s.Get(codePath(id, "")).Page().All(func(n *html.Node) bool { return n.Data == "li" && textOf(n) != "" && inHistory(n) })
	var got []string
	for _, n := range items {
		got = append(got, textOf(n))
	}
	want := []string{
		`^Downloaded by anna .*PNG, 512 px`,
		`^Downloaded by anna .*SVG, 30 mm`,
		`^Paused by staff .*active.*paused`,
		`^Changed by anna .*from 10\.1\.2\.3.*Title .*Library .*Second .*Dark colour .*#000000 .*#112233.*Undo`,
		`^Created by staff .*from 192\.168\.7\.7`,
	}
	if len(got) != len(want) {
		t.Fatalf("history %q", got)
	}
	for i, w := range want {
		if !regexp.MustCompile(w).MatchString(got[i]) {
			t.Errorf("step %d is %q, want %s", i, got[i], w)
		}
	}
}

func inHistory(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "ol" {
			return true
		}
	}
	return false
}

func TestLongHistoryIsCut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	for i := range 51 {
		s.Post(codePath(id, ""), form("title", fmt.Sprint("Title ", i)))
	}
	s.Get(codePath(id, "")).Has("Older steps are kept", "Title 50")
}

func TestUndo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("expires_at", "2030-07-31T20:00"))
	event := func() string {
		return codePath(id, fmt.Sprintf("/events/%d/undo", s.Count("SELECT max(id) FROM code_events")))
	}
	s.Request("POST", event(), form(), http.StatusConflict).Has("cannot be undone") // the creation

	s.Post(codePath(id, ""), form("title", "Second", "target_url", "https://second.example/", "expires_at", "", "dark", "#112233"))
	change := event()
	s.Post(codePath(id, ""), form("description", "Something else"))
	s.Post(change, nil)
	c := s.Code(id).Code
	if c.Title != "Library" || *c.TargetURL != "https://www.example.edu/library" || c.Dark != "#000000" || c.Description != "Something else" ||
		c.ExpiresAt == nil || !c.ExpiresAt.Equal(time.Date(2030, 7, 31, 18, 0, 0, 0, time.UTC)) {
		t.Errorf("undone to %+v", c)
	}
	s.Post(event(), nil) // the undoing undone
	if c := s.Code(id).Code; c.Title != "Second" || c.ExpiresAt != nil {
		t.Errorf("title %q", c.Title)
	}
	// What was changed again since stays as it is.
	s.Post(codePath(id, ""), form("title", "Third"))
	s.Request("POST", change, form(), http.StatusConflict).Has("changed again since")
	if c := s.Code(id).Code; c.Title != "Third" {
		t.Errorf("title %q", c.Title)
	}
	s.Request("POST", change, form(), http.StatusConflict, htmx).Has("changed again since")
	s.Post(codePath(id, "/pause"), nil)
	s.Request("POST", event(), form(), http.StatusConflict).Has("cannot be undone")

	// Another code's event is no event of this one.
	other := s.Create(dynamic())
	s.Request("POST", strings.Replace(change, fmt.Sprintf("/codes/%d/", id), fmt.Sprintf("/codes/%d/", other), 1), form(), http.StatusNotFound)
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Get("/").Has("No codes yet")
	for i := range 6 {
		s.Create(dynamic("title", fmt.Sprint("Number ", i)))
	}
	s.Post("/codes/1/pause", nil)
	s.Post("/codes/2/retire", nil)
	s.Request("GET", "/r/"+*s.Code(6).Code.ShortID, nil, http.StatusFound)
	r := s.Get("/").Has("Number 5", "Number 1").HasNot("Number 0")
	if text := r.Page().Text(); !regexp.MustCompile(`\b6\b`).MatchString(text) {
		t.Errorf("the dashboard does not count 6 codes: %s", text)
	}
	s.Get("/", htmx).Has("Number 5")
}

func TestBannerWhileTheBaseURLIsLocal(t *testing.T) {
	t.Parallel()
	s := newServer(t, "BASE_URL=", "PORT=8123")
	s.Get("/codes/new").Has("http://127.0.0.1:8123", "will not work outside", "BASE_URL=http://")
	s = newServer(t, "BASE_URL=http://192.168.1.5:8000")
	s.Get("/codes").Has("will not work outside")
	s = newServer(t)
	s.Get("/codes").HasNot("will not work outside")
}

// Pages and fragments: one decision (htmx 2: boosted links and restored
// history need the whole page).
func TestPageOrFragment(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic())
	for _, path := range []string{"/", "/codes", "/codes/new", "/codes/1", "/codes/1/edit"} {
		for name, test := range map[string]struct {
			changes []with
			whole   bool
		}{
			"browser":  {nil, true},
			"htmx":     {[]with{htmx}, false},
			"boosted":  {[]with{htmx, header("HX-Boosted", "true")}, true},
			"restored": {[]with{htmx, header("HX-History-Restore-Request", "true")}, true},
		} {
			r := s.Get(path, test.changes...)
			if got := strings.Contains(r.Body, "<html"); got != test.whole {
				t.Errorf("%s for %s: a whole page is %t", path, name, got)
			}
			if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Vary") != "HX-Request" || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s for %s: headers %v", path, name, r.Header)
			}
		}
	}
}
