package front

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// phone is what a phone's browser asks after a scan.
const phone = "GET /R/7K3QX9AB HTTP/1.1\r\nHost: qr.example.edu\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n" +
	"User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: de-DE,de;q=0.9\r\n" +
	"Referer: https://www.example.edu/\r\nX-Forwarded-For: 198.51.100.7\r\nSec-Purpose: prefetch\r\nPurpose: older\r\n\r\n"

func TestParse(t *testing.T) {
	t.Parallel()
	q, size, ok := parse(phone + "GET ")
	want := Request{
		Path: "/R/7K3QX9AB", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)", Referer: "https://www.example.edu/",
		AcceptLanguage: "de-DE,de;q=0.9", Forwarded: "198.51.100.7", Purpose: "prefetch",
	}
	if !ok || size != len(phone) || q != want {
		t.Errorf("%t, %d bytes of %d, %+v", ok, size, len(phone), q)
	}
	for _, plain := range []string{
		"GET /r/abc HTTP/1.1\r\nhost:a\r\n\r\n",
		"GET /r/a-b/ HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
		"GET /r/abc?scan_ref=qr&x=%20y HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n",
		"GET /r/abc HTTP/1.1\r\nHost: a\r\nconnection: Keep-Alive\r\nCookie: a\r\nCookie: b\r\n\r\n",
	} {
		if _, size, ok := parse(plain); !ok || size != len(plain) {
			t.Errorf("%q: %t, %d bytes of %d", plain, ok, size, len(plain))
		}
	}
	const head, end = "GET /r/abc HTTP/1.1\r\nHost: a\r\n", "\r\n"
	for _, unplain := range []string{
		"", "GET", "GET /r/", "GET /r/abc", phone[:len(phone)-1], phone[:len(phone)-2], head,
		"HEAD" + head[3:] + end, "POST" + head[3:] + end, "get" + head[3:] + end, " " + head + end, "\r\n" + head + end,
		"GET /codes HTTP/1.1\r\nHost: a\r\n\r\n", "GET //r/abc HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/r/abc HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /r/abc HTTP/1.0\r\nHost: a\r\n\r\n", "GET /r/abc HTTP/2.0\r\nHost: a\r\n\r\n", "GET /r/abc\r\nHost: a\r\n\r\n", "GET  /r/abc HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /r/%61bc HTTP/1.1\r\nHost: a\r\n\r\n", "GET /r/a.. HTTP/1.1\r\nHost: a\r\n\r\n", "GET /r/ä HTTP/1.1\r\nHost: a\r\n\r\n", "GET /r/a\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /r/abc?a#b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /r/abc?\xff HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /r/abc HTTP/1.1\r\n\r\n", "GET /r/abc HTTP/1.1\r\nHost:\r\n\r\n", "GET /r/abc HTTP/1.1\r\nHost: a/b\r\n\r\n", head + "Host: a\r\n\r\n", head + "Host: b\r\n\r\n",
		"GET /r/abc HTTP/1.1\nHost: a\n\n", "GET /r/abc HTTP/1.1\r\nHost: a\n\r\n", head + "\n", head + "X: a\rb\r\n\r\n",
		head + "X : a\r\n\r\n", head + ": a\r\n\r\n", head + "X\r\n\r\n", head + " X: a\r\n\r\n", head + "X: a\r\n b\r\n\r\n", head + "X: \x00\r\n\r\n", head + "X: a\tb\r\n\r\n",
		head + "X\xff: a\r\n\r\n", head + "X: \xff\r\n\r\n",
		head + "Content-Length: 0\r\n\r\n", head + "Content-Length: 5\r\n\r\nhello", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		head + "transfer-encoding: identity\r\n\r\n", head + "Expect: 100-continue\r\n\r\n", head + "Upgrade: h2c\r\n\r\n", head + "Trailer: X\r\n\r\n",
		head + "Connection: close\r\n\r\n", head + "Connection: keep-alive, upgrade\r\n\r\n", head + "X-Request-Id: abc\r\n\r\n",
		head + "User-Agent: a\r\nUser-Agent: b\r\n\r\n", head + "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	} {
		if _, _, ok := parse(unplain); ok {
			t.Errorf("%q was read", unplain)
		}
	}
}

// FuzzParse checks that what is read at all is read as net/http reads it, and
// ends where it ends there.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		phone, "GET /r/abc?scan_ref=qr HTTP/1.1\r\nHost: a\r\nX-Moz: prefetch\r\n\r\nGET /r/abc HTTP/1.1\r\n", "GET /r/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
		"GET /r/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET /r/a/?&;%zz HTTP/1.1\r\nhOST:  [::1]:1 \r\nPurpose:\r\n\r\n", "GET /R/?? HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, size, ok := parse(text)
		if !ok {
			return
		}
		left := strings.NewReader(text)
		buffered := bufio.NewReader(left)
		r, err := http.ReadRequest(buffered)
		if err != nil {
			t.Fatalf("net/http refuses what was read: %v", err)
		}
		if read := len(text) - left.Len() - buffered.Buffered(); read != size {
			t.Errorf("%d bytes were read, by net/http %d", size, read)
		}
		if r.Method != http.MethodGet || r.Host == "" || r.Close || r.ContentLength != 0 || len(r.TransferEncoding) > 0 || r.Body != http.NoBody {
			t.Errorf("to net/http it is not plain: %+v", r)
		}
		if want := *Of(r); q != want {
			t.Errorf("read %+v, by net/http %+v", q, want)
		}
	})
}

func TestCanAnswer(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]bool{
		"https://www.example.edu/a?b=c#d": true, "": false, "https://a\r\nX: y": false, "https://ä.example": false, "https://a\x7f": false, "https://a\tb": false,
	} {
		if CanAnswer(location) != want {
			t.Errorf("%q: %t", location, !want)
		}
	}
}

// BenchmarkParse reads what a phone asks.
func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(phone)))
	for b.Loop() {
		if _, _, ok := parse(phone); !ok {
			b.Fatal("not plain")
		}
	}
}
