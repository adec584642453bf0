package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// plain follows no redirect: where a short URL leads is what is looked at.
var plain = &http.Client{
	Timeout:       patience,
	CheckRedirect: rig.NoRedirects,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Second},
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (p *program) do(t testing.TB, method, path string, form url.Values, header ...string) answer {
	t.Helper()
	a, err := p.try(t, method, path, form, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (p *program) try(t testing.TB, method, path string, form url.Values, header ...string) (answer, error) {
	t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = p.Base + path
	}
	a, err := rig.Ask(t.Context(), plain, method, address, form, rig.Headers(header...))
	return answer{status: a.Status, header: a.Header, body: a.Body}, err
}

func (p *program) get(t testing.TB, path string, header ...string) answer {
	t.Helper()
	return p.do(t, http.MethodGet, path, nil, header...)
}

// code is one that a test made.
type code struct {
	path    string // /codes/7
	shortID string
	title   string
}

var shortURL = regexp.MustCompile(`/r/([0-9a-z-]+)"`)

// create makes a code by its form. Fields come in pairs; kind and, for a
// dynamic code, the target have defaults.
func (p *program) create(t testing.TB, title string, fields ...string) code {
	t.Helper()
	return p.createAs(t, "", title, fields...)
}

// createAs makes a code as somebody whom the edge has signed in.
func (p *program) createAs(t testing.TB, user, title string, fields ...string) code {
	t.Helper()
	form := url.Values{"kind": {"dynamic"}, "title": {title}, "target_url": {"https://example.com/" + url.PathEscape(title)}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	a := p.do(t, http.MethodPost, "/codes", form, "X-Forwarded-User", user)
	if a.status != http.StatusSeeOther {
		t.Fatalf("create %q: status %d\n%s", title, a.status, a.body)
	}
	c := code{path: a.header.Get("Location"), title: title}
	if m := shortURL.FindStringSubmatch(p.get(t, c.path).body); m != nil {
		c.shortID = m[1]
	}
	return c
}

// post sends a form of one button, such as pause.
func (p *program) post(t testing.TB, path string, form url.Values, header ...string) {
	t.Helper()
	if a := p.do(t, http.MethodPost, path, form, header...); a.status != http.StatusSeeOther {
		t.Fatalf("POST %s: status %d\n%s", path, a.status, a.body)
	}
}

// scan follows a code's address once and checks where it leads.
func (p *program) scan(t testing.TB, address, target string) {
	t.Helper()
	a := p.get(t, address)
	if a.status != http.StatusFound || a.header.Get("Location") != target {
		t.Fatalf("GET %s: status %d to %q, want 302 to %q", address, a.status, a.header.Get("Location"), target)
	}
}

var (
	definition = regexp.MustCompile(`(?s)<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>`)
	tags       = regexp.MustCompile(`<[^>]*>`)
)

// counts are the numbers on a code's page.
func (p *program) counts(t testing.TB, c code) string {
	t.Helper()
	shown := p.shown(t, c)
	return fmt.Sprintf("total %s, qr %s, link %s", shown["Total"], shown["From printed codes"], shown["From links"])
}

// awaitTotal waits until a code's page shows as many scans as were answered,
// or up to those more whose answer was cut off. Scans may reach the page a
// moment after they were answered.
func (p *program) awaitTotal(t testing.TB, c code, answered, cut int64) {
	t.Helper()
	eventually(t, "the count of "+c.title, func() error {
		text := p.shown(t, c)["Total"]
		n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
		if err == nil && (n < answered || n > answered+cut) {
			err = fmt.Errorf("%d counted, %d answered and %d cut off", n, answered, cut)
		}
		return err
	})
}

// shown are the terms on a code's page and what stands beside them.
func (p *program) shown(t testing.TB, c code) map[string]string {
	t.Helper()
	shown := map[string]string{}
	for _, m := range definition.FindAllStringSubmatch(p.get(t, c.path).body, -1) {
		shown[m[1]] = strings.TrimSpace(tags.ReplaceAllString(m[2], ""))
	}
	return shown
}
