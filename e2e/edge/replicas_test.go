package edge

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/e2e/rig"
)

// scanners are clients that scan one code all the time.
type scanners struct {
	asked, led atomic.Int64
	stop       chan struct{}
	all        sync.WaitGroup
	mu         sync.Mutex
	failures   []string
}

// scan starts four clients, each with connections of its own.
func (st *stage) scan(t testing.TB, shortID string) *scanners {
	t.Helper()
	s := &scanners{stop: make(chan struct{})}
	for range 4 {
		c := st.client(t, outside)
		s.all.Go(func() {
			tick := time.NewTicker(4 * time.Millisecond)
			defer tick.Stop()
			for {
				s.asked.Add(1)
				a, err := c.try(http.MethodGet, "/R/"+strings.ToUpper(shortID), nil)
				if err == nil && a.status == http.StatusFound && a.header.Get("Location") == target(shortID) {
					s.led.Add(1)
				} else {
					s.mu.Lock()
					s.failures = append(s.failures, fmt.Sprintf("%s: %d, %v, %.100s", time.Now().Format("05.000"), a.status, err, a.body))
					s.mu.Unlock()
				}
				select {
				case <-s.stop:
					return
				case <-tick.C:
				}
			}
		})
	}
	return s
}

// more waits until so many more have been asked.
func (s *scanners) more(t testing.TB, n int64) {
	t.Helper()
	want := s.asked.Load() + n
	eventually(t, "scans", func() error {
		if got := s.asked.Load(); got < want {
			return fmt.Errorf("%d asked, want %d", got, want)
		}
		return nil
	})
}

// end stops the clients and holds them to it that none failed.
func (s *scanners) end(t testing.TB) int64 {
	t.Helper()
	close(s.stop)
	s.all.Wait()
	if len(s.failures) > 0 {
		t.Errorf("%d of %d scans failed:\n%s", len(s.failures), s.asked.Load(), strings.Join(s.failures[:min(len(s.failures), 10)], "\n"))
	}
	return s.led.Load()
}

// stored counts the scans in the database once they are all there.
func (st *stage) stored(t testing.TB, atLeast int64) int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), st.database)
	must(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var n int64
	eventually(t, "stored scans", func() error {
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM scans").Scan(&n); err != nil {
			return err
		}
		if n < atLeast {
			return fmt.Errorf("%d stored, want %d", n, atLeast)
		}
		return nil
	})
	return n
}

// TestRollingRestart restarts both replicas, one after the other, while at least
// a thousand scans come in: none fails, none is lost, none counts twice.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	st.client(t, inside).create("open-day")
	s := st.scan(t, "open-day")
	s.more(t, 200)
	for _, r := range st.replicas {
		r.stop(t)
		s.more(t, 150)
		r.start(t)
		r.ready(t)
		s.more(t, 250)
	}
	led := s.end(t)
	if led < 1000 {
		t.Errorf("%d scans, want 1000", led)
	}
	if n := st.stored(t, led); n != led {
		t.Errorf("%d scans led on, %d are stored", led, n)
	}
	t.Logf("%d scans led on during the restart of both replicas", led)
}

// TestLoneReplica: even where there is but one, a scan that comes while it
// starts anew waits a moment and is answered.
func TestLoneReplica(t *testing.T) {
	t.Parallel()
	st := bareStage(t)
	st.replicas = []*replica{st.newReplica(t, 1)}
	r := st.replicas[0]
	r.start(t)
	r.ready(t)
	st.startEdge(t, nil)
	st.client(t, inside).create("open-day")
	s := st.scan(t, "open-day")
	s.more(t, 100)
	r.stop(t)
	r.start(t)
	s.more(t, 200)
	led := s.end(t)
	if n := st.stored(t, led); n != led {
		t.Errorf("%d scans led on, %d are stored", led, n)
	}
}

// TestKilledReplica kills a replica under load: no scan fails.
func TestKilledReplica(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	st.client(t, inside).create("open-day")
	s := st.scan(t, "open-day")
	for _, r := range st.replicas {
		s.more(t, 200)
		r.Kill()
		s.more(t, 300)
		r.start(t) // on the journal that it left
		r.ready(t)
	}
	s.more(t, 100)
	led := s.end(t)
	// A scan whose answer died with its replica was asked again, and is two.
	if n := st.stored(t, led); n > led+16 {
		t.Errorf("%d scans led on, %d are stored", led, n)
	}
	t.Logf("%d scans led on while either replica was killed", led)
}

// TestNoReplica: with all of them gone there is no page but a plain refusal,
// with the headers all the same.
func TestNoReplica(t *testing.T) {
	t.Parallel()
	st := newStage(t, nil)
	for _, r := range st.replicas {
		r.Kill()
	}
	a := st.client(t, outside).get("/r/open-day")
	if a.status != http.StatusBadGateway && a.status != http.StatusServiceUnavailable || a.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%d, %v", a.status, a.header)
	}
}

// TestScaling: replicas that come and go behind one name, as with docker compose
// up --scale, are found without a restart. The one thing that is not real here
// is the name server.
func TestScaling(t *testing.T) {
	t.Parallel()
	st := bareStage(t)
	names := t.TempDir()
	list := filepath.Join(names, "addresses")
	must(t, os.WriteFile(filepath.Join(names, "nslookup"), []byte("#!/bin/sh\n[ \"$2\" = qr-app ] || exit 1\nprintf 'Server:\\t\\t127.0.0.11\\nAddress:\\t127.0.0.11:53\\n\\n'\n"+
		"while read -r a; do printf 'Name:\\tqr-app\\nAddress: %s\\n' \"$a\"; done <"+list+"\n"), 0o755))
	resolve := func(replicas ...*replica) {
		t.Helper()
		var b strings.Builder
		for _, r := range replicas {
			fmt.Fprintln(&b, r.address)
		}
		must(t, os.WriteFile(list+".new", []byte(b.String()), 0o600))
		must(t, os.Rename(list+".new", list))
	}
	st.replicas = []*replica{st.newReplica(t, 1), st.newReplica(t, 2)}
	one, two := st.replicas[0], st.replicas[1]
	one.start(t)
	one.ready(t)
	two.admin, two.public = one.admin, one.public
	resolve(one)
	st.startEdge(t, settings{"APP_HOSTS": "qr-app", "PATH": names + ":" + os.Getenv("PATH")})
	st.replicas = st.replicas[:1]
	st.client(t, inside).create("open-day")
	s := st.scan(t, "open-day")
	s.more(t, 50)

	two.start(t)
	two.ready(t)
	resolve(one, two)
	before := two.requests(t)
	eventually(t, "scans on the second replica", func() error {
		if n := two.requests(t) - before; n < 50 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	resolve(two)
	one.stop(t)
	s.more(t, 200)
	resolve() // a name server that is away for a moment
	s.more(t, 400)
	led := s.end(t)
	if n := st.stored(t, led); n != led {
		t.Errorf("%d scans led on, %d are stored", led, n)
	}
}

// requests is how many scans a replica has answered.
func (r *replica) requests(t testing.TB) int64 {
	t.Helper()
	m, err := r.metrics(t)
	must(t, err)
	return int64(m["scans_received_total"])
}

func (r *replica) metrics(t testing.TB) (map[string]float64, error) {
	t.Helper()
	a, err := rig.Ask(t.Context(), http.DefaultClient, http.MethodGet, "http://"+r.address+":"+r.admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	return rig.Metrics(t, a.Body), nil
}
