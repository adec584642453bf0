package survive

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// ledger is what clients were told, by short ID, in all runs of a program.
type ledger struct {
	mu     sync.Mutex
	answer map[string]int64 // 302s that a client has read
	cut    map[string]int64 // requests without an answer: stored or not
	wrong  []string         // answers other than the 302
}

func newLedger() *ledger { return &ledger{answer: map[string]int64{}, cut: map[string]int64{}} }

func (l *ledger) note(id string, answered, cut int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer[id] += answered
	l.cut[id] += cut
}

func (l *ledger) complain(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

func sum(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func (l *ledger) answered() int64 { l.mu.Lock(); defer l.mu.Unlock(); return sum(l.answer) }
func (l *ledger) cuts() int64     { l.mu.Lock(); defer l.mu.Unlock(); return sum(l.cut) }

// agrees compares what the clients were told with what is stored: answered ≤
// stored ≤ answered + cut off, code by code, and every answer was a redirect.
func (l *ledger) agrees(t testing.TB, stored map[string]int64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.wrong {
		if i < 5 {
			t.Error("a redirect failed: ", w)
		}
	}
	for id, answered := range l.answer {
		if n := stored[id]; n < answered || n > answered+l.cut[id] {
			t.Errorf("%s: %d scans stored, %d answered and %d cut off", id, n, answered, l.cut[id])
		}
	}
	t.Logf("%d scans answered, %d cut off, %d stored, %d answers wrong", sum(l.answer), sum(l.cut), sum(stored), len(l.wrong))
}

// load is a number of keep-alive clients, each with a code of its own.
type load struct {
	ledger *ledger
	ended  chan struct{}
	once   sync.Once
	wg     sync.WaitGroup
}

// scansMax bounds what one client asks for in one load.
const scansMax = 40_000

// scan starts one client for each code, which asks every pace, or as fast as
// it gets answers where pace is 0.
func (l *ledger) scan(t testing.TB, p *program, ids []string, pace time.Duration) *load {
	t.Helper()
	run := &load{ledger: l, ended: make(chan struct{})}
	for _, id := range ids {
		run.wg.Go(func() { run.client(p.Host(), id, pace) })
	}
	t.Cleanup(run.end)
	return run
}

// end lets each client read the answer to its last request.
func (r *load) end() {
	r.once.Do(func() { close(r.ended) })
	r.wg.Wait()
}

// gone waits until the program's end has ended every client.
func (r *load) gone() { r.wg.Wait() }

// client asks until the load ends, or the connection does.
func (r *load) client(host, id string, pace time.Duration) {
	conn, err := net.DialTimeout("tcp", host, patience)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	var answered, cut int64
	defer func() { r.ledger.note(id, answered, cut) }()
	reader := bufio.NewReader(conn)
	request := "GET /R/" + id + " HTTP/1.1\r\nHost: example.edu\r\nUser-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)\r\n\r\n"
	var beat <-chan time.Time
	if pace > 0 {
		ticker := time.NewTicker(pace)
		defer ticker.Stop()
		beat = ticker.C
	}
	for range scansMax {
		if beat != nil {
			select {
			case <-r.ended:
			case <-beat:
			}
		}
		select {
		case <-r.ended:
			return
		default:
		}
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second)) // a redirect that takes longer has failed
		if _, err := io.WriteString(conn, request); err != nil {
			cut++
			return
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			cut++
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusFound || response.Header.Get("Location") != target(id) {
			r.ledger.complain("%s: status %d to %q", id, response.StatusCode, response.Header.Get("Location"))
			continue
		}
		answered++
		if response.Close {
			return // the program stops and says so
		}
	}
}

// underWay waits until the clients were answered so often in this load.
func (r *load) underWay(t testing.TB, p *program, scans float64) {
	t.Helper()
	// What an earlier run left is counted as received a moment after the start.
	received := func() float64 {
		m := p.metrics(t)
		return m["scans_received_total"] - m["scans_replayed_total"]
	}
	before := received()
	eventually(t, "load", func() error {
		if n := received() - before; n < scans {
			return fmt.Errorf("%v scans", n)
		}
		return nil
	})
}
