package edge

import (
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestHTTPS: everything goes by way of TLS 1.2 or newer, compressed where that
// helps, with the headers on every answer, whatever its status.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	c, stranger := st.client(t, inside), st.client(t, outside)
	page := c.create("open-day")

	t.Run("HTTP leads to HTTPS", func(t *testing.T) {
		for _, path := range []string{"/", "/r/open-day", "/R/OPEN-DAY?scan_ref=qr&x=%2F%20y", "/codes?q=a+b&sort=title", "/r/n%C3%A4her"} {
			a := stranger.get("http://" + host + ":" + st.http + path)
			if want := "https://" + host + ":" + st.https + path; a.status != http.StatusMovedPermanently || a.header.Get("Location") != want {
				t.Errorf("%s: %d to %q, want %q", path, a.status, a.header.Get("Location"), want)
			}
		}
		a, err := stranger.try(http.MethodPost, "http://"+host+":"+st.http+"/codes", nil)
		if err != nil || a.status != http.StatusPermanentRedirect {
			t.Errorf("a form: %d, %v; want 308, which keeps it a form", a.status, err)
		}
		if a := stranger.get("http://"+host+":"+st.http+"/", at("elsewhere.test")); a.status != http.StatusNotFound {
			t.Errorf("a host that is not ours: %d to %q", a.status, a.header.Get("Location"))
		}
	})

	t.Run("TLS", func(t *testing.T) {
		dial := func(least, most uint16, ciphers ...uint16) (*tls.Conn, error) {
			return tls.DialWithDialer(dialer(outside), "tcp", st.address+":"+st.https,
				&tls.Config{RootCAs: st.roots, ServerName: host, MinVersion: least, MaxVersion: most, CipherSuites: ciphers})
		}
		for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
			if conn, err := dial(old, old); err == nil {
				t.Errorf("%s is taken", tls.VersionName(conn.ConnectionState().Version))
			}
		}
		if _, err := dial(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256); err == nil {
			t.Error("a suite without forward secrecy or authentication is taken")
		}
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			conn, err := dial(version, version)
			if err != nil {
				t.Errorf("%s: %v", tls.VersionName(version), err)
				continue
			}
			_ = conn.Close()
		}
	})

	t.Run("HTTP/2", func(t *testing.T) {
		if a := stranger.get("/R/OPEN-DAY"); a.proto != "HTTP/2.0" || a.status != http.StatusFound {
			t.Errorf("%s %d", a.proto, a.status)
		}
	})

	t.Run("HEAD", func(t *testing.T) {
		for path, want := range map[string]int{"/R/OPEN-DAY": 302, "/r/nobody": 404, "/health/live": 200, page + "/image.svg": 200} {
			a, err := c.try(http.MethodHead, path, nil, signedIn)
			if err != nil || a.status != want || a.body != "" {
				t.Errorf("%s: %d, %q, %v", path, a.status, a.body, err)
			}
		}
	})

	t.Run("gzip", func(t *testing.T) {
		for _, path := range []string{"/codes", page, "/docs", "/api/v1/openapi.json"} {
			a := c.get(path, signedIn, header("Accept-Encoding", "gzip"))
			if a.status != http.StatusOK || a.header.Get("Content-Encoding") != "gzip" {
				t.Errorf("%s: %d, encoding %q", path, a.status, a.header.Get("Content-Encoding"))
				continue
			}
			unzip, err := gzip.NewReader(strings.NewReader(a.body))
			must(t, err)
			plain, err := io.ReadAll(unzip)
			must(t, err)
			if len(plain) < len(a.body) {
				t.Errorf("%s: %d bytes became %d", path, len(plain), len(a.body))
			}
		}
		if a := c.get("/codes", signedIn, header("Accept-Encoding", "identity")); a.header.Get("Content-Encoding") != "" {
			t.Errorf("who asked for none gets %q", a.header.Get("Content-Encoding"))
		}
		if a := c.get(page+"/image.png", signedIn, header("Accept-Encoding", "gzip")); a.header.Get("Content-Encoding") != "" {
			t.Error("an image is compressed twice")
		}
	})

	t.Run("headers", func(t *testing.T) {
		answers := map[string]answer{
			"302": stranger.get("/R/OPEN-DAY"), "404": stranger.get("/r/nobody"), "403": stranger.get("/codes"), "401": c.get("/codes"),
			"200": c.get("/codes", signedIn), "live": stranger.get("/health/live"), "no page": c.get("/no-such-page", signedIn),
		}
		sheet := regexp.MustCompile(`/static/css/public[^"]*`).FindString(answers["404"].body)
		answers["sheet"] = stranger.get(sheet)
		if answers["sheet"].status != http.StatusOK {
			t.Errorf("the style sheet of the small pages, %q: %d", sheet, answers["sheet"].status)
		}
		for name, a := range answers {
			if fmt.Sprint(a.status) != name && len(name) == 3 {
				t.Errorf("%s: status %d", name, a.status)
			}
			for header, want := range map[string]string{
				"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Referrer-Policy": "same-origin", "Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Server": "",
			} {
				if got := a.header.Values(header); strings.Join(got, "|") != want {
					t.Errorf("%s: %s is %q, want %q", name, header, got, want)
				}
			}
			if csp := a.header.Get("Content-Security-Policy"); a.status != http.StatusFound && !strings.Contains(csp, "default-src 'none'") {
				t.Errorf("%s: Content-Security-Policy is %q", name, csp)
			}
		}
	})
}
