package survive

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	idleMax   = 5000     // connections that say nothing
	growthMax = 64 << 20 // bytes that all of it may cost, at most 12 KiB a connection
)

// raw sends bytes as they are and gives the status of the answer; 0 where the
// connection ends without one.
func (p *program) raw(request string) (int, error) {
	conn, err := net.DialTimeout("tcp", p.Host(), patience)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	go func() { _, _ = io.WriteString(conn, request) }() // the answer may come before all is sent
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, nil // cut off
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, nil
}

// TestHostileRequests sends what no browser does. Each gets its 4xx, others
// are served meanwhile, and memory stays flat. Not parallel: it measures.
func TestHostileRequests(t *testing.T) {
	pg := newPostgres(t)
	p := start(t, folder(t), pg.URL())
	ids := p.createMany(t, 2)
	told := newLedger()
	clients := told.scan(t, p, ids, pace)
	clients.underWay(t, p, 100)
	before := p.rss(t)
	hostilePaths(t, p)
	slowClients(t, p, 50)
	n := idleConnections(t, p)
	clients.underWay(t, p, 100)
	after := p.rss(t)
	t.Logf("%d idle connections; resident memory %d MiB before and %d MiB after", n, before>>20, after>>20)
	if after-before > growthMax {
		t.Errorf("memory grew from %d to %d bytes", before, after)
	}
	clients.end()
	p.sound(t, pg, told)
}

func hostilePaths(t *testing.T, p *program) {
	t.Helper()
	for name, path := range map[string]string{
		"8 KB": "/r/" + strings.Repeat("a", 8<<10), "escaped 8 KB": "/r/" + strings.Repeat("%61", 2<<10), "zero": "/r/%00", "zero inside": "/r/poster%00-0",
		"up": "/r/..", "far up": "/r/../../../../etc/passwd", "escaped up": "/r/%2e%2e/health", "escaped slash": "/r/..%2f..%2fhealth",
		"two slashes": "//r//poster-0", "inner slashes": "/r//poster-0", "nothing": "/r/", "invalid UTF-8": "/r/%ff%fe%c0%af", "raw bytes": "/r/\xff\xfe\xc0",
		"bad escape": "/r/%zz", "backslash": "/r/..\\..\\x", "line": "/r/a%0d%0aSet-Cookie:x", "deep": "/r" + strings.Repeat("/a", 2000), "semicolon": "/r/;/x", "star": "*",
	} {
		for range 3 {
			status, err := p.raw("GET " + path + " HTTP/1.1\r\nHost: example.edu\r\nConnection: close\r\n\r\n")
			if err != nil || status < 400 || status > 499 {
				t.Errorf("%s: status %d, %v", name, status, err)
			}
		}
	}
	for name, request := range map[string]string{
		"path of 100 KB":   "GET /r/" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"header of 100 KB": "GET /r/poster-0 HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 100<<10) + "\r\n\r\n",
		"10,000 headers":   "GET /r/poster-0 HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: abc\r\n", 10_000) + "\r\n",
		"no host":          "GET /r/poster-0 HTTP/1.1\r\n\r\n",
		"noise":            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"two lengths":      "POST /r/poster-0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"another method":   "DELETE /r/poster-0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	} {
		for range 10 {
			// Where the request was not read to its end, the answer may be lost.
			if status, err := p.raw(request); err != nil || status != 0 && (status < 400 || status > 499) {
				t.Errorf("%s: status %d, %v", name, status, err)
			}
		}
	}
}

// slowClients send a few bytes a second, and are cut off.
func slowClients(t *testing.T, p *program, n int) {
	t.Helper()
	var wg sync.WaitGroup
	began := time.Now()
	for range n {
		wg.Go(func() {
			conn, err := net.DialTimeout("tcp", p.Host(), patience)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			tick := time.NewTicker(300 * time.Millisecond)
			defer tick.Stop()
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				_, _ = io.Copy(io.Discard, conn)
			}()
			for _, b := range []byte("GET /r/poster-0 HTTP/1.1\r\nHost: example.edu\r\nX-Slow: " + strings.Repeat("x", 200)) {
				select {
				case <-gone:
					return
				case <-tick.C:
				}
				_, _ = conn.Write([]byte{b})
			}
			t.Error("a slow client was served to the end")
		})
	}
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d slow clients were cut off within %s", n, took.Round(time.Millisecond))
	if took > 30*time.Second {
		t.Errorf("slow clients held on for %s", took)
	}
}

// idleConnections opens as many as it may, and others are answered meanwhile.
func idleConnections(t *testing.T, p *program) int {
	t.Helper()
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	n := int(min(idleMax, limit.Cur/2-500))
	for range n {
		conn, err := net.DialTimeout("tcp", p.Host(), patience)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	}
	began := time.Now()
	for range 100 {
		if status, err := p.raw(fmt.Sprintf("HEAD /R/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "poster-0")); status != http.StatusFound {
			t.Errorf("beside idle connections: status %d, %v", status, err)
		}
	}
	t.Logf("100 redirects beside %d idle connections took %s", n, time.Since(began).Round(time.Millisecond))
	return n
}
