package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// stopLimit is how long a stop may take, on a machine that is busy with other
// tests, too: http.Server.Shutdown's 10 s are the most the program waits.
const stopLimit = 10 * time.Second

func TestKillLosesNothingCommitted(t *testing.T) {
	dir := t.TempDir()
	first := startIn(t, dir)
	kept := first.create(t, "Kept through a kill")
	t.Logf("first start took %s", first.started.Round(time.Millisecond))

	// Scans and new codes are under way when the kill comes; what was answered
	// must be there afterwards.
	var scanned, refused atomic.Int64
	var made sync.Map
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				if worker == 0 {
					title := fmt.Sprintf("Made before the kill %d", n)
					form := map[string][]string{"kind": {"dynamic"}, "title": {title}, "target_url": {"https://example.com/"}}
					a, err := first.try(t, http.MethodPost, "/codes", form)
					if err != nil || a.status != http.StatusSeeOther {
						return
					}
					made.Store(a.header.Get("Location"), title)
					continue
				}
				a, err := first.try(t, http.MethodGet, "/r/"+kept.shortID, nil)
				if err != nil || a.status != http.StatusFound {
					refused.Add(1)
					return
				}
				scanned.Add(1)
			}
		})
	}
	eventually(t, "requests under way", func() error {
		if scanned.Load() < 100 {
			return fmt.Errorf("%d scans so far", scanned.Load())
		}
		return nil
	})
	orphan := first.postmaster()
	must(t, first.Signal(syscall.SIGKILL))
	<-first.Exited
	wg.Wait()
	if !serverOf(orphan, dir) {
		t.Log("the server ended with the program")
	}

	second := startIn(t, dir)
	t.Logf("start after a kill took %s", second.started.Round(time.Millisecond))
	if serverOf(orphan, dir) {
		t.Errorf("the server that the killed run left behind (process %d) still runs", orphan)
	}
	if servers := serversOn(t, dir); len(servers) != 1 {
		t.Errorf("servers on the data directory: %v, want one", servers)
	}
	if a := second.get(t, kept.path); a.status != http.StatusOK || !strings.Contains(a.body, kept.title) {
		t.Errorf("the code is gone: status %d", a.status)
	}
	made.Range(func(path, title any) bool {
		if a := second.get(t, path.(string)); a.status != http.StatusOK || !strings.Contains(a.body, title.(string)) {
			t.Errorf("%s, %q, was answered with 303 and is gone: status %d", path, title, a.status)
		}
		return true
	})
	// A scan that was counted and whose answer the kill cut off is one too many
	// for the client, at most one a worker.
	second.awaitTotal(t, kept, scanned.Load(), refused.Load())
	must(t, second.stop())

	third := startIn(t, dir)
	t.Logf("start after a clean stop took %s", third.started.Round(time.Millisecond))
}

// serversOn lists the PostgreSQL servers that have the data directory open as
// their own: their working directory is it.
func serversOn(t *testing.T, dataDir string) (pids []int) {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	for _, entry := range entries {
		pid, _ := strconv.Atoi(filepath.Base(entry))
		if serverOf(pid, dataDir) && !serverOf(parent(pid), dataDir) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// serverOf says whether the process is a PostgreSQL that works in the data
// directory.
func serverOf(pid int, dataDir string) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || !bytes.HasPrefix(name, []byte("postgres")) {
		return false
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && cwd == filepath.Join(dataDir, "postgres")
}

func parent(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	ppid, _ := strconv.Atoi(fields[1])
	return ppid
}

func TestSecondStartIsRefused(t *testing.T) {
	p := office(t)
	second, err := launch(t, p.dataDir)
	if err == nil {
		must(t, second.stop())
		t.Fatal("a second program started on the same data directory")
	}
	if pid := strconv.Itoa(p.Pid()); !strings.Contains(err.Error(), pid) {
		t.Errorf("the message does not name process %s: %v", pid, err)
	}
	if a := p.get(t, "/health"); a.status != http.StatusOK {
		t.Errorf("the first program is unwell afterwards: %d", a.status)
	}
}

// TestStop stops the program under load by a signal to it, and by one to its
// process group as a terminal's Ctrl-C is; what it has begun it answers.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	for _, by := range []struct {
		name string
		send func(p *program) error
	}{
		{"SIGTERM", func(p *program) error { return p.Signal(syscall.SIGTERM) }},
		{"Ctrl-C", func(p *program) error { return syscall.Kill(-p.Pid(), syscall.SIGINT) }},
	} {
		t.Run(by.name, func(t *testing.T) {
			p := startIn(t, dir)
			t.Logf("started in %s", p.started.Round(time.Millisecond))
			if out, err := rig.Command(t, p.env, rig.Binary(t), "health"); err != nil || !strings.Contains(out, "ok") {
				t.Errorf("qrgen health while it runs: %q, %v", out, err)
			}
			c := p.create(t, "Scanned while the program stops: "+by.name)
			server := p.postmaster()
			half := p.half(t, "Half sent before "+by.name)
			scans := p.scanOn(t, c)
			eventually(t, "load", func() error {
				if n := scans.answered.Load(); n < 100 {
					return fmt.Errorf("%d scans so far", n)
				}
				return nil
			})

			before := time.Now()
			must(t, by.send(p))
			rig.Await(t, "that it stops", func() bool { return strings.Contains(p.Stdout.String(), `"msg":"stopping"`) })
			made := half.finish(t)
			ended := p.Ends()
			took := time.Since(before)
			scans.end()
			if !ended || p.Err != nil {
				t.Errorf("exit: %t, %v", ended, p.Err)
			}
			if took > stopLimit {
				t.Errorf("stopping took %s, want at most %s", took, stopLimit)
			}
			if serverOf(server, dir) || len(serversOn(t, dir)) > 0 {
				t.Error("PostgreSQL still runs")
			}
			if out, err := rig.Command(t, p.env, rig.Binary(t), "health"); err == nil {
				t.Errorf("qrgen health after the stop: %q and no error", out)
			}
			t.Logf("stopped in %s; %d scans answered, %d cut off", took.Round(time.Millisecond), scans.answered.Load(), scans.cut.Load())

			again := startIn(t, dir)
			if a := again.get(t, made); a.status != http.StatusOK || !strings.Contains(a.body, "Half sent before "+by.name) {
				t.Errorf("what was sent while it stopped is gone: %s, status %d", made, a.status)
			}
			again.awaitTotal(t, c, scans.answered.Load(), scans.cut.Load())
			must(t, again.stop())
		})
	}
}

// load scans one code again and again until the program is gone.
type load struct {
	answered, cut atomic.Int64
	end           func()
}

func (p *program) scanOn(t *testing.T, c code) *load {
	t.Helper()
	l := &load{}
	var ended atomic.Bool
	var wg sync.WaitGroup
	l.end = func() { ended.Store(true); wg.Wait() }
	t.Cleanup(l.end)
	for range 8 {
		wg.Go(func() {
			for !ended.Load() {
				a, err := p.try(t, http.MethodGet, "/R/"+c.shortID, nil)
				switch {
				case err == nil && a.status == http.StatusFound:
					l.answered.Add(1)
				case err == nil:
					t.Errorf("status %d while stopping", a.status)
					return
				case errors.Is(err, syscall.ECONNREFUSED):
					return // it no longer listens, and took nothing on
				default:
					// The connection was idle when the server closed it, or still in
					// the listener's queue: the request was never read.
					l.cut.Add(1)
					return
				}
			}
		})
	}
	return l
}

// half is a request of which the program has read the beginning.
type half struct {
	conn net.Conn
	rest string
}

// half begins to send a form, and waits until the program has it in hands.
func (p *program) half(t *testing.T, title string) half {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.Host())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	body := url.Values{"kind": {"dynamic"}, "title": {title}, "target_url": {"https://example.com/"}}.Encode()
	// The program says 100 Continue when the handler begins to read.
	fmt.Fprintf(conn, "POST /codes HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", p.Host(), len(body))
	const goOn = "HTTP/1.1 100 Continue\r\n\r\n"
	answer := make([]byte, len(goOn))
	_, err = io.ReadFull(conn, answer)
	must(t, err)
	if string(answer) != goOn {
		t.Fatalf("instead of 100 Continue: %q", answer)
	}
	return half{conn: conn, rest: body}
}

// finish sends the rest and gives the path of the code that it made.
func (h half) finish(t *testing.T) string {
	t.Helper()
	_, err := io.WriteString(h.conn, h.rest)
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
	if err != nil {
		t.Fatalf("a request that was under way got no answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("a request that was under way: status %d\n%s", response.StatusCode, body)
	}
	return response.Header.Get("Location")
}

// TestParallelScans holds the program to its promise that no scan is lost:
// 2,000 of one code, 50 at a time, are exactly 2,000.
func TestParallelScans(t *testing.T) {
	const scans, workers = 2000, 50
	p := office(t)
	c := p.create(t, "Scanned by two thousand", "target_url", "https://example.com/fair?stand=12")
	began := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := next.Add(1); n <= scans; n = next.Add(1) {
				address := "/R/" + strings.ToUpper(c.shortID)
				if n%4 == 0 {
					address = "/r/" + c.shortID
				}
				a, err := p.try(t, http.MethodGet, address, nil)
				if err != nil || a.status != http.StatusFound || a.header.Get("Location") != "https://example.com/fair?stand=12" {
					t.Errorf("scan %d: status %d, %v", n, a.status, err)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	want := "total 2,000, qr 1,500, link 500"
	eventually(t, "the count on the page", func() error {
		if got := p.counts(t, c); got != want {
			return fmt.Errorf("%s, want %s", got, want)
		}
		return nil
	})
	t.Logf("%d scans in %s, %.0f a second", scans, took.Round(time.Millisecond), scans/took.Seconds())
}
