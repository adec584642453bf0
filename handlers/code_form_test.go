package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestNewCodeFormIsFilledWithTheDefaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.Get("/codes/new").Page()
	for name, want := range map[string]string{
		"kind": "dynamic", "title": "", "target_url": "", "content": "", "short_id": "", "description": "",
		"level": "auto", "quiet_zone": "4", "dark": "#000000", "light": "#ffffff",
		"transparent": "false", "modules": "square", "finders": "square", "logo": "", "logo_size": "", "caption": "",
	} {
		if got := p.Value(name); got != want {
			t.Errorf("field %s holds %q, want %q", name, got, want)
		}
	}
	if token := p.Value("form_token"); len(token) < 20 || token == s.Get("/codes/new").Page().Value("form_token") {
		t.Errorf("form_token %q is not a new one for each form", token)
	}
	for _, n := range p.Tags("form") {
		if attr(n, "hx-post") == "/codes" && (attr(n, "action") != "/codes" || attr(n, "method") != "post") {
			t.Error("the form does not work without htmx")
		}
	}
}

func TestCreateCode(t *testing.T) {
	t.Parallel()
	s := newServer(t)

	id := s.Create(dynamic("title", " Library ", "description", "Above the\r\ndoor", "target_url", " HTTPS://WWW.Example.EDU/Käse?a=b ",
		"short_id", "Lib-2027", "level", "Q", "quiet_zone", "6", "dark", "#1A2B3C", "light", "#FFFFF0"))
	c := s.Code(id).Code
	if c.Kind != "dynamic" || c.Title != "Library" || c.Description != "Above the\ndoor" ||
		*c.TargetURL != "https://www.example.edu/K%C3%A4se?a=b" || *c.ShortID != "lib-2027" || c.Content != nil ||
		c.Level != "Q" || c.QuietZone != 6 || c.Dark != "#1a2b3c" || c.Light != "#fffff0" || c.State != "active" || c.CreatedBy != "staff" {
		t.Errorf("created %+v", c)
	}

	id = s.Create(static("content", "WIFI:S:guest;T:WPA;P:a&b=c+d;;"))
	if c := s.Code(id).Code; c.Kind != "static" || *c.Content != "WIFI:S:guest;T:WPA;P:a&b=c+d;;" || c.ShortID != nil || c.TargetURL != nil {
		t.Errorf("created %+v", c)
	}

	id = s.Create(dynamic()) // the rest is left to the program
	if c := s.Code(id).Code; !regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{8}$`).MatchString(*c.ShortID) || c.Level != "M" || c.QuietZone != 4 {
		t.Errorf("created %+v", c)
	}
}

func TestCreateCodeForHTMX(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.Request("POST", "/codes", dynamic(), http.StatusNoContent, htmx)
	if to := r.Header.Get("HX-Redirect"); !regexp.MustCompile(`^/codes/\d+$`).MatchString(to) || r.Body != "" {
		t.Errorf("HX-Redirect %q, body %q", to, r.Body)
	}
	// A boosted form is the browser's in all but name.
	s.Request("POST", "/codes", dynamic(), http.StatusSeeOther, htmx, header("HX-Boosted", "true"))

	r = s.Request("POST", "/codes", dynamic("title", ""), http.StatusUnprocessableEntity, htmx)
	if strings.Contains(r.Body, "<html") || r.Page().Problem("title") == "" || r.Header.Get("HX-Reswap") != "" {
		t.Errorf("the invalid form does not come back as a fragment: %.200s", r.Body)
	}
}

func TestInvalidFormComesBackFilled(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	sent := form("kind", "static", "title", "", "description", "Above the door", "target_url", "ftp://x", "content", " two\nlines ",
		"short_id", "a b", "level", "H", "quiet_zone", "x", "dark", "red", "light", "#fffff0", "form_token", "TOKEN",
		"starts_at", "tomorrow", "expires_at", "2027-01-31T08:00", "fallback_url", "nowhere")
	for _, kind := range []string{"static", "dynamic"} {
		sent.Set("kind", kind)
		p := s.Request("POST", "/codes", sent, http.StatusUnprocessableEntity).Page()
		for name := range sent {
			if got := p.Value(name); got != sent.Get(name) {
				t.Errorf("%s: field %s holds %q, want %q", kind, name, got, sent.Get(name))
			}
		}
		marked := []string{"title", "quiet_zone", "dark"}
		if kind == "dynamic" {
			marked = append(marked, "target_url", "short_id", "starts_at", "fallback_url")
		}
		for _, name := range marked {
			if p.Problem(name) == "" {
				t.Errorf("%s: field %s is not marked", kind, name)
			}
		}
		for _, name := range []string{"description", "level", "light", "expires_at"} {
			if m := p.Problem(name); m != "" {
				t.Errorf("%s: field %s is marked: %s", kind, name, m)
			}
		}
		// Each problem is also linked from the summary on top.
		summary := p.All(func(n *html.Node) bool { return attr(n, "role") == "alert" })
		if len(summary) != 1 || !strings.Contains(textOf(summary[0]), "title") {
			t.Errorf("%s: no summary of what is wrong", kind)
		}
	}
	if n := s.Count("SELECT count(*) FROM codes"); n != 0 {
		t.Errorf("%d codes made of invalid forms", n)
	}
}

// TestBadInput is the list: what is refused, on which field, and the
// word that the message must have so that it helps.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "taken"))
	base := "https://qr.example.edu"
	for _, test := range []struct{ name, kind, field, value, message string }{
		{"no title", "dynamic", "title", "", "title"},
		{"blank title", "dynamic", "title", " \t ", "title"},
		{"invisible title", "dynamic", "title", "\u200b\u202e", "title"},
		{"101 characters", "dynamic", "title", strings.Repeat("é", 101), "101"},
		{"two lines", "dynamic", "title", "a\nb", "line"},
		{"invalid UTF-8", "dynamic", "title", "a\xff", "UTF-8"},
		{"NUL", "dynamic", "title", "a\x00b", "control"},
		{"501 characters", "dynamic", "description", strings.Repeat("é", 501), "501"},
		{"invalid UTF-8", "dynamic", "description", "a\xff", "UTF-8"},
		{"NUL", "dynamic", "description", "a\x00", "control"},

		{"no target", "dynamic", "target_url", "", "Enter"},
		{"javascript:", "dynamic", "target_url", "javascript:alert(1)", "http"},
		{"JavaScript:", "dynamic", "target_url", "JaVaScRiPt://example.edu/%0Aalert(1)", "http"},
		{"data:", "dynamic", "target_url", "data:text/html,<script>alert(1)</script>", "http"},
		{"ftp:", "dynamic", "target_url", "ftp://ftp.example.edu/x", "http"},
		{"file:", "dynamic", "target_url", "file:///etc/passwd", "http"},
		{"mailto:", "dynamic", "target_url", "mailto:a@example.edu", "http"},
		{"no scheme", "dynamic", "target_url", "www.example.edu/x", "https://"},
		{"host and port", "dynamic", "target_url", "localhost:8080/x", "https://"},
		{"//host", "dynamic", "target_url", "//www.example.edu/x", "https://www.example.edu/x"},
		{"no host", "dynamic", "target_url", "https:///x", "web site"},
		{"opaque", "dynamic", "target_url", "https:www.example.edu", "web site"},
		{"credentials", "dynamic", "target_url", "https://me:secret@www.example.edu/", "password"},
		{"user alone", "dynamic", "target_url", "https://www.example.edu@evil.example/", "user name"},
		{"line break", "dynamic", "target_url", "https://www.example.edu/\r\nSet-Cookie: a=b", "control"},
		{"tab", "dynamic", "target_url", "https://www.example.edu/a\tb", "control"},
		{"NUL", "dynamic", "target_url", "https://www.example.edu/\x00", "control"},
		{"RTL mark", "dynamic", "target_url", "https://www.example.edu/\u202egpj", "control"},
		{"space", "dynamic", "target_url", "https://www.example.edu/a b", "space"},
		{"backslash", "dynamic", "target_url", `https:\\www.example.edu\x`, "backslash"},
		{"port 99999", "dynamic", "target_url", "https://www.example.edu:99999/", "port"},
		{"empty port", "dynamic", "target_url", "https://www.example.edu:/", "port"},
		{"impossible host", "dynamic", "target_url", "https://exa mple.edu/", "space"},
		{"number as host", "dynamic", "target_url", "http://2130706433/", "name"},
		{"2,049 long", "dynamic", "target_url", "https://www.example.edu/" + strings.Repeat("a", 2049-24), "2,048"},
		{"too long once encoded", "dynamic", "target_url", "https://www.example.edu/" + strings.Repeat("é", 800), "2,048"},
		{"invalid UTF-8", "dynamic", "target_url", "https://www.example.edu/\xff", "UTF-8"},

		{"own short URL", "dynamic", "target_url", base + "/r/taken", "circle"},
		{"own, of no code", "dynamic", "target_url", base + "/r/nobody", "circle"},
		{"own, upper case", "dynamic", "target_url", "HTTPS://QR.EXAMPLE.EDU/R/TAKEN", "circle"},
		{"own, http", "dynamic", "target_url", "http://qr.example.edu/r/taken", "circle"},
		{"own, port", "dynamic", "target_url", "https://qr.example.edu:8443/r/taken", "circle"},
		{"own, percent-encoded", "dynamic", "target_url", base + "/%72/taken", "circle"},
		{"own, encoded slash", "dynamic", "target_url", base + "/r%2Ftaken", "circle"},
		{"own, trailing dot of the host", "dynamic", "target_url", "https://qr.example.edu./r/taken", "circle"},
		{"own, fullwidth host", "dynamic", "target_url", "https://ｑｒ.example.edu/r/taken", "circle"},
		{"own, dot segments", "dynamic", "target_url", base + "/x/../r/taken", "circle"},
		{"own, encoded dot segments", "dynamic", "target_url", base + "/x/%2e%2E/./r/taken", "circle"},
		{"own, with a query", "dynamic", "target_url", base + "/r/taken?scan_ref=qr#x", "circle"},
		{"own, as fallback", "dynamic", "fallback_url", base + "/r/taken", "circle"},

		{"taken", "dynamic", "short_id", "taken", "taken"},
		{"taken in other case", "dynamic", "short_id", " TAKEN ", "taken"},
		{"reserved", "dynamic", "short_id", "Admin", "reserved"},
		{"too short", "dynamic", "short_id", "ab", "3 to 32"},
		{"too long", "dynamic", "short_id", strings.Repeat("a", 33), "3 to 32"},
		{"spaces", "dynamic", "short_id", "open day", "letters"},
		{"other script", "dynamic", "short_id", "день", "letters"},
		{"look-alike letter", "dynamic", "short_id", "аpple", "letters"}, // a Cyrillic а
		{"hyphen first", "dynamic", "short_id", "-abc", "hyphen"},
		{"hyphen last", "dynamic", "short_id", "abc-", "hyphen"},
		{"slash", "dynamic", "short_id", "a/b/c", "letters"},
		{"NUL", "dynamic", "short_id", "abc\x00", "letters"},
		{"invalid UTF-8", "dynamic", "short_id", "abc\xff", "letters"},

		{"no colour", "dynamic", "dark", "red", "#"},
		{"short colour", "dynamic", "dark", "#000", "six"},
		{"invalid UTF-8", "dynamic", "dark", "#00000\xff", "six"},
		{"colour with alpha", "dynamic", "light", "#ffffff00", "transparent"},
		{"equal", "dynamic", "dark", "#FFFFFF", "same"},
		{"too little contrast", "dynamic", "dark", "#aaaaaa", "contrast"},
		{"no level", "dynamic", "level", "X", "L, M, Q or H"},
		{"invalid UTF-8", "dynamic", "level", "\xff", "L, M, Q or H"},
		{"quiet zone of words", "dynamic", "quiet_zone", "four", "number"},
		{"quiet zone below 0", "dynamic", "quiet_zone", "-1", "quiet zone"},
		{"quiet zone too wide", "dynamic", "quiet_zone", "41", "40"},
		{"no date", "dynamic", "starts_at", "soon", "date"},
		{"no year", "dynamic", "expires_at", "0001-01-01T00:00", "year"},
		{"invalid UTF-8", "dynamic", "expires_at", "\xff", "date"},

		{"no content", "static", "content", " \n ", "Enter"},
		{"invalid UTF-8", "static", "content", "a\xff", "UTF-8"},
		{"control characters", "static", "content", "a\x1bb", "control"},
		{"too long for M", "static", "content", strings.Repeat("a", 2332), "2,331"},
		{"too long for any level", "static", "content", strings.Repeat("a", 8000), "2,953"},
	} {
		t.Run(test.field+" "+test.name, func(t *testing.T) {
			s := s.As(t)
			sent := dynamic(test.field, test.value)
			if test.kind == "static" {
				sent = static(test.field, test.value)
			}
			p := s.Request("POST", "/codes", sent, http.StatusUnprocessableEntity).Page()
			if got := p.Problem(test.field); !strings.Contains(got, test.message) {
				t.Errorf("the message is %q, want something about %q", got, test.message)
			}
		})
	}
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes made of invalid forms", n-1)
	}
}

func TestBadInputBesideFields(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Request("POST", "/codes", dynamic("kind", "other"), http.StatusUnprocessableEntity).Has("dynamic", "static")
	s.Request("POST", "/codes", dynamic("kind", "\xff"), http.StatusUnprocessableEntity)
	s.Request("POST", "/codes", dynamic("starts_at", "2027-02-01T08:00", "expires_at", "2027-01-31T08:00"), http.StatusUnprocessableEntity).
		Has("The end must come after the start")
	s.Request("POST", "/codes", dynamic("dark", "#ffffff", "light", "#000000"), http.StatusUnprocessableEntity).Has("inverted")
	s.Request("POST", "/codes", url.Values{}, http.StatusUnprocessableEntity)

	raw := func(r *http.Request, body string) {
		r.Body = http.NoBody
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		*r = *r.Clone(r.Context())
		r.Body = nopCloser{strings.NewReader(body)}
		r.ContentLength = int64(len(body))
	}
	s.Request("POST", "/codes", nil, http.StatusUnprocessableEntity, func(r *http.Request) { raw(r, "title=%zz") }).Has("could not be read")

	// A token that no form of ours made is no token.
	for _, token := range []string{"\x00", "\xff", strings.Repeat("x", 65), "a b", "é"} {
		s.Create(dynamic("form_token", token))
	}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	big := dynamic("description", strings.Repeat("x", 10<<20))
	s.Request("POST", "/codes", big, http.StatusRequestEntityTooLarge).Has("Too large")
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	s.Request("POST", "/codes", big, http.StatusRequestEntityTooLarge, chunked).Has("Too large")
	s.Request("POST", "/codes/preview", big, http.StatusRequestEntityTooLarge, chunked)
	s.Request("POST", "/codes", big, http.StatusRequestEntityTooLarge, chunked, htmx).Has("Too large")

	s.Request("POST", "/codes", nil, http.StatusRequestEntityTooLarge, func(r *http.Request) {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		body := "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n--x--\r\n"
		r.Body, r.ContentLength = nopCloser{strings.NewReader(body)}, -1
	})

	// 64 KiB is not too large to be told what is wrong.
	s.Request("POST", "/codes", dynamic("description", strings.Repeat("x", 60<<10)), http.StatusUnprocessableEntity)
}

func TestOwnAddressesBesideShortURLsAreGoodTargets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, target := range []string{
		"https://qr.example.edu/", "https://qr.example.edu/room/5", "https://www.example.edu/r/abc",
		"https://www.example.edu/?next=https://qr.example.edu/r/abc", "http://192.0.2.7:8080/x", "http://[2001:db8::1]/",
		"https://my--site.example.com/", "https://my_site.example.com/", "https://bücher.example/",
	} {
		s.Create(dynamic("target_url", target))
	}
}

func TestAllowedRedirectDomains(t *testing.T) {
	t.Parallel()
	s := newServer(t, "ALLOWED_REDIRECT_DOMAINS=example.edu, *.example.org")
	for target, code := range map[string]int{
		"https://example.edu/":                    http.StatusSeeOther,
		"https://WWW.Example.EDU/":                http.StatusSeeOther,
		"https://a.b.example.org/":                http.StatusSeeOther,
		"https://evil-example.edu/":               http.StatusUnprocessableEntity,
		"https://example.edu.evil.example/":       http.StatusUnprocessableEntity,
		"https://evil.example/?https://x.edu":     http.StatusUnprocessableEntity,
		"https://example.com/":                    http.StatusUnprocessableEntity,
		"https://example.edu%2eevil.example/":     http.StatusUnprocessableEntity,
		"https://evil.example#.example.edu/":      http.StatusUnprocessableEntity,
		"https://evil.example/\\@www.example.edu": http.StatusUnprocessableEntity,
	} {
		s.Request("POST", "/codes", dynamic("target_url", target), code)
	}
	p := s.Request("POST", "/codes", dynamic("target_url", "https://example.com/"), http.StatusUnprocessableEntity).Page()
	if got := p.Problem("target_url"); !strings.Contains(got, "example.edu, example.org") {
		t.Errorf("the message %q does not say what is allowed", got)
	}
}

func TestMarkupInTextsIsShownAsText(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>` + "\u202e\u2067مرحبا"
	id := s.Create(dynamic("title", evil, "description", evil))
	static := s.Create(static("title", evil, "content", evil))
	pages := map[string]*reply{
		"list": s.Get("/codes"), "code": s.Get(codePath(id, "")), "static": s.Get(codePath(static, "")),
		"edit": s.Get(codePath(id, "/edit")), "dashboard": s.Get("/"),
		"search":  s.Get("/codes?q=" + url.QueryEscape(evil)),
		"no hits": s.Get("/codes?q=" + url.QueryEscape(evil+" no")),
		"invalid": s.Request("POST", "/codes", dynamic("title", evil, "target_url", evil), http.StatusUnprocessableEntity),
		"toast":   s.Request("GET", "/codes?sort="+url.QueryEscape(evil), nil, http.StatusUnprocessableEntity, htmx),
	}
	for name, r := range pages {
		p := r.Page()
		for _, n := range p.Tags("script") {
			if attr(n, "src") == "" {
				t.Errorf("%s: a script got into the page: %s", name, textOf(n))
			}
		}
		for _, n := range p.Tags("img") {
			if attr(n, "src") == "x" || has(n, "onerror") {
				t.Errorf("%s: an image got into the page", name)
			}
		}
		if name == "invalid" {
			if got := p.Value("title"); got != evil {
				t.Errorf("the form came back with the title %q", got)
			}
		} else if name != "toast" {
			r.Has("<script>alert(1)</script>")
		}
	}
	// A title that reads from right to left must not turn what is around it.
	for _, n := range pages["code"].Page().Tags("h1") {
		if attr(n, "dir") != "auto" && n.FirstChild.Data != "bdi" {
			t.Error("the title is not isolated")
		}
	}
	if svg := s.Get(codePath(id, "/image.svg")).Body; strings.Contains(svg, "<script") || strings.Contains(svg, "<img") {
		t.Error("markup got into the SVG")
	}
}
