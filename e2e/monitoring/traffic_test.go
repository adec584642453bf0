package monitoring

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// traffic does once what people do in a day: scans of every kind, pages, a
// form that is refused, files, the API, sign-ins that fail.
func (s *stage) traffic(t *testing.T) {
	t.Helper()
	want := func(status int, method, address string, form url.Values, headers ...string) string {
		t.Helper()
		body, got, err := s.ask(method, address, form, headers...)
		if err != nil || got != status {
			t.Fatalf("%s %s: %d, want %d (%v)\n%.500s", method, address, got, status, err, body)
		}
		return body
	}
	for _, id := range []string{"one", "two"} {
		body, got, err := s.ask(http.MethodPost, s.admin+"/codes", code(id))
		if err != nil || got != http.StatusSeeOther && !strings.Contains(body, "taken") { // the second time
			t.Fatalf("make a code: %d %v %.300s", got, err, body)
		}
	}
	want(http.StatusSeeOther, http.MethodPost, s.admin+"/codes/2/pause", url.Values{})
	want(http.StatusSeeOther, http.MethodPost, s.admin+"/codes/2/resume", url.Values{})
	want(http.StatusUnprocessableEntity, http.MethodPost, s.admin+"/codes", url.Values{"kind": {"dynamic"}})
	want(http.StatusUnprocessableEntity, http.MethodGet, s.admin+"/api/v1/qr?limit=x", nil)
	for _, path := range []string{"/", "/codes", "/codes/1", "/codes/1/edit", "/docs", "/api/v1/qr", "/codes/1/image.svg?mm=30&download=1", "/codes/1/image.png?size=512", "/health"} {
		want(http.StatusOK, http.MethodGet, s.admin+path, nil)
	}
	_, missed, err := s.ask(http.MethodGet, s.public+"/r/nobody-has-this", nil)
	if err != nil || missed != http.StatusNotFound && missed != http.StatusTooManyRequests { // after many of them
		t.Fatalf("a scan of nothing: %d %v", missed, err)
	}
	for range 20 {
		want(http.StatusFound, http.MethodGet, s.public+"/R/ONE", nil)
		if s.edge != "" {
			want(http.StatusFound, http.MethodGet, s.edgeURL("/R/ONE"), nil)
		}
	}
	if s.edge != "" {
		signedIn := (&http.Request{Header: http.Header{}})
		signedIn.SetBasicAuth(signsIn, password)
		basic := signedIn.Header.Get("Authorization")
		want(http.StatusOK, http.MethodGet, s.edgeURL("/codes"), nil, "Authorization", basic)
		want(http.StatusForbidden, http.MethodPost, s.edgeURL("/codes"), code("four"), "Authorization", basic, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
		want(http.StatusUnauthorized, http.MethodGet, s.edgeURL("/codes"), nil)
		if body := want(http.StatusOK, http.MethodGet, s.edgeURL("/grafana/d/qrgen-overview"), nil); body != "Grafana /grafana/d/qrgen-overview" {
			t.Errorf("/grafana/ does not lead to Grafana: %s", body)
		}
	}
}

func code(id string) url.Values {
	return url.Values{"kind": {"dynamic"}, "title": {"Code " + id}, "short_id": {id}, "target_url": {"https://www.example.edu/" + id}}
}

// scanAll sends n scans, side by side, to addresses of its own making, and
// counts the answers by status.
func (s *stage) scanAll(t *testing.T, n int, path func(i int) string) map[int]int {
	t.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers := map[int]int{}
	for range 16 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				_, status, err := s.ask(http.MethodGet, s.public+path(int(i)), nil)
				if err != nil {
					t.Errorf("scan: %v", err)
					return
				}
				mu.Lock()
				answers[status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return answers
}
