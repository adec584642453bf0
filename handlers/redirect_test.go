package handlers_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// noon is the moment at which the redirect tests scan.
var noon = time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)

// scanned are the codes that the tests scan, by short ID.
func scanned(t *testing.T, env ...string) *server {
	t.Helper()
	s := newServer(t, append(env, "CONTACT=help@example.edu")...)
	s.clock.Set(noon)
	const target = "https://www.example.edu/a%2Fb/../c//d?q=%20&x=[1]&utm=é#frag"
	const fallback, past, future = "https://www.example.edu/fallback?a=1", "2027-06-01T12:00:00Z", "2027-06-01T12:00:01Z"
	create := func(id, move string, pairs ...string) {
		code := s.Create(dynamic(append(pairs, "short_id", id, "target_url", target)...))
		if move != "" {
			s.Post(codePath(code, "/"+move), nil)
		}
	}
	create("active", "")
	create("begun", "", "starts_at", past, "expires_at", future)
	create("later", "", "starts_at", future)
	create("later-f", "", "starts_at", future, "fallback_url", fallback)
	create("over", "", "expires_at", past)
	create("over-f", "", "expires_at", past, "fallback_url", fallback)
	create("paused", "pause")
	create("paused-f", "pause", "fallback_url", fallback)
	create("retired", "retire")
	create("retired-f", "retire", "fallback_url", fallback)
	create("10ab", "")
	create("hello", "")
	return s
}

// TestRedirect is design §5 row by row.
func TestRedirect(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	const (
		target   = "https://www.example.edu/a%2Fb/../c//d?q=%20&x=[1]&utm=%C3%A9#frag"
		fallback = "https://www.example.edu/fallback?a=1"
		none     = ""
	)
	for _, test := range []struct {
		method, path string
		status       int
		location     string
		says         string // on the page, where it is one
		counts       string // the code whose count rises, and by which source
	}{
		// An active code leads to its target, to the letter.
		{"GET", "/r/active", 302, target, none, "active link"},
		{"GET", "/R/ACTIVE", 302, target, none, "active qr"},
		{"GET", "/R/active", 302, target, none, "active qr"},
		{"GET", "/r/ACTIVE", 302, target, none, "active link"},
		{"GET", "/r/active?scan_ref=qr", 302, target, none, "active qr"},
		{"GET", "/r/active?utm=1&scan_ref=qr", 302, target, none, "active qr"},
		{"GET", "/r/active?scan_ref=other", 302, target, none, "active link"},
		{"GET", "/r/active?xscan_ref=qr", 302, target, none, "active link"},
		{"GET", "/R/ACTIVE?scan_ref=qr", 302, target, none, "active qr"},
		{"GET", "/r/begun", 302, target, none, "begun link"},
		{"GET", "/r/active/", 302, target, none, "active link"},
		{"GET", "/r/%61ctive", 302, target, none, "active link"},

		// Asking is not scanning.
		{"HEAD", "/r/active", 302, target, none, none},
		{"HEAD", "/R/ACTIVE", 302, target, none, none},
		{"HEAD", "/r/paused-f", 302, fallback, none, none},

		// What text leaves behind an address is taken away.
		{"GET", "/r/active.", 302, target, none, "active link"},
		{"GET", "/r/active,", 302, target, none, "active link"},
		{"GET", "/r/active)", 302, target, none, "active link"},
		{"GET", "/r/active);", 302, target, none, "active link"},
		{"GET", "/r/active:", 302, target, none, "active link"},
		{"GET", "/r/active!", 302, target, none, "active link"},
		{"GET", "/R/ACTIVE%3F", 302, target, none, "active qr"},

		// Crockford's look-alikes are read as what was printed.
		{"GET", "/r/1oab", 302, target, none, "10ab link"},
		{"GET", "/r/IOAB", 302, target, none, "10ab link"},
		{"GET", "/R/LoAb.", 302, target, none, "10ab qr"},
		{"GET", "/r/hello", 302, target, none, "hello link"},

		// Paused, not started: the fallback, else a page that says so.
		{"GET", "/r/paused", 404, none, "paused", none},
		{"GET", "/R/PAUSED", 404, none, "paused", none},
		{"GET", "/r/paused-f", 302, fallback, none, "paused-f link"},
		{"GET", "/r/later", 404, none, "not started", none},
		{"GET", "/R/LATER-F", 302, fallback, none, "later-f qr"},

		// Expired, retired: likewise, but gone.
		{"GET", "/r/over", 410, none, "expired", none},
		{"GET", "/r/over-f", 302, fallback, none, "over-f link"},
		{"GET", "/r/retired", 410, none, "no longer in use", none},
		{"GET", "/r/retired-f", 302, fallback, none, "retired-f link"},
		{"HEAD", "/r/retired", 410, none, none, none},

		// Unknown.
		{"GET", "/r/nobody", 404, none, "no such code", none},
		{"GET", "/r/", 404, none, "no such code", none},
		{"GET", "/R/", 404, none, "no such code", none},
		{"GET", "/r/active/x", 404, none, "no such code", none},
		{"GET", "/r/%00", 404, none, "no such code", none},
		{"GET", "/r/%ff", 404, none, "no such code", none},
		{"GET", "/r/..%2f..%2fcodes", 404, none, "no such code", none},
		{"GET", "/r/" + strings.Repeat("a", 10000), 404, none, "no such code", none},
		{"GET", "/r/'%20OR%201=1--", 404, none, "no such code", none},
		{"HEAD", "/r/nobody", 404, none, none, none},
	} {
		t.Run(test.method+" "+test.path[:min(len(test.path), 40)], func(t *testing.T) {
			s := s.As(t)
			before := s.scans()
			r := s.Request(test.method, test.path, nil, test.status, from(outside))
			if got := r.Header.Values("Location"); test.location != none && (len(got) != 1 || got[0] != test.location) || test.location == none && got != nil {
				t.Errorf("Location %q, want %q", got, test.location)
			}
			if got := r.Header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			if r.Header.Get("Set-Cookie") != "" {
				t.Error("someone who scans got a cookie")
			}
			switch {
			case test.status == 302 || test.method == "HEAD":
				if r.Body != "" {
					t.Errorf("body %q", r.Body)
				}
			default:
				r.Has(test.says, "help@example.edu")
			}
			after := s.scans()
			if test.counts != none {
				before[test.counts]++
			}
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("counts %v, want %v", after, before)
			}
		})
	}
}

// scans gives the counts by short ID and source.
func (s *server) scans() map[string]int64 {
	s.t.Helper()
	s.settle()
	rows, err := s.pool.Query(s.t.Context(), "SELECT short_id, qr_scans, link_scans, scans FROM codes JOIN code_totals ON code_id = id")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		var id string
		var qr, link, all int64
		if err := rows.Scan(&id, &qr, &link, &all); err != nil {
			s.t.Fatal(err)
		}
		if qr+link != all {
			s.t.Errorf("%s: %d + %d is not %d", id, qr, link, all)
		}
		if qr > 0 {
			counts[id+" qr"] = qr
		}
		if link > 0 {
			counts[id+" link"] = link
		}
	}
	return counts
}

func TestRedirectTakesOnlyGetAndHead(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "MADEUP"} {
		if r := s.Request(method, "/r/active", nil, http.StatusMethodNotAllowed, from(outside)); r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow %q", method, r.Header.Get("Allow"))
		}
	}
	if n := len(s.scans()); n != 0 {
		t.Errorf("%d codes were counted", n)
	}
}

// An edit is live at once: a printed code goes where it was just sent.
func TestRedirectFollowsEdits(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	where := func(code int) string {
		t.Helper()
		return s.Request("GET", "/R/OPEN-DAY", nil, code, from(outside)).Header.Get("Location")
	}
	s.Post(codePath(id, ""), form("target_url", "https://second.example/"))
	if got := where(302); got != "https://second.example/" {
		t.Errorf("leads to %s", got)
	}
	s.Post(codePath(id, "/pause"), nil)
	where(404)
	s.Post(codePath(id, "/resume"), nil)
	where(302)
	s.Post(codePath(id, "/retire"), nil)
	where(410)
	s.settle()
	s.Get(codePath(id, "")).Has("Total 2", "just now")
}

func TestFriendlyPages(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	for _, path := range []string{"/r/paused", "/r/later", "/r/over", "/r/retired", "/r/nobody"} {
		for _, test := range []struct{ accept, lang, word string }{
			{"", "en", "Questions?"}, {"de-AT,de;q=0.9,en;q=0.8", "de", "Fragen?"}, {"es-MX", "es", "¿Preguntas?"}, {"fr", "fr", "Des questions"},
			{"ja, pl;q=0.5", "en", "Questions?"}, {"ja, fr;q=0.1", "fr", "Des questions"}, {"*;q=x;;", "en", "Questions?"},
			{strings.Repeat("de,", 5000), "de", "Fragen?"},
		} {
			r := s.Request("GET", path, nil, s.statusOf(path), from(outside), header("Accept-Language", test.accept)).Has(test.word, "help@example.edu")
			p := r.Page()
			if got := attr(p.Tags("html")[0], "lang"); got != test.lang {
				t.Errorf("%s for %.30q: in %s, want %s", path, test.accept, got, test.lang)
			}
			if len(r.Body) > 10<<10 || len(p.Tags("script")) > 0 || len(p.Tags("form")) > 0 || strings.Contains(r.Body, "/codes") {
				t.Errorf("%s: %d bytes, %d scripts", path, len(r.Body), len(p.Tags("script")))
			}
			if r.Header.Get("Vary") != "Accept-Language" || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s: headers %v", path, r.Header)
			}
			if n := p.Tags("a"); len(n) != 1 || attr(n[0], "href") != "mailto:help@example.edu" {
				t.Errorf("%s: the contact cannot be tapped", path)
			}
		}
	}
	r := newServer(t).Request("GET", "/r/nobody", nil, http.StatusNotFound, from(outside))
	r.Has("ask where you found the code")
}

// statusOf asks without being counted.
func (s *server) statusOf(path string) int {
	switch path {
	case "/r/over", "/r/retired":
		return http.StatusGone
	}
	return http.StatusNotFound
}

// TestParallelScans: 2,000 scans of one code by 50 phones are 2,000 scans.
func TestParallelScans(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "busy"))
	web := s.Listen()
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 50},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	const workers, each = 50, 40
	failures := make(chan error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() { failures <- scan(client, web.URL+[]string{"/R/BUSY", "/r/busy"}[w%2], each) })
	}
	all.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.settle()
	totals := s.Code(id).CodeTotal
	if totals.QRScans != 1000 || totals.LinkScans != 1000 || totals.Scans != 2000 || totals.LastScanAt == nil {
		t.Errorf("counted %+v, want 1,000 and 1,000", totals)
	}
}

func scan(client *http.Client, address string, times int) error {
	for range times {
		response, err := client.Get(address)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != http.StatusFound {
			return errors.New(response.Status)
		}
	}
	return nil
}

// What is printed is what is answered: the symbol's own text leads on.
func TestSymbolLeadsOn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 20 {
		id := s.Create(dynamic())
		u, err := url.Parse(decode(t, s.Get(codePath(id, "/image.png?size=300")).Body))
		if err != nil || u.Host != "QR.EXAMPLE.EDU" || u.Scheme != "https" {
			t.Fatalf("the symbol says %v, %v", u, err)
		}
		s.Request("GET", u.Path, nil, http.StatusFound, from(outside))
		s.settle()
		if n := s.Code(id).CodeTotal.QRScans; n != 1 {
			t.Errorf("code %s: %d scans of the symbol", strconv.FormatInt(id, 10), n)
		}
	}
}
