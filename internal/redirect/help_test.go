package redirect_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/redirect"
)

// world is a database with codes, and replicas of the program over it.
type world struct {
	url   string
	pool  *pgxpool.Pool
	store *db.Store
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{url: dbtest.URL(t)}
	w.pool, w.store = connect(t, w.url)
	return w
}

func connect(t testing.TB, url string) (*pgxpool.Pool, *db.Store) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	store := db.NewStore(pool)
	t.Cleanup(store.Close)
	return pool, store
}

func (w *world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// add makes a code and gives it as a handler would get it.
func (w *world) add(t testing.TB, shortID, target string) db.Code {
	t.Helper()
	c, err := w.store.CreateCode(t.Context(), db.CreateCodeParams{
		Kind: "dynamic", ShortID: &shortID, Title: shortID, TargetURL: &target,
		Level: "M", QuietZone: 4, Dark: "#000000", Light: "#ffffff", ModuleShape: "square", FinderShape: "square", Actor: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// addMany makes codes "many1" to "many<n>".
func (w *world) addMany(t testing.TB, n int) {
	t.Helper()
	w.exec(t, `INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by)
		SELECT 'dynamic', 'many' || i, 'Code', 'https://www.example.edu/departments/science/courses/' || i, 'test', 'test' FROM generate_series(1, $1::int) i`, n)
}

func (w *world) pointTo(t testing.TB, id int64, target string) {
	t.Helper()
	w.exec(t, "UPDATE codes SET target_url = $2, revision = revision + 1, updated_at = now() WHERE id = $1", id, target)
}

func (w *world) config(t testing.TB) redirect.Config {
	t.Helper()
	return redirect.Config{Store: w.store, URL: w.url, Log: logTo(t)}
}

func open(t testing.TB, cfg redirect.Config) *redirect.Directory {
	t.Helper()
	d, err := redirect.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs a directory until the test ends or stop is called, and waits until
// it hears of changes if heard.
func run(t testing.TB, d *redirect.Directory, heard bool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	if heard {
		within(t, "the directory listens", func() bool { return !d.Stats().Degraded })
	}
	return stop
}

// inTime is within, and an error where it took longer than the program
// promises.
func inTime(t testing.TB, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	took := within(t, what, ok)
	if took > limit {
		t.Errorf("%s took %s, want %s", what, took, limit)
	}
	return took
}

// within waits for a condition and gives how long it took. How fast is another
// question: the machine may be busy.
func within(t testing.TB, what string, ok func() bool) time.Duration {
	t.Helper()
	const limit = 30 * time.Second
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > limit {
			t.Fatalf("not within %s: %s", limit, what)
		}
		<-tick.C
	}
	return time.Since(began)
}

func find(t testing.TB, d *redirect.Directory, raw string) redirect.Answer {
	t.Helper()
	return d.Find(t.Context(), raw, time.Now())
}

func leads(t testing.TB, d *redirect.Directory, raw, target string) func() bool {
	return func() bool { return find(t, d, raw).Location == target }
}

func wantOutcome(t testing.TB, d *redirect.Directory, raw string, want redirect.Outcome) {
	t.Helper()
	if got := find(t, d, raw); got.Outcome != want {
		t.Errorf("Find(%q) = %v %q, want %v", raw, got.Outcome, got.Location, want)
	}
}

func wantTarget(t testing.TB, d *redirect.Directory, raw, want string) {
	t.Helper()
	if got := find(t, d, raw); got.Outcome != redirect.Active || got.Location != want {
		t.Errorf("Find(%q) = %v %q, want active %q", raw, got.Outcome, got.Location, want)
	}
}

// logTo writes a directory's log into the test's.
func logTo(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// logBuffer keeps a log to look into.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) has(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), s)
}

// wire lies between the program and the server, and can be cut.
type wire struct {
	url      string
	from, to net.Addr

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
}

func newWire(t testing.TB, url string) *wire {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{open: map[net.Conn]bool{}}
	network, address := pgconn.NetworkAddress(cfg.ConnConfig.Host, cfg.ConnConfig.Port)
	if network == "unix" {
		w.to = &net.UnixAddr{Name: address, Net: network}
	} else if w.to, err = net.ResolveTCPAddr(network, address); err != nil {
		t.Fatal(err)
	}
	w.from = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
	w.up(t)
	w.url = "postgres://" + cfg.ConnConfig.User + ":" + cfg.ConnConfig.Password + "@" + w.from.String() + "/" + cfg.ConnConfig.Database + "?sslmode=disable"
	t.Cleanup(w.down)
	return w
}

func (w *wire) up(t testing.TB) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", w.from.String())
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.listener, w.from = l, l.Addr()
	w.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
}

func (w *wire) carry(client net.Conn) {
	var dialer net.Dialer
	server, err := dialer.DialContext(context.Background(), w.to.Network(), w.to.String())
	if err != nil {
		_ = client.Close()
		return
	}
	w.mu.Lock()
	w.open[client], w.open[server] = true, true
	w.mu.Unlock()
	for _, ends := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(ends[0], ends[1])
			_ = ends[0].Close()
			_ = ends[1].Close()
		}()
	}
}

func (w *wire) down() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for c := range w.open {
		_ = c.Close()
	}
	clear(w.open)
}

func setState(id int64, state string) db.SetCodeStateParams {
	return db.SetCodeStateParams{ID: id, State: state, Actor: "test"}
}
