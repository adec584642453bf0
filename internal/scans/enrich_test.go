package scans

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/x-way/crawlerdetect"
)

func TestClasses(t *testing.T) {
	t.Parallel()
	const (
		chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
		android = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
	)
	for _, tt := range []struct {
		v     Visit
		want  Class
		agent agent
	}{
		{Visit{UserAgent: phone}, Human, agent{"phone", "iOS", "Safari"}},
		{Visit{UserAgent: chrome}, Human, agent{"computer", "Windows", "Chrome"}},
		{Visit{UserAgent: android}, Human, agent{"phone", "Android", "Chrome"}},
		{Visit{UserAgent: "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1"}, Human, agent{"tablet", "iOS", "Chrome"}},
		{Visit{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}, Human, agent{"computer", "Linux", "Firefox"}},
		{Visit{UserAgent: chrome, Purpose: "prefetch;prerender"}, Prefetch, agent{"computer", "Windows", "Chrome"}},
		{Visit{UserAgent: chrome, Purpose: "Preview"}, Prefetch, agent{"computer", "Windows", "Chrome"}},
		{Visit{UserAgent: "WhatsApp/2.23.20.0"}, Prefetch, agent{"bot", "other", "other"}},
		{Visit{UserAgent: "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}, Prefetch, agent{"bot", "other", "other"}},
		{Visit{UserAgent: "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"}, Bot, agent{"bot", "other", "other"}},
		{Visit{UserAgent: lostAgent}, Human, agent{"other", "other", "other"}},
		{Visit{UserAgent: "curl/8.5.0"}, Bot, agent{"bot", "other", "other"}},
		{Visit{UserAgent: "Go-http-client/1.1"}, Bot, agent{"bot", "other", "other"}},
		{Visit{}, Bot, agent{}},
	} {
		known := parseAgent(tt.v.UserAgent, crawlerdetect.IsCrawler)
		if got := classOf(&tt.v, known); got != tt.want || known.agent != tt.agent {
			t.Errorf("%+v: %v, %+v", tt.v, got, known.agent)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://www.Example.org/a?b":           "example.org",
		"http://user:pw@news.example.org:8080/": "news.example.org",
		"android-app://com.google.android.gm":   "com.google.android.gm",
		"https://localhost/":                    "",
		"https://exa mple.org/":                 "",
		"https://[2001:db8::1]/":                "",
		"about:blank":                           "",
		"":                                      "",
	} {
		if got := refererHost(in); got != want {
			t.Errorf("refererHost(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"de-CH,de;q=0.9": "de", "EN": "en", "gsw": "gsw", "zh_CN": "zh", " fr ;q=1": "fr", "*": "", "": "", "x": "", "4u": "", "english": "",
	} {
		if got := firstLanguage(in); got != want {
			t.Errorf("firstLanguage(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "203.0.113.9:80": "203.0.113.9", "[2001:db8::1]:80": "2001:db8::1", "2001:db8::1": "2001:db8::1",
		"::ffff:203.0.113.9": "203.0.113.9", "fe80::1%eth0": "fe80::1", "unix": "invalid IP", "": "invalid IP",
	} {
		if got := addressOf(in).String(); got != want {
			t.Errorf("addressOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVisitors(t *testing.T) {
	t.Parallel()
	s := newVisitors()
	a, b := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	for i, tt := range []struct {
		day, code int64
		address   netip.Addr
		agent     string
		want      bool
	}{
		{5, 1, a, "x", false},
		{5, 1, a, "x", true},
		{5, 2, a, "x", false},
		{5, 1, b, "x", false},
		{5, 1, a, "y", false},
		{4, 1, a, "x", false}, // replayed from yesterday: nothing is known of it
		{5, 1, a, "x", true},
		{5, 1, netip.Addr{}, "x", false},
		{5, 1, netip.Addr{}, "x", false},
		{6, 1, a, "x", false}, // a new day
		{6, 1, a, "x", true},
	} {
		if got := s.seen(tt.day, tt.code, tt.address, tt.agent); got != tt.want {
			t.Errorf("%d: %t", i, got)
		}
	}
	s.limit = 100
	for i := range 1000 {
		s.seen(7, int64(i), a, "x")
	}
	if n := len(s.fresh) + len(s.older); n > 100 {
		t.Errorf("%d visitors are remembered", n)
	}
}

func TestDictionaryIsBoundedAndShared(t *testing.T) {
	t.Parallel()
	store, pool := testStore(t, 0)
	a, b := newDictionary(), newDictionary()
	first := a.place(referrerWord, "example.org", 1)
	if err := a.resolve(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	other, same := b.place(referrerWord, "other.example", 1), b.place(referrerWord, "example.org", 1)
	if err := b.resolve(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if b.ids.words[same] != a.ids.words[first] || b.ids.words[other] == b.ids.words[same] {
		t.Errorf("%v %v", a.ids, b.ids)
	}
	for i := range 2 * maxNewReferrers {
		a.place(referrerWord, fmt.Sprintf("host%d.example", i), 2)
	}
	if p := a.place(referrerWord, "one-too-many.example", 2); p != otherWord {
		t.Errorf("place %d", p)
	}
	if p := a.place(referrerWord, "tomorrow.example", 3); p == otherWord {
		t.Error("the next day has no room")
	}
	if err := a.resolve(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if n := number(t, pool, `SELECT max(id)::bigint FROM scan_words`); n != number(t, pool, `SELECT count(*) - 1 FROM scan_words`) {
		t.Errorf("IDs were wasted: %d", n)
	}
}

func TestOfficeDays(t *testing.T) {
	t.Parallel()
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Skip(err)
	}
	at := time.Date(2026, 11, 20, 18, 29, 59, 0, time.UTC) // 23:59:59 there
	e := &enricher{location: kolkata}
	if e.day(at)+1 != e.day(at.Add(time.Second)) {
		t.Error("the office's midnight is elsewhere")
	}
	if got := hourOf(at.UnixMicro(), phaseOf(kolkata)); got != time.Date(2026, 11, 20, 17, 30, 0, 0, time.UTC).Unix() {
		t.Errorf("the hour begins at %v", time.Unix(got, 0).UTC())
	}
	if got := hourOf(-1, 0); got != -3600 {
		t.Errorf("before 1970: %d", got)
	}
}

func TestCountryFileThatIsNone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "country.mmdb")
	g := &geo{path: path}
	if err := g.reload(); err == nil {
		t.Error("a missing file was no error")
	}
	if err := os.WriteFile(path, []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.reload(); err == nil {
		t.Error("a damaged file was no error")
	}
	if got := g.country(netip.MustParseAddr("203.0.113.1")); got != "" {
		t.Errorf("country %q", got)
	}
}

// countryFile is the smallest MaxMind DB there is: the lower half of IPv4 is
// in one country. One node of two 24-bit records, 16 zeroes, the data section,
// the metadata (MaxMind DB file format specification 2.0).
func countryFile(code string) []byte {
	text := func(s string) []byte { return append([]byte{2<<5 | byte(len(s))}, s...) }
	b := []byte{0, 0, 17, 0, 0, 1} // data at 0 after the separator; nothing
	b = append(b, make([]byte, 16)...)
	b = append(append(append(b, 7<<5|1), text("country")...), 7<<5|1)
	b = append(append(b, text("iso_code")...), text(code)...)
	b = append(b, "\xab\xcd\xefMaxMind.com"...)
	b = append(b, 7<<5|6)
	b = append(append(b, text("node_count")...), 6<<5|1, 1)
	b = append(append(b, text("record_size")...), 5<<5|1, 24)
	b = append(append(b, text("ip_version")...), 5<<5|1, 4)
	b = append(append(b, text("database_type")...), text("Test")...)
	b = append(append(b, text("binary_format_major_version")...), 5<<5|1, 2)
	return append(append(b, text("binary_format_minor_version")...), 5<<5)
}

func TestCountryFileIsReloaded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "country.mmdb")
	g := &geo{path: path}
	for i, code := range []string{"DE", "CH"} {
		if err := os.WriteFile(path, countryFile(code), 0o600); err != nil {
			t.Fatal(err)
		}
		changed := time.Now().Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
		if err := g.reload(); err != nil {
			t.Fatal(err)
		}
		if got := g.country(netip.MustParseAddr("10.1.2.3")); got != code {
			t.Errorf("country %q, want %q", got, code)
		}
		if got := g.country(netip.MustParseAddr("203.0.113.1")); got != "" {
			t.Errorf("country %q of an address that is not in the file", got)
		}
	}
}

// Whoever makes up a user agent for every request has few of them a second held
// against the crawler list, which is slow, and fills nothing.
func TestMadeUpUserAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newAgentCache()
		for second := 1; second <= 2; second++ {
			for i := range 2 * crawlerChecks {
				if known := c.lookup(fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) madeup/%d/%d", second, i)); known.bot {
					t.Fatalf("in second %d, visit %d is a crawler", second, i)
				}
			}
			if n := c.known.Len(); n != second*crawlerChecks {
				t.Errorf("after %d seconds %d user agents were held against the list, not %d a second", second, n, crawlerChecks)
			}
			<-time.After(time.Second)
		}
	})
}

func BenchmarkParseAgent(b *testing.B) {
	for b.Loop() {
		parseAgent(phone, crawlerdetect.IsCrawler)
	}
}

func BenchmarkEnrich(b *testing.B) {
	e := &enricher{words: newDictionary(), agents: newAgentCache(), visitors: newVisitors(), geo: &geo{}, location: time.UTC}
	v := testVisit(1)
	v.Referer = "https://www.example.org/page"
	i := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		i++
		v.CodeID = i % 100_000
		e.row(&v)
	}
}
