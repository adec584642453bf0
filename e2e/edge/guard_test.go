package edge

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// private is what a page or an answer for staff holds, and nothing that is
// public does.
func private(body string) bool {
	for _, words := range []string{"Signed in as", "qrgen_", `"short_id"`, `"openapi"`, "Code open-day"} {
		if strings.Contains(body, words) {
			return true
		}
	}
	return false
}

// TestGuard: from outside the allowlist nothing but scans is to be had, by no
// trick, not even with the right password.
func TestGuard(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	c, stranger := st.client(t, inside), st.client(t, outside)
	page := c.create("open-day")
	staffOnly := []string{"/", "/codes", page, page + "/edit", "/codes/new", page + "/image.svg", "/api/v1/qr", "/api/v1/openapi.json", "/docs", "/metrics", "/health", "/health/ready", "/static/", "/static/js/app.js", "/edge/403"}

	t.Run("from outside", func(t *testing.T) {
		forgeries := map[string][]option{
			"plain": nil, "the password": {signedIn},
			"X-Forwarded-For": {signedIn, header("X-Forwarded-For", inside)}, "a list": {signedIn, header("X-Forwarded-For", inside+", "+inside)},
			"X-Real-IP": {signedIn, header("X-Real-Ip", inside)}, "Forwarded": {signedIn, header("Forwarded", "for="+inside+";proto=https")},
			"underscores": {signedIn, func(r *http.Request) { r.Header["X_Forwarded_For"] = []string{inside} }},
			"a user":      {header("X-Forwarded-User", user), header("X-Forwarded-For", inside)},
			"X-Original":  {signedIn, header("X-Original-Url", "/r/open-day"), header("X-Rewrite-Url", "/r/open-day")},
			"a host":      {signedIn, header("X-Forwarded-Host", "localhost"), header("X-Forwarded-Prefix", "/r/")},
		}
		for name, options := range forgeries {
			for _, path := range staffOnly {
				a := stranger.get(path, options...)
				if a.status != http.StatusForbidden || private(a.body) || !strings.Contains(a.body, "For staff only") {
					t.Errorf("%s with %s: %d\n%.200s", path, name, a.status, a.body)
				}
			}
		}
		a, err := stranger.try(http.MethodPost, page+"/retire", url.Values{}, signedIn)
		if err != nil || a.status != http.StatusForbidden {
			t.Errorf("a form: %d, %v", a.status, err)
		}
		if a := stranger.get("/R/OPEN-DAY"); a.header.Get("Location") != target("open-day") {
			t.Errorf("the code leads to %q", a.header.Get("Location"))
		}
	})

	t.Run("by other hosts", func(t *testing.T) {
		for _, name := range []string{"localhost", "127.0.0.1", "qr-app", "qr-app:8000", "elsewhere.test", st.neighbour(1), "qr.test.elsewhere.test", ""} {
			for _, from := range []*client{c, stranger} {
				if a := from.get("/codes", at(name), signedIn); a.status != http.StatusNotFound && name != "" || private(a.body) && name != "" {
					t.Errorf("Host: %s from %s: %d", name, from.from, a.status)
				}
			}
		}
	})

	t.Run("by paths", func(t *testing.T) {
		for _, path := range []string{
			"/r/../codes", "/r/%2e%2e/codes", "/r/%2E%2E/codes", "/r/.%2e/codes", "/r/..%2fcodes", "/r/%2e%2e%2fcodes", "//codes", "///codes", "/./codes",
			"/R/../metrics", "/r/open-day/../../codes", "/r//../codes", "/r/./../codes", "/CODES", "/Codes", "/%63odes", "/codes/", "/codes/.", "/r/..;/codes",
			`/r\..\codes`, "/r/%5c..%5ccodes", "/r/%00/../codes", "/static/css/public.0.css/../../../codes", "/static/../codes", "/health/live/../../codes",
			"/health/live/../../metrics", "/r/%252e%252e/codes", "/%2fcodes", "/r/open-day?/../codes", "/r/#/../codes", "/r/\u2025/codes",
		} {
			request := "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"
			if status, body := stranger.raw(request); status == http.StatusOK || private(body) {
				t.Errorf("%s: %d\n%.200s", path, status, body)
			}
		}
	})

	t.Run("by request lines", func(t *testing.T) {
		for _, lines := range []string{
			"GET https://" + host + "/codes HTTP/1.1\r\nHost: " + host, "GET http://localhost/codes HTTP/1.1\r\nHost: " + host,
			"GET https://" + host + "/codes HTTP/1.1\r\nHost: localhost", "GET http://" + st.neighbour(1) + ":" + st.replicas[0].admin + "/codes HTTP/1.1\r\nHost: " + host,
			"GET https://" + host + "/r/../codes HTTP/1.1\r\nHost: " + host, "GET /codes HTTP/1.1\r\nHost: " + host + "\r\nHost: localhost",
			"GET /codes HTTP/1.1\r\nHost: " + host + ":8000", "GET /codes HTTP/1.0\r\nHost: " + host, "GET /codes HTTP/1.0",
			"CONNECT " + st.neighbour(1) + ":" + st.replicas[0].admin + " HTTP/1.1\r\nHost: " + host, "TRACE /codes HTTP/1.1\r\nHost: " + host,
			"get /codes HTTP/1.1\r\nHost: " + host, "GET /codes HTTP/1.1\r\nHost: " + strings.ToUpper(host),
			"GET /r/open-day HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /codes HTTP/1.1\r\nHost: " + host,
			"GET /codes HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-For: " + inside + "\r\nConnection: X-Forwarded-For",
		} {
			if status, body := stranger.raw(lines + "\r\nConnection: close\r\n\r\n"); status == http.StatusOK || private(body) {
				t.Errorf("%q: %d\n%.200s", lines, status, body)
			}
		}
	})
}

// TestSignIn: the right password lets in, and nobody can say by a header who
// they are.
func TestSignIn(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	c := st.client(t, inside)
	for name, options := range map[string][]option{
		"nothing": nil, "a wrong password": {func(r *http.Request) { r.SetBasicAuth(user, "wrong") }},
		"nobody":   {func(r *http.Request) { r.SetBasicAuth("nobody", password) }},
		"the hash": {func(r *http.Request) { r.SetBasicAuth(user, strings.TrimPrefix(userHash, user+":")) }},
		"empty":    {func(r *http.Request) { r.SetBasicAuth("", "") }},
		"no Basic": {header("Authorization", "Bearer x")}, "forged": {header("X-Forwarded-User", user)},
		"a case": {func(r *http.Request) { r.SetBasicAuth("Anna", password) }},
	} {
		a := c.get("/codes", options...)
		if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") != `Basic realm="QR codes"` || !strings.Contains(a.body, "Please sign in") {
			t.Errorf("%s: %d, %q\n%.200s", name, a.status, a.header.Get("WWW-Authenticate"), a.body)
		}
	}
	if a := c.get("/codes", signedIn); a.status != http.StatusOK || !strings.Contains(a.body, "Signed in as") || !strings.Contains(a.body, "<bdi>"+user+"</bdi>") {
		t.Errorf("signed in: %d\n%.300s", a.status, a.body)
	}
	for _, name := range []string{"X-Forwarded-User", "x-forwarded-user", "X_Forwarded_User", "X-FORWARDED-USER"} {
		a := c.get("/codes", signedIn, func(r *http.Request) { r.Header[name] = []string{"director", "mallory"} })
		if a.status != http.StatusOK || !strings.Contains(a.body, "<bdi>"+user+"</bdi>") || strings.Contains(a.body, "director") || strings.Contains(a.body, "mallory") {
			t.Errorf("with %s the page names somebody else, or has status %d", name, a.status)
		}
	}
	// The name is what the history keeps, with the client's own address.
	page := c.create("signed")
	if a := c.get(page, signedIn); !strings.Contains(a.body, user) {
		t.Error("the history does not name who made the code")
	}
	// Sessions are shared: what one replica has to say once, the other says.
	for range 6 {
		if a := c.get(page, signedIn); a.status != http.StatusOK {
			t.Errorf("on one of the replicas: %d", a.status)
		}
	}
	if a := c.get("/codes", header("Accept", "application/json")); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `"status":401`) {
		t.Errorf("a program that asks for JSON: %d, %s", a.status, a.body)
	}
}
