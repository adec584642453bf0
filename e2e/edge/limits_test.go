package edge

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRateLimit: the defaults of the public side. An address that asks too much
// is told when to try again, by a page; others go on, and so do staff.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	st := newStage(t, settings{"RATE_PUBLIC": "", "RATE_PUBLIC_BURST": "", "RATE_ADMIN": "120", "RATE_ADMIN_BURST": "30"})
	c, busy, other := st.client(t, inside), st.client(t, outside), st.client(t, "127.0.0.3")
	c.create("open-day")

	hits, refused := 0, 0
	began := time.Now()
	for range 150 {
		switch a := busy.get("/R/OPEN-DAY"); a.status {
		case http.StatusFound:
			hits++
		case http.StatusTooManyRequests:
			refused++
			if a.header.Get("Retry-After") != "1" || !strings.Contains(a.body, "Too many tries") || a.header.Get("X-Frame-Options") != "DENY" {
				t.Fatalf("Retry-After %q\n%.200s", a.header.Get("Retry-After"), a.body)
			}
		default:
			t.Fatalf("status %d", a.status)
		}
	}
	// 50 at once and 5 a second.
	if most := 52 + int(5*time.Since(began).Seconds()); hits < 50 || hits > most || refused == 0 {
		t.Errorf("%d of 150 were answered, want 50 to %d", hits, most)
	}
	for range 40 {
		if a := other.get("/R/OPEN-DAY"); a.status != http.StatusFound {
			t.Fatalf("another address: %d", a.status)
		}
	}
	if a := busy.get("/R/OPEN-DAY", header("X-Forwarded-For", "203.0.113.7"), header("X-Real-Ip", "203.0.113.7")); a.status == http.StatusFound && a.header.Get("Retry-After") != "" {
		t.Errorf("with a forged address: %d", a.status)
	}
	if a := c.get("/codes", signedIn); a.status != http.StatusOK {
		t.Errorf("staff meanwhile: %d", a.status)
	}

	// Guessing a password is slowed down before it is looked at.
	wrong := map[int]int{}
	for i := range 60 {
		a := c.get("/codes", func(r *http.Request) { r.SetBasicAuth(user, strconv.Itoa(i)) })
		wrong[a.status]++
		if a.status == http.StatusTooManyRequests && (a.header.Get("Retry-After") != "1" || !strings.Contains(a.body, "Too many tries")) {
			t.Fatalf("Retry-After %q\n%.200s", a.header.Get("Retry-After"), a.body)
		}
	}
	if wrong[http.StatusTooManyRequests] < 20 || wrong[http.StatusUnauthorized] > 40 {
		t.Errorf("60 guesses gave %v", wrong)
	}
}

// TestRetryAfter: where the limit is low, the wait that is told is longer.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	st := newStage(t, settings{"RATE_PUBLIC": "6", "RATE_PUBLIC_BURST": "2"})
	c := st.client(t, outside)
	eventually(t, "429", func() error {
		if a := c.get("/r/x"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "10" {
			return fmt.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
		}
		return nil
	})
}

// TestBodies: what is too large stops at the edge, and says so.
func TestBodies(t *testing.T) {
	t.Parallel()
	st := newStage(t, settings{"BODY_MAX": "200000"})
	c := st.client(t, inside)
	for name, c2 := range map[string]struct {
		bytes, want int
	}{"small": {1000, http.StatusUnprocessableEntity}, "too large for the form": {150_000, http.StatusRequestEntityTooLarge}, "too large for the edge": {300_000, http.StatusRequestEntityTooLarge}} {
		a, err := c.try(http.MethodPost, "/codes", url.Values{"title": {strings.Repeat("a", c2.bytes)}}, signedIn)
		if err != nil || a.status != c2.want || !strings.Contains(a.body, "</html>") {
			t.Errorf("%s: %d, %v\n%.200s", name, a.status, err, a.body)
		}
	}
}

// TestTrustedProxies: behind a load balancer the client is the last address
// that it wrote; what the client wrote before it counts for nothing, and whoever
// goes round the balancer gets nowhere.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	st := newStage(t, settings{"TRUSTED_PROXIES": inside, "ADMIN_ALLOW": "10.1.0.0/16"})
	balancer, around := st.client(t, inside), st.client(t, outside)
	forwarded := func(list string) option { return header("X-Forwarded-For", list) }
	for list, want := range map[string]int{"10.1.2.3": 200, "203.0.113.7, 10.1.2.3": 200, "10.1.2.3, 203.0.113.7": 403, "203.0.113.7": 403, "": 403, "10.1.2.3, nonsense": 403} {
		if a := balancer.get("/health/ready", signedIn, forwarded(list)); a.status != want {
			// The application has its own list, which is the stage's: it comes second.
			if want != 200 || !strings.Contains(a.body, "from the office network only") {
				t.Errorf("%q: %d, want %d\n%.300s", list, a.status, want, a.body)
			}
		}
	}
	for _, list := range []string{"10.1.2.3", "", "10.1.2.3, 10.1.2.3"} {
		if a := around.get("/codes", signedIn, forwarded(list)); a.status != http.StatusForbidden || !strings.Contains(a.body, "For staff only") {
			t.Errorf("round the balancer with %q: %d", list, a.status)
		}
	}
}

// TestTwoHosts: pages on a name of their own. The public name has scans and
// nothing else, not even for staff.
func TestTwoHosts(t *testing.T) {
	t.Parallel()
	st := newStage(t, settings{"ADMIN_HOST": "admin.test", "CORS_ORIGINS": "https://intranet.test"})
	c, stranger := st.client(t, inside), st.client(t, outside)
	admin := "https://admin.test:" + st.https
	for _, path := range []string{"/", "/codes", "/metrics", "/docs", "/api/v1/qr"} {
		if a := c.get(path, signedIn); a.status != http.StatusNotFound || private(a.body) || a.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s on the public host: %d", path, a.status)
		}
		if a := stranger.get(admin+path, signedIn); a.status != http.StatusForbidden {
			t.Errorf("%s from outside: %d", path, a.status)
		}
	}
	if a := c.get(admin+"/codes", signedIn); a.status != http.StatusOK {
		t.Errorf("the pages: %d", a.status)
	}
	if a := stranger.get("/r/nobody"); a.status != http.StatusNotFound || !strings.Contains(a.body, "There is no such code") {
		t.Errorf("a scan: %d", a.status)
	}
	if a := stranger.get(admin + "/r/nobody"); a.status != http.StatusForbidden {
		t.Errorf("a scan on the pages' host: %d", a.status)
	}

	asked := func(origin string) answer {
		a, err := c.try(http.MethodOptions, admin+"/api/v1/qr", nil, header("Origin", origin), header("Access-Control-Request-Method", "GET"))
		must(t, err)
		return a
	}
	if a := asked("https://intranet.test"); a.header.Get("Access-Control-Allow-Origin") != "https://intranet.test" {
		t.Errorf("the web site that may ask: %d, %v", a.status, a.header)
	}
	if a := asked("https://elsewhere.test"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another one may ask: %v", a.header)
	}
}
