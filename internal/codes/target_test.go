package codes_test

import (
	"net/url"
	"strings"
	"testing"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

func rules(t testing.TB, allowed ...string) codes.Rules {
	t.Helper()
	links, err := codes.ParseLinks("https://qr.example.edu")
	if err != nil {
		t.Fatal(err)
	}
	return codes.Rules{Links: links, AllowedDomains: allowed}
}

func TestTargetsAreKeptAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	r := rules(t)
	for in, want := range map[string]string{
		"https://www.example.edu":                     "https://www.example.edu",
		"https://www.example.edu/":                    "https://www.example.edu/",
		" https://www.example.edu/a \n":               "https://www.example.edu/a",
		"HTTPS://WWW.EXAMPLE.EDU/Path?Query#Fragment": "https://www.example.edu/Path?Query#Fragment",
		"https://example.edu?q":                       "https://example.edu?q",
		"https://example.edu#f":                       "https://example.edu#f",
		"https://example.edu/?":                       "https://example.edu/?",
		"https://example.edu/#":                       "https://example.edu/#",
		"https://example.edu//a/./b/../c//":           "https://example.edu//a/./b/../c//",
		"https://example.edu/%7Euser/%2F?a=%zz&b=+":   "https://example.edu/%7Euser/%2F?a=%zz&b=+",
		"https://example.edu/käse?q=ü#ß":              "https://example.edu/k%C3%A4se?q=%C3%BC#%C3%9F",
		"https://example.edu/\"<>^`{|}":               "https://example.edu/%22%3C%3E%5E%60%7B%7C%7D",
		"https://example.edu/a'b(c)*!;,@:[]":          "https://example.edu/a'b(c)*!;,@:[]",
		"https://example.edu:8443/x":                  "https://example.edu:8443/x",
		"http://example.edu.:80/":                     "http://example.edu:80/",
		"https://bücher.example/":                     "https://xn--bcher-kva.example/",
		"https://XN--BCHER-KVA.example/":              "https://xn--bcher-kva.example/",
		"https://faß.example/":                        "https://xn--fa-hia.example/",
		"https://例え。テスト/":                             "https://xn--r8jz45g.xn--zckzah/",
		"https://my_site.my--host.example/":           "https://my_site.my--host.example/",
		"http://localhost:3000/":                      "http://localhost:3000/",
		"http://192.0.2.1/":                           "http://192.0.2.1/",
		"http://[2001:DB8::1]:8080/x":                 "http://[2001:db8::1]:8080/x",
		"https://intranet/x":                          "https://intranet/x",
	} {
		got, err := r.ParseTarget(in)
		if err != nil || string(got) != want {
			t.Errorf("%q became %q, %v; want %q", in, got, err, want)
		}
	}
	long := "https://example.edu/" + strings.Repeat("a", 2048-20)
	if got, err := r.ParseTarget(long); err != nil || len(got) != 2048 {
		t.Errorf("2,048 bytes: %d, %v", len(got), err)
	}
}

func TestHostsThatAreNone(t *testing.T) {
	t.Parallel()
	r := rules(t)
	for _, in := range []string{
		"http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://1.2.3.4.5/", "http://0x7f.1/", "http://a.0x1f/", "http://256.256.256.256/",
		"http://a..b/", "http://.a/", "http://%61.example/", "http://a%20b/", "http://a b/", "http://[::1%25eth0]/", "http://[::1/", "http://::1/",
		"http://" + strings.Repeat("a", 64) + ".example/", "http://a\u200db/", "http://-/\\", "http://a*b/", "http://a,b/", "http://(a)/", "http:///", "http://?q", "http://.",
	} {
		if got, err := r.ParseTarget(in); err == nil || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

func TestOwnShortURLs(t *testing.T) {
	t.Parallel()
	for base, targets := range map[string][]string{
		"https://qr.example.edu":    {"https://qr.example.edu/r/x", "http://QR.EXAMPLE.EDU:99/R/x", "https://qr.example.edu/r", "https://qr.example.edu/r/", "https://qr.example.edu//r/x", "https://qr.example.edu/./r/x", "https://qr.example.edu/a/b/../../R/x", "https://qr.example.edu/%52/x"},
		"http://192.168.1.5:8000":   {"http://192.168.1.5/r/x", "https://192.168.1.5:8000/r/x"},
		"http://[2001:db8::5]:8000": {"http://[2001:DB8:0::5]:8000/r/x"},
		"http://bücher.example":     {"http://BÜCHER.example/r/x", "http://xn--bcher-kva.example/r/x"},
	} {
		links, err := codes.ParseLinks(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets {
			if got, err := (codes.Rules{Links: links}).ParseTarget(target); err == nil {
				t.Errorf("%s takes %s", base, got)
			}
		}
	}
	for _, fine := range []string{"https://qr.example.edu/rooms", "https://qr.example.edu/r-2/x", "https://qr.example.edu/r%2e/x", "https://qr.example.edu/x/r/y", "https://example.edu/r/x", "https://qr.example.edu?x=/r/x"} {
		if _, err := rules(t).ParseTarget(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
}

// FuzzParseTarget: what is accepted is ASCII, a URL with http or https, a host
// and no credentials, not ours, and stays the same when it is read again.
func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{
		"https://www.example.edu/a?b#c", "http://bücher.example/ü", "//x", "javascript:alert(1)", "https://a@b/", "http://[::1%25a]/", "https:/\\x",
		"https://qr.example.edu/r/x", "http://a/%zz", "http://a?%zz#%", "HTTP://A:0/", "http://1.2.3/", "http://a/\xff", "https://a/\u202e", "http://a//b//c", "http:a//b",
	} {
		f.Add(seed)
	}
	r := rules(f)
	f.Fuzz(func(t *testing.T, s string) {
		target, err := r.ParseTarget(s)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("%q: %v is not Invalid", s, err)
			}
			return
		}
		got := string(target)
		if len(got) > 2048 || strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Fatalf("%q became %q", s, got)
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
			t.Fatalf("%q became %q: %+v, %v", s, got, u, err)
		}
		if u.Hostname() == "qr.example.edu" && strings.HasPrefix(strings.ToLower(u.JoinPath().Path), "/r/") {
			t.Fatalf("%q became %q, our own", s, got)
		}
		if again, err := r.ParseTarget(got); err != nil || again != target {
			t.Fatalf("%q became %q, which became %q, %v", s, got, again, err)
		}
	})
}

func TestParseLinks(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://qr.example.edu": "https://qr.example.edu", " https://QR.Example.EDU/ ": "https://qr.example.edu", "http://127.0.0.1:8000": "http://127.0.0.1:8000",
		"http://[::1]:8000": "http://[::1]:8000", "https://bücher.example": "https://xn--bcher-kva.example",
	} {
		links, err := codes.ParseLinks(base)
		if err != nil || links.Base() != want {
			t.Errorf("%q became %q, %v", base, links.Base(), err)
		}
	}
	for _, base := range []string{"", "qr.example.edu", "ftp://qr.example.edu", "https://", "https://a/b", "https://a/?x", "https://a/#x", "https://a:b@c", "https://a b", "https://a..b", "//a", "https://a/r/", "http://a:99999"} {
		if links, err := codes.ParseLinks(base); err == nil {
			t.Errorf("%q became %q", base, links.Base())
		}
	}
	links := rules(t).Links
	if got := links.SymbolURL("open-day"); got != "HTTPS://QR.EXAMPLE.EDU/R/OPEN-DAY" {
		t.Errorf("the symbol says %s", got)
	}
	if got := links.ShortURL("open-day"); got != "https://qr.example.edu/r/open-day" {
		t.Errorf("short URL %s", got)
	}
	for base, local := range map[string]bool{
		"http://localhost": true, "http://a.localhost": true, "http://printer.local": true, "http://127.0.0.9": true, "http://10.1.2.3": true, "http://[fe80::1]": true,
		"http://[fd00::1]": true, "http://0.0.0.0": true, "http://172.20.1.1": true, "https://qr.example.edu": false, "http://203.0.113.9": false, "http://[2001:db8::1]": false,
	} {
		links, err := codes.ParseLinks(base)
		if err != nil || links.LocalOnly() != local {
			t.Errorf("%s: local only is %t, %v", base, links.LocalOnly(), err)
		}
	}
}
