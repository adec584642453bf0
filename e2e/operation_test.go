package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
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
	must(t, first.signal(syscall.SIGKILL))
	<-first.exited
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
	shown := second.counts(t, kept)
	counted, err := strconv.ParseInt(strings.ReplaceAll(strings.Fields(strings.TrimSuffix(shown, ","))[1], ",", ""), 10, 64)
	if err != nil {
		t.Fatalf("read the count in %q: %v", shown, err)
	}
	// A scan that was counted and whose answer the kill cut off is one too many
	// for the client, at most one a worker.
	if answered := scanned.Load(); counted < answered || counted > answered+refused.Load() {
		t.Errorf("%d scans counted, %d answered and %d cut off", counted, answered, refused.Load())
	}
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
	p := start(t)
	second, err := launch(p.dataDir)
	if err == nil {
		must(t, second.stop())
		t.Fatal("a second program started on the same data directory")
	}
	if pid := strconv.Itoa(p.cmd.Process.Pid); !strings.Contains(err.Error(), pid) {
		t.Errorf("the message does not name process %s: %v", pid, err)
	}
	if a := p.get(t, "/health"); a.status != http.StatusOK {
		t.Errorf("the first program is unwell afterwards: %d", a.status)
	}
}

// TestStop stops the program under load by a signal to it, and by one to its
// process group as a terminal's Ctrl-C is.
func TestStop(t *testing.T) {
	for name, send := range map[string]func(p *program) error{
		"SIGTERM": func(p *program) error { return p.signal(syscall.SIGTERM) },
		"Ctrl-C":  func(p *program) error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			c := p.create(t, "Scanned while the program stops")
			server := p.postmaster()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var answered, cut atomic.Int64
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for ctx.Err() == nil {
						a, err := p.try(t, http.MethodGet, "/R/"+c.shortID, nil)
						switch {
						case err == nil && a.status == http.StatusFound:
							answered.Add(1)
						case err == nil:
							t.Errorf("status %d while stopping", a.status)
							return
						case errors.Is(err, syscall.ECONNREFUSED):
							return // it no longer listens, and took nothing on
						default:
							// A connection that was idle when the server closed it, or one
							// in the listener's queue: the request was never read.
							cut.Add(1)
							t.Logf("cut off: %v", err)
							return
						}
					}
				})
			}
			eventually(t, "load", func() error {
				if answered.Load() < 100 {
					return fmt.Errorf("%d scans so far", answered.Load())
				}
				return nil
			})
			before := time.Now()
			must(t, send(p))
			err := p.wait(patience)
			took := time.Since(before)
			cancel()
			wg.Wait()
			if err != nil {
				t.Errorf("exit: %v", err)
			}
			if took > stopLimit {
				t.Errorf("stopping took %s, want at most %s", took, stopLimit)
			}
			if serverOf(server, p.dataDir) || len(serversOn(t, p.dataDir)) > 0 {
				t.Error("PostgreSQL still runs")
			}
			t.Logf("stopped in %s; %d scans answered, %d cut off", took.Round(time.Millisecond), answered.Load(), cut.Load())
			if cut.Load() > 0 {
				t.Logf("%d requests cut off", cut.Load())
			}

			again := startIn(t, p.dataDir)
			t.Logf("second start took %s", again.started.Round(time.Millisecond))
			want := fmt.Sprintf("total %s, ", grouped(answered.Load()))
			if got := again.counts(t, c); !strings.HasPrefix(got, want) {
				t.Errorf("counted %s; answered %d", got, answered.Load())
			}
		})
	}
}

// grouped writes a number as the pages do: 1,234.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func TestHealthCommand(t *testing.T) {
	p := start(t)
	out, err := p.command(t.Context(), "health")
	if err != nil || !strings.Contains(out, "ok") {
		t.Errorf("while it runs: %q, %v", out, err)
	}
	must(t, p.stop())
	if out, err := p.command(t.Context(), "health"); err == nil {
		t.Errorf("after its stop: %q and no error", out)
	}
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
