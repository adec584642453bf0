package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/handlers"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/internal/front"
	"qrgen/internal/logs"
	"qrgen/internal/scans"
)

// office is an address that the default ADMIN_ALLOW lets in; outside is one
// that it does not.
const (
	office  = "192.168.7.7:4711"
	outside = "203.0.113.9:4711"
)

// server is the real Server over a database of the test's own.
type server struct {
	t       testing.TB
	handler http.Handler
	public  http.Handler // what PUBLIC_ADDR serves
	quick   func(*front.Request) (location string, ok bool)
	journal *scans.Journal
	store   *db.Store
	pool    *pgxpool.Pool
	config  config.Config
	clock   *clock
	records *scans.Recorder
	log     *logBuffer
	schema  *atomic.Bool      // whether the database has it
	jar     map[string]string // cookies, kept only after KeepCookies
}

// newServer makes a server with environment variables given as "NAME=value".
// BASE_URL is https://qr.example.edu and TZ Europe/Berlin unless set.
func newServer(t testing.TB, env ...string) *server {
	t.Helper()
	return newServerOn(t, dbtest.New(t), env...)
}

// newServerOn makes a server over a pool.
func newServerOn(t testing.TB, pool *pgxpool.Pool, env ...string) *server {
	t.Helper()
	return newServerBeside(t, pool, pool, 5*time.Millisecond, env...)
}

// newServerBeside makes a server whose pages and whose directory and recorder
// have a pool each. Scans are stored every so often.
func newServerBeside(t testing.TB, pool, engine *pgxpool.Pool, every time.Duration, env ...string) *server {
	t.Helper()
	vars := map[string]string{"BASE_URL": "https://qr.example.edu", "TZ": "Europe/Berlin"}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
	}
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := vars[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	links, err := cfg.Links()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, store: db.NewStore(pool), pool: pool, config: cfg, clock: &clock{}, log: &logBuffer{}, schema: &atomic.Bool{}}
	s.schema.Store(true)
	log, lines := logs.New(s.log, slog.LevelInfo)
	directory := s.openEngine(engine, every, log)
	rules := codes.Rules{Links: links, AllowedDomains: cfg.AllowedRedirectDomains}
	server, err := handlers.New(handlers.Options{
		Store: s.store, Registry: codes.NewRegistry(s.store, rules, cfg.Zone.Location, directory.Put), Config: cfg,
		Directory: directory, Journal: s.journal, Recorder: s.records,
		Version: "test", Log: log, LogLines: lines, Now: s.clock.Now, Migrated: s.schema.Load,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.handler, s.public, s.quick = server.Handler(), server.PublicHandler(), server.Quick
	return s
}

// KeepCookies makes the requests that follow one browser's.
func (s *server) KeepCookies() { s.jar = map[string]string{} }

// As gives the same server to a subtest.
func (s *server) As(t *testing.T) *server {
	t.Helper()
	sub := *s
	sub.t = t
	return &sub
}

// with changes a request before it is sent.
type with func(*http.Request)

func header(name, value string) with { return func(r *http.Request) { r.Header.Set(name, value) } }
func from(addr string) with          { return func(r *http.Request) { r.RemoteAddr = addr } }

// htmx makes a request one that htmx sends for a fragment.
func htmx(r *http.Request) { r.Header.Set("HX-Request", "true") }

// Request sends a request from the office, with a form where one is given,
// and checks the status of the answer.
func (s *server) Request(method, uri string, form url.Values, wantCode int, changes ...with) *reply {
	s.t.Helper()
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, uri, body)
	r.Host = "qr.example.edu"
	r.RemoteAddr = office
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range s.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	result := w.Result()
	if s.jar != nil {
		for _, c := range result.Cookies() {
			s.jar[c.Name] = c.Value
		}
	}
	got := &reply{t: s.t, Code: w.Code, Header: result.Header, Body: w.Body.String(), cookies: result.Cookies()}
	if got.Code != wantCode {
		s.t.Fatalf("%s %s = %d, want %d; text: %.600s", method, uri, got.Code, wantCode, got.Page().Text())
	}
	return got
}

// Get sends a GET that must succeed.
func (s *server) Get(uri string, changes ...with) *reply {
	s.t.Helper()
	return s.Request(http.MethodGet, uri, nil, http.StatusOK, changes...)
}

// Post sends a form that must succeed as a browser's does, and gives where it
// leads.
func (s *server) Post(uri string, form url.Values, changes ...with) string {
	s.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return s.Request(http.MethodPost, uri, form, http.StatusSeeOther, changes...).Header.Get("Location")
}

// Create makes a code through the form and gives its number.
func (s *server) Create(form url.Values) int64 {
	s.t.Helper()
	location := s.Post("/codes", form)
	id, err := strconv.ParseInt(strings.TrimPrefix(location, "/codes/"), 10, 64)
	if err != nil {
		s.t.Fatalf("created code is at %q", location)
	}
	return id
}

// Code reads a code from the database.
func (s *server) Code(id int64) db.CodeByIDRow {
	s.t.Helper()
	row, err := s.store.CodeByID(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return row
}

// Count gives the number that a query selects.
func (s *server) Count(sql string, args ...any) int64 {
	s.t.Helper()
	var n int64
	if err := s.pool.QueryRow(s.t.Context(), sql, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// Exec changes the database behind the program's back.
func (s *server) Exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.pool.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// Listen serves real connections, for what a recorder does not show.
func (s *server) Listen() *httptest.Server {
	web := httptest.NewServer(s.handler)
	s.t.Cleanup(web.Close)
	return web
}

// form writes a form from name, value, name, value …
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// dynamic is a good form for a dynamic code, changed by pairs.
func dynamic(pairs ...string) url.Values {
	return merge(form("kind", "dynamic", "title", "Library", "target_url", "https://www.example.edu/library"), pairs)
}

// static is a good form for a static code, changed by pairs.
func static(pairs ...string) url.Values {
	return merge(form("kind", "static", "title", "Guest Wi-Fi", "content", "WIFI:S:guest;T:WPA;P:secret;;"), pairs)
}

func merge(v url.Values, pairs []string) url.Values {
	maps.Copy(v, form(pairs...))
	return v
}

func codePath(id int64, rest string) string { return fmt.Sprintf("/codes/%d%s", id, rest) }

// clock is time.Now until it is set.
type clock struct {
	mu    sync.Mutex
	fixed time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fixed.IsZero() {
		return time.Now()
	}
	return c.fixed
}

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fixed = t
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Requests gives the requests' log lines.
func (l *logBuffer) Requests(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(l.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if m["msg"] == "request" {
			lines = append(lines, m)
		}
	}
	return lines
}

// deadPool is a pool on a server that does not exist.
func deadPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable&connect_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
