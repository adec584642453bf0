package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"qrgen/internal/front"
)

// BenchmarkRedirect answers scans of one code without the network: what the
// thin path costs and allocates beside the requests themselves.
func BenchmarkRedirect(b *testing.B) {
	s := newServer(b)
	s.Create(dynamic("short_id", "open-day"))
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/R/OPEN-DAY", http.NoBody)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36")
	r.Header.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.8")
	b.ReportAllocs()
	for b.Loop() {
		w := nowhere{header: http.Header{}}
		s.handler.ServeHTTP(&w, r)
		if w.status != http.StatusFound {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkQuick is the same for what internal/front reads.
func BenchmarkQuick(b *testing.B) {
	s := newServer(b)
	s.Create(dynamic("short_id", "open-day"))
	q := &front.Request{
		Path: "/R/OPEN-DAY", Peer: outside, AcceptLanguage: "de-DE,de;q=0.9,en;q=0.8",
		UserAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.quick(q); !ok {
			b.Fatal("not quick")
		}
	}
}

// nowhere is a response writer that keeps the status alone.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(status int)      { n.status = status }
