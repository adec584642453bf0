package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db/dbtest"
)

// wire is the way to the database, which a test can cut.
type wire struct {
	mu    sync.Mutex
	down  bool
	at    string // a connection that says this is cut, and the server with it
	late  bool   // only once the server has taken it: the answer gets lost
	conns []net.Conn
}

// newWiredServer makes a server whose database can go away. Its pool field
// reaches the database in another way.
func newWiredServer(t *testing.T, env ...string) (*server, *wire) {
	t.Helper()
	w := &wire{}
	address := dbtest.URL(t)
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	dial := cfg.ConnConfig.DialFunc
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		return w.dial(ctx, network, address, dial)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	beside, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(beside.Close)
	s := newServerBeside(t, pool, beside, 5*time.Millisecond, env...)
	s.pool = beside
	return s, w
}

var errCut = &net.OpError{Op: "write", Err: errors.New("the test cut the wire")}

func (w *wire) dial(ctx context.Context, network, address string, dial func(context.Context, string, string) (net.Conn, error)) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errCut
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.conns = append(w.conns, conn)
	return &wired{conn, w}, nil
}

// Cut takes the server away; CutAt does so when somebody says the words, and
// LoseAnswerTo once the server has done what they say.
func (w *wire) Cut()                      { w.set(true, "", false) }
func (w *wire) CutAt(words string)        { w.set(false, words, false) }
func (w *wire) LoseAnswerTo(words string) { w.set(false, words, true) }
func (w *wire) Mend()                     { w.set(false, "", false) }

func (w *wire) set(down bool, at string, late bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.at, w.late = down, at, late
	if down {
		w.close()
	}
}

func (w *wire) close() {
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	w.conns = nil
}

// wired is one connection.
type wired struct {
	net.Conn
	wire *wire
}

func (c *wired) Write(b []byte) (int, error) {
	w := c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == "" || !bytes.Contains(b, []byte(w.at)) {
		return c.Conn.Write(b)
	}
	w.down = true
	if w.late {
		if n, err := c.Conn.Write(b); err != nil {
			return n, err
		}
		answer := make([]byte, 64<<10)
		_, _ = c.Conn.Read(answer) // the server has done it by now
	}
	w.close()
	return 0, errCut
}

func TestPagesWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	s, wire := newWiredServer(t, "CONTACT=help@example.edu")
	s.KeepCookies()
	id := s.Create(dynamic("short_id", "open-day"))
	s.Get(codePath(id, ""))
	wire.Cut()
	before := len(s.log.Requests(t))
	requests := []struct{ method, path string }{
		{"GET", "/"}, {"GET", "/codes"}, {"GET", "/codes?q=x"}, {"GET", "/codes/new"}, {"GET", codePath(id, "")}, {"GET", codePath(id, "/edit")},
		{"GET", codePath(id, "/image.svg")}, {"GET", "/codes/short-id?short_id=free"},
		{"POST", "/codes"}, {"POST", codePath(id, "")}, {"POST", codePath(id, "/pause")}, {"POST", codePath(id, "/events/1/undo")},
	}
	for _, r := range requests {
		got := s.Request(r.method, r.path, dynamic(), http.StatusServiceUnavailable)
		if got.Header.Get("Retry-After") == "" || strings.Contains(got.Body, "test cut") || strings.Contains(got.Body, "postgres") {
			t.Errorf("%s %s: Retry-After %q, %.300s", r.method, r.path, got.Header.Get("Retry-After"), got.Page().Text())
		}
		got.Has("Not available right now", "try again").HasNot("fault of the program")
	}
	for _, line := range s.log.Requests(t)[before:] {
		if line["level"] != "ERROR" || line["error"] == nil {
			t.Errorf("the operator reads only %v", line)
		}
	}
	r := s.Request("POST", "/codes", dynamic(), http.StatusServiceUnavailable, htmx).Has("Not available right now")
	if r.Header.Get("HX-Reswap") != "none" {
		t.Error("the form on the screen would be replaced")
	}
	s.Get("/health/live")
	s.Get("/health/ready") // for scans
	s.Request("GET", "/r/open-day", nil, http.StatusFound)
	s.Request("GET", "/health", nil, http.StatusServiceUnavailable).Has(`"status":"degraded"`)

	wire.Mend()
	s.Get(codePath(id, ""))
	s.Get("/health")
}

// TestDatabaseGoesAwayInTheMiddle: 503, and nothing half-written. Sent again,
// the form does what it should, once.
func TestDatabaseGoesAwayInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path string
		form       url.Values
		cut        func(*wire)
		kept       bool // the server had done it
	}{
		{"create, before the history", "/codes", dynamic("form_token", "TOKEN"), func(w *wire) { w.CutAt("INSERT INTO code_events") }, false},
		{"create, before the commit", "/codes", dynamic("form_token", "TOKEN"), func(w *wire) { w.CutAt("commit") }, false},
		{"create, answer lost", "/codes", dynamic("form_token", "TOKEN"), func(w *wire) { w.LoseAnswerTo("commit") }, true},
		{"edit, before the history", "/codes/1", form("title", "New"), func(w *wire) { w.CutAt("INSERT INTO code_events") }, false},
		{"edit, before the commit", "/codes/1", form("title", "New"), func(w *wire) { w.CutAt("commit") }, false},
		{"edit, answer lost", "/codes/1", form("title", "New"), func(w *wire) { w.LoseAnswerTo("commit") }, true},
		{"pause, before the history", "/codes/1/pause", form(), func(w *wire) { w.CutAt("INSERT INTO code_events") }, false},
		{"retire, before the commit", "/codes/1/retire", form(), func(w *wire) { w.CutAt("commit") }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, wire := newWiredServer(t)
			if test.path != "/codes" {
				// With another server, so that this one has yet to send each statement.
				newServerOn(t, s.pool).Create(dynamic())
			}
			state := func() string {
				var sum string
				const sql = `SELECT coalesce((SELECT string_agg(c::text, ';' ORDER BY id) FROM codes c), '') || coalesce((SELECT string_agg(e::text, ';' ORDER BY id) FROM code_events e), '')`
				if err := s.pool.QueryRow(t.Context(), sql).Scan(&sum); err != nil {
					t.Fatal(err)
				}
				return sum
			}
			before := state()
			test.cut(wire)
			r := s.Request("POST", test.path, test.form, http.StatusServiceUnavailable)
			if test.kept {
				r.Has("Look whether it was").HasNot("Nothing was changed")
			}
			if kept := state() != before; kept != test.kept {
				t.Errorf("the change was kept: %t, want %t", kept, test.kept)
			}
			wire.Mend()
			s.Request("POST", test.path, test.form, http.StatusSeeOther)
			codes, events := int64(1), int64(2)
			if test.path == "/codes" {
				events = 1
			}
			if n := s.Count("SELECT count(*) FROM codes"); n != codes {
				t.Errorf("%d codes", n)
			}
			if n := s.Count("SELECT count(*) FROM code_events"); n != events {
				t.Errorf("%d events, want %d", n, events)
			}
		})
	}
}

// A database that was away at the start answers before it has its schema.
func TestPagesWithoutTheSchema(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	s.schema.Store(false)
	s.Request("GET", "/codes", nil, http.StatusServiceUnavailable).Has("not ready yet")
	s.Request("POST", "/codes", dynamic(), http.StatusServiceUnavailable)
	s.Request("GET", "/health", nil, http.StatusServiceUnavailable).Has(`"database":"unavailable"`)
	s.Request("GET", "/r/open-day", nil, http.StatusFound)
	s.Get("/health/ready")
	s.Get("/metrics")
	s.schema.Store(true)
	s.Get("/codes")
	s.Get("/health")
}

func TestDownloadIsNotHandedOutUnlessItIsNoted(t *testing.T) {
	t.Parallel()
	s, wire := newWiredServer(t)
	newServerOn(t, s.pool).Create(dynamic())
	wire.CutAt("INSERT INTO code_events")
	s.Request("GET", "/codes/1/image.svg?download=1", nil, http.StatusServiceUnavailable).HasNot("svg")
	if c := s.codeBeside(1); c != nil {
		t.Errorf("half of the download was noted: printed at %v", c)
	}
}

// codeBeside reads when a code was printed without the wire.
func (s *server) codeBeside(id int64) any {
	s.t.Helper()
	var printed any
	if err := s.pool.QueryRow(s.t.Context(), "SELECT printed_at FROM codes WHERE id = $1", id).Scan(&printed); err != nil {
		s.t.Fatal(err)
	}
	return printed
}

// Nothing is known of the codes yet: a printed code must not be told that it
// does not exist.
func TestScanBeforeTheDirectoryIsFilled(t *testing.T) {
	t.Parallel()
	s := newServerOn(t, deadPool(t), "CONTACT=help@example.edu")
	r := s.Request("GET", "/R/OPEN-DAY", nil, http.StatusServiceUnavailable, from(outside)).Has("Not available right now", "help@example.edu")
	if r.Header.Get("Retry-After") == "" || r.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", r.Header)
	}
}

// A code that leads on is never held back by a journal that refuses, but the
// loss is counted.
func TestRedirectWhoseScanIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	_ = s.journal.Close() // what follows sees whether it did
	s.Request("GET", "/R/OPEN-DAY", nil, http.StatusFound, from(outside))
	if stats := s.records.Stats(); stats.Received != 1 || stats.Refused != 1 {
		t.Errorf("the account says %+v", stats)
	}
	if body := s.Get("/metrics").Body; !strings.Contains(body, "qrgen_scans_refused_total 1") {
		t.Error("the lost scan is not in the metrics")
	}
}

// A server that restarts kills every connection: what was open is answered
// with 503 at worst, never with a fault of ours.
func TestDatabaseRestart(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic())
	side, err := pgx.ConnectConfig(t.Context(), s.pool.Config().ConnConfig.Copy())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = side.Close(context.Background()) }()
	for _, r := range []struct{ method, path string }{{"GET", "/codes"}, {"GET", "/codes/1"}, {"POST", "/codes/1/pause"}, {"GET", "/"}} {
		const kill = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
		if _, err := side.Exec(t.Context(), kill); err != nil {
			t.Fatal(err)
		}
		if got := s.any(r.method, r.path); got.Code >= 500 && got.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s = %d", r.method, r.path, got.Code)
		}
	}
	for range 20 { // each broken connection is noticed once
		if s.any("GET", "/codes").Code == http.StatusOK {
			return
		}
	}
	t.Error("the program did not come back")
}

// Whoever comes while the program stops is asked to come again.
func TestClosedPool(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic("short_id", "open-day"))
	s.pool.Close()
	s.Request("GET", "/codes", nil, http.StatusServiceUnavailable)
	s.Request("POST", "/codes", dynamic(), http.StatusServiceUnavailable)
	s.Request("GET", "/r/open-day", nil, http.StatusFound) // from memory
}

// A visitor who leaves is nobody's fault.
func TestVisitorWhoLeft(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	gone := func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		*r = *r.WithContext(ctx)
	}
	s.any("GET", "/codes", gone)
	s.any("GET", codePath(id, ""), gone, htmx)
	for _, line := range s.log.Requests(t) {
		if line["level"] != "INFO" {
			t.Errorf("logged as %v", line)
		}
	}
}
