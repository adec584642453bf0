package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestDoubleClickedSubmitMakesOneCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		form url.Values
	}{
		{"drawn short ID", dynamic()},
		{"own short ID", dynamic("short_id", "open-day")},
		{"static", static()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			test.form.Set("form_token", s.Get("/codes/new").Page().Value("form_token"))
			first := s.Post("/codes", test.form)
			if second := s.Post("/codes", test.form); second != first {
				t.Errorf("the second submit led to %s, the first to %s", second, first)
			}

			test.form.Set("form_token", s.Get("/codes/new").Page().Value("form_token"))
			if test.form.Get("short_id") != "" {
				test.form.Set("short_id", "open-day-2")
			}
			var all sync.WaitGroup
			locations := make([]string, 8)
			for i := range locations {
				all.Go(func() { locations[i] = s.Post("/codes", test.form) })
			}
			all.Wait()
			for _, l := range locations {
				if l != locations[0] || l == first {
					t.Errorf("submits at once led to %v, the one before to %s", locations, first)
					break
				}
			}
			if n := s.Count("SELECT count(*) FROM codes"); n != 2 {
				t.Errorf("%d codes, want 2", n)
			}
			if n := s.Count("SELECT count(*) FROM code_events"); n != 2 {
				t.Errorf("%d events, want 2", n)
			}
		})
	}
}

// A form that went back to, was changed and sent again is another code: what
// was typed must not be dropped for what was made before.
func TestSameTokenWithAnotherInputMakesAnotherCode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	first := s.Create(dynamic("form_token", "TOKEN", "title", "Ground floor"))
	second := s.Create(dynamic("form_token", "TOKEN", "title", "First floor"))
	if first == second || s.Code(second).Code.Title != "First floor" {
		t.Errorf("the second form led to code %d, %q", second, s.Code(second).Code.Title)
	}
	third := s.Create(dynamic("form_token", "SECOND", "short_id", "room-1"))
	s.Request("POST", "/codes", dynamic("form_token", "SECOND", "short_id", "room-1", "title", "Other"), http.StatusUnprocessableEntity)
	if fourth := s.Create(dynamic("form_token", "SECOND", "short_id", "room-2")); fourth == third {
		t.Error("another short ID led to the same code")
	}
}

func TestShortIDCheckWhileTyping(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "taken"))
	for id, want := range map[string]string{
		"open-day": "Free: https://qr.example.edu/r/open-day", "TAKEN": "taken", "admin": "reserved", "x": "3 to 32", "é": "letters", "": "",
		"abc\x00": "letters", "abc\xff": "letters",
	} {
		got := s.Get("/codes/short-id?short_id="+url.QueryEscape(id), htmx).Page().Text()
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.Request("POST", "/codes/preview", dynamic("short_id", "open-day"), http.StatusOK, htmx)
	r.Has("HTTPS://QR.EXAMPLE.EDU/R/OPEN-DAY", "25")
	if strings.Contains(r.Body, "<html") || len(r.Page().Tags("img")) != 1 {
		t.Errorf("the preview is no fragment with a symbol: %.300s", r.Body)
	}
	// Half a form is no error: people are still typing.
	s.Request("POST", "/codes/preview", url.Values{}, http.StatusOK, htmx)
	s.Request("POST", "/codes/preview", form("kind", "static"), http.StatusOK, htmx).HasNot("Enter")
	s.Request("POST", "/codes/preview", static("content", strings.Repeat("a", 4000)), http.StatusOK, htmx).Has("too long")
	s.Request("POST", "/codes/preview", dynamic("dark", "#eeeeee"), http.StatusOK, htmx).Has("contrast")
	s.Request("POST", "/codes/preview", dynamic("title", "\xff", "short_id", "\xff", "content", "\xff"), http.StatusOK, htmx)

	// Without JavaScript the whole form comes back, filled, with the symbol.
	p := s.Request("POST", "/codes/preview", dynamic("title", "Half done", "target_url", "not yet", "form_token", "T"), http.StatusOK).Page()
	if p.Value("title") != "Half done" || p.Value("target_url") != "not yet" || p.Value("form_token") != "T" || len(p.Tags("img")) == 0 {
		t.Error("the form did not come back filled")
	}
	id := s.Create(dynamic())
	p = s.Request("POST", "/codes/preview", form("id", strconv.FormatInt(id, 10), "version", "1", "title", "New title", "dark", "#112233"), http.StatusOK).Page()
	if p.Value("title") != "New title" || p.Value("target_url") != "https://www.example.edu/library" || p.Value("version") != "1" {
		t.Error("the edit form did not come back filled")
	}
	s.Request("POST", "/codes/preview", form("id", "99"), http.StatusNotFound)
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("previews made %d codes", n-1)
	}
}

type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }
