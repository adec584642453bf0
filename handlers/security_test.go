package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// pages are addresses that only the office may see.
var officePages = []string{"/", "/codes", "/codes/new", "/codes/1", "/codes/1/edit", "/codes/1/image.svg", "/codes/short-id?short_id=x",
	"/health", "/health/ready", "/metrics", "/docs", "/nothing", "/api/v1/qr", "//r/active", "/r", "/x/../codes"}

// TestAdminAllow: who is asked from where, and what the headers that anybody
// can send are worth.
func TestAdminAllow(t *testing.T) {
	t.Parallel()
	open := newServer(t)
	narrow := newServer(t, "ADMIN_ALLOW=198.51.100.0/24")
	proxied := newServer(t, "TRUSTED_PROXIES=10.0.0.2,172.30.0.0/16", "ADMIN_ALLOW=192.168.0.0/16")
	loose := newServer(t, "TRUSTED_PROXIES=10.0.0.2") // the default ADMIN_ALLOW holds the proxy's own address
	for _, test := range []struct {
		name    string
		s       *server
		peer    string
		headers []string
		allowed bool
	}{
		{"loopback", open, "127.0.0.1:1", nil, true},
		{"loopback v6", open, "[::1]:1", nil, true},
		{"private", open, "10.200.3.4:1", nil, true},
		{"private, mapped", open, "[::ffff:192.168.1.1]:1", nil, true},
		{"link-local with a zone", open, "[fe80::1%eth0]:1", nil, true},
		{"outside", open, "203.0.113.9:1", nil, false},
		{"outside v6", open, "[2001:db8::9]:1", nil, false},
		{"outside, mapped", open, "[::ffff:203.0.113.9]:1", nil, false},
		{"no address", open, "@", nil, false},
		{"forged X-Forwarded-For, no proxy trusted", open, "203.0.113.9:1", []string{"X-Forwarded-For", "127.0.0.1"}, false},
		{"forged X-Real-IP", open, "203.0.113.9:1", []string{"X-Real-Ip", "127.0.0.1"}, false},
		{"forged Forwarded", open, "203.0.113.9:1", []string{"Forwarded", "for=127.0.0.1"}, false},
		{"the office through a header, no proxy trusted", open, "10.0.0.2:1", []string{"X-Forwarded-For", "203.0.113.9"}, true},

		{"not in a narrow list", narrow, "192.168.1.1:1", nil, false},
		{"in a narrow list", narrow, "198.51.100.7:1", nil, true},

		{"proxy, office", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1"}, true},
		{"proxy, outside", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "203.0.113.9"}, false},
		{"proxy, forged first entry", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1, 203.0.113.9"}, false},
		{"proxy, forged header before its own", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1", "X-Forwarded-For", "203.0.113.9"}, false},
		{"two proxies, office", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1, 172.30.0.5"}, true},
		{"two proxies, outside", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1, 203.0.113.9, 172.30.0.5"}, false},
		{"proxy, X-Real-IP", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "203.0.113.9", "X-Real-Ip", "192.168.1.1"}, false},
		{"proxy itself", proxied, "10.0.0.2:1", nil, false},
		{"past the proxy, forged", proxied, "203.0.113.9:1", []string{"X-Forwarded-For", "192.168.1.1"}, false},
		{"past the proxy, office", proxied, "192.168.1.1:1", nil, true},
		{"proxy, with a port", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1:5555"}, true},
		{"proxy, v6 with a port", proxied, "10.0.0.2:1", []string{"X-Forwarded-For", "[2001:db8::9]:5555"}, false},

		{"the proxy's own checks", loose, "10.0.0.2:1", nil, true},
		{"outside with a port", loose, "10.0.0.2:1", []string{"X-Forwarded-For", "203.0.113.9:5555"}, false},
		{"outside in brackets", loose, "10.0.0.2:1", []string{"X-Forwarded-For", "[2001:db8::9]"}, false},
		{"no telling who", loose, "10.0.0.2:1", []string{"X-Forwarded-For", "unknown"}, false},
		{"no telling, forged first", loose, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1, unknown"}, false},
		{"no telling, empty last", loose, "10.0.0.2:1", []string{"X-Forwarded-For", "192.168.1.1,"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.s.As(t)
			forged := func(r *http.Request) {
				r.RemoteAddr = test.peer
				for i := 0; i < len(test.headers); i += 2 {
					r.Header.Add(test.headers[i], test.headers[i+1])
				}
			}
			if test.allowed {
				s.Get("/codes/new", forged)
				return
			}
			for _, path := range officePages {
				s.Request("GET", path, nil, http.StatusForbidden, forged)
			}
			for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "HEAD", "MADEUP"} {
				s.Request(method, "/codes", nil, http.StatusForbidden, forged)
			}
			// What is public stays so.
			s.Request("GET", "/r/nobody", nil, http.StatusNotFound, forged)
			s.Request("GET", "/health/live", nil, http.StatusOK, forged)
			s.Request("GET", "/static/css/public.css", nil, http.StatusNotFound, forged) // only with its hash
		})
	}
}

// The container's health check asks from the machine itself, whatever
// ADMIN_ALLOW names.
func TestHealthFromTheMachineItself(t *testing.T) {
	t.Parallel()
	s := newServer(t, "ADMIN_ALLOW=198.51.100.0/24", "TRUSTED_PROXIES=127.0.0.1")
	s.Get("/health", from("127.0.0.1:1"))
	s.Get("/health/ready", from("[::1]:1"))
	s.Request("GET", "/health", nil, http.StatusForbidden, from("127.0.0.1:1"), header("X-Forwarded-For", "203.0.113.9"))
	s.Request("GET", "/metrics", nil, http.StatusForbidden, from("127.0.0.1:1"))
}

func TestUserNameCountsFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=10.0.0.2")
	proxy := from("10.0.0.2:1")
	for _, test := range []struct {
		name    string
		changes []with
		want    string
	}{
		{"from the proxy", []with{proxy, header("X-Forwarded-User", "anna")}, "anna"},
		{"from anybody", []with{header("X-Forwarded-User", "anna")}, "staff"},
		{"forged beside the proxy", []with{header("X-Forwarded-User", "anna"), header("X-Forwarded-For", "10.0.0.2")}, "staff"},
		{"none", []with{proxy}, "staff"},
		{"blank", []with{proxy, header("X-Forwarded-User", "  ")}, "staff"},
		{"too long", []with{proxy, header("X-Forwarded-User", strings.Repeat("a", 101))}, "staff"},
		{"control characters", []with{proxy, header("X-Forwarded-User", "an\x00na")}, "staff"},
		{"invalid UTF-8", []with{proxy, header("X-Forwarded-User", "ann\xff")}, "ann\ufffd"},
		{"markup", []with{proxy, header("X-Forwarded-User", "<b>anna</b>")}, "<b>anna</b>"},
	} {
		r := s.Request("POST", "/codes", dynamic("title", test.name), http.StatusSeeOther, append(test.changes, header("X-Forwarded-For", "192.168.3.4"))...)
		s.Get(r.Header.Get("Location")).Has("Created by " + test.want)
	}
	s.Get("/codes/new", proxy, header("X-Forwarded-User", "anna")).Has("anna")
	s.Get("/codes/new", header("X-Forwarded-User", "anna")).HasNot("anna")
}

func TestCrossOriginWritesAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	for _, test := range []struct {
		name    string
		changes []with
		code    int
	}{
		{"another site's form", []with{header("Sec-Fetch-Site", "cross-site")}, http.StatusForbidden},
		{"a sibling's form", []with{header("Sec-Fetch-Site", "same-site")}, http.StatusForbidden},
		{"another site's form, older browser", []with{header("Origin", "https://evil.example")}, http.StatusForbidden},
		{"a sandboxed frame", []with{header("Origin", "null")}, http.StatusForbidden},
		{"our own form", []with{header("Sec-Fetch-Site", "same-origin"), header("Origin", "https://qr.example.edu")}, http.StatusSeeOther},
		{"our own form, older browser", []with{header("Origin", "https://qr.example.edu")}, http.StatusSeeOther},
		{"curl", nil, http.StatusSeeOther},
	} {
		for _, path := range []string{"/codes", codePath(id, ""), codePath(id, "/pause"), codePath(id, "/resume")} {
			s.Request("POST", path, dynamic(), test.code, test.changes...)
		}
	}
	if n := s.Count("SELECT count(*) FROM codes"); n != 4 {
		t.Errorf("%d codes", n)
	}
	s.Request("POST", "/codes", dynamic(), http.StatusForbidden, header("Sec-Fetch-Site", "cross-site")).Has("another web site")
	s.Get("/codes", header("Sec-Fetch-Site", "cross-site")) // a link from elsewhere is fine
	s.Request("GET", "/r/nobody", nil, http.StatusNotFound, header("Sec-Fetch-Site", "cross-site"))
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	asset := regexp.MustCompile(`/static/css/app[^"]*`).FindString(s.Get("/codes").Body)
	for _, test := range []struct {
		method, path string
		code         int
		changes      []with
	}{
		{"GET", "/", 200, nil}, {"GET", "/codes", 200, nil}, {"GET", "/codes", 200, []with{htmx}},
		{"GET", codePath(id, ""), 200, nil}, {"GET", codePath(id, "/image.svg"), 200, nil}, {"GET", codePath(id, "/image.svg?size=1"), 422, nil},
		{"GET", "/health", 200, nil}, {"GET", "/health/live", 200, nil}, {"GET", "/metrics", 200, nil},
		{"POST", codePath(id, "/resume"), 303, nil}, {"POST", codePath(id, "/resume"), 204, []with{htmx}},
		{"GET", "/nothing", 404, nil}, {"PUT", "/codes", 405, nil}, {"GET", "/codes", 403, []with{from(outside)}},
		{"GET", "/R/NOBODY", 404, nil}, {"POST", "/r/open-day", 405, nil},
		{"GET", asset, 200, nil}, {"GET", "/static/nothing.css", 404, nil},
	} {
		h := s.Request(test.method, test.path, nil, test.code, test.changes...).Header
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s %s: the policy %q lacks %s", test.method, test.path, csp, part)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s %s: policy %q", test.method, test.path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
			if got := h.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s %s: %s %q", test.method, test.path, name, got)
			}
		}
		if len(h.Values("X-Request-Id")) != 1 {
			t.Errorf("%s %s: X-Request-ID %q", test.method, test.path, h.Values("X-Request-Id"))
		}
	}
}

// Under the policy no page may lean on inline scripts, styles or handlers.
func TestPagesObeyThePolicy(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	for _, path := range []string{"/", "/codes", "/codes/new", codePath(id, ""), codePath(id, "/edit"), "/codes?q=none", "/r/nobody"} {
		r := s.Request("GET", path, nil, map[bool]int{true: 404, false: 200}[path == "/r/nobody"])
		for n := range r.Page().root.Descendants() {
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(a.Val, "javascript:") || strings.HasPrefix(a.Val, "js:") {
					t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
				}
				if (a.Key == "src" || n.Data == "link" && a.Key == "href") && strings.Contains(a.Val, "//") {
					t.Errorf("%s: %s is not served from here", path, a.Val)
				}
			}
			if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: inline <%s>", path, n.Data)
			}
		}
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/", "/codes", "/codes?sort=", "/codes/new", "/codes/short-id", "/nothing", "/health", "/r/nobody"} {
		w := s.any("GET", path)
		if got := w.Header.Values("Set-Cookie"); len(got) != 0 {
			t.Errorf("GET %s sets %q", path, got)
		}
	}
	if n := s.Count("SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions of visitors who only looked", n)
	}

	r := s.Request("POST", "/codes", dynamic(), http.StatusSeeOther)
	if got := r.Header.Values("Set-Cookie"); len(got) != 1 || len(r.cookies) != 1 {
		t.Fatalf("Set-Cookie %q, want exactly one", got)
	}
	c := r.cookies[0]
	if c.Name != "qrgen_session" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
		t.Errorf("cookie %+v", c)
	}
	if n := s.Count("SELECT count(*) FROM sessions WHERE token LIKE '%' || $1 || '%'", c.Value); n != 0 {
		t.Error("the token is in the database as it is in the browser")
	}
	r = s.Request("GET", "/codes", nil, 200, header("Cookie", "qrgen_session="+c.Value)).Has("Created")
	if got := r.Header.Values("Set-Cookie"); len(got) != 1 {
		t.Errorf("the page with the message sets %d cookies", len(got))
	}
	r = s.Request("GET", "/nothing", nil, 404, header("Cookie", "qrgen_session="+c.Value))
	if got := r.Header.Values("Set-Cookie"); len(got) > 1 {
		t.Errorf("an error page sets %d cookies", len(got))
	}
	r = s.Request("POST", "/codes/99/pause", form(), 404, header("Cookie", "qrgen_session="+c.Value))
	if got := r.Header.Values("Set-Cookie"); len(got) > 1 {
		t.Errorf("an error sets %d cookies", len(got))
	}
	for _, strange := range []string{"unknown", "", strings.Repeat("x", 4000), "a\"b"} {
		s.Request("GET", "/codes", nil, 200, header("Cookie", "qrgen_session="+strange))
	}
	// On a plain address the browser would not send a Secure cookie back.
	plain := newServer(t, "BASE_URL=http://192.168.1.5:8000")
	if c := plain.Request("POST", "/codes", dynamic(), http.StatusSeeOther).cookies[0]; c.Secure {
		t.Error("a Secure cookie on http://")
	}
}
