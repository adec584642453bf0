package survive

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopLimit is how long a stop may take.
const stopLimit = 10 * time.Second

// TestStopUnderLoad: what was accepted is answered, the journal is empty, the
// exit code 0, and no slow client changes that.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	pg, dir := newPostgres(t), folder(t)
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 8)
	told := newLedger()
	for _, slow := range []bool{false, true} {
		if slow {
			// A client that takes for ever over a body that nobody asked for.
			conn, err := net.Dial("tcp", p.Host())
			must(t, err)
			defer func() { _ = conn.Close() }() //nolint:revive // once
			_, err = io.WriteString(conn, "POST /r/poster-0 HTTP/1.1\r\nHost: example.edu\r\nContent-Length: 1000\r\n\r\nx")
			must(t, err)
		}
		clients := told.scan(t, p, ids, 0)
		clients.underWay(t, p, 1000)
		began := time.Now()
		err := p.Stop()
		took := time.Since(began)
		clients.gone()
		if err != nil || took > stopLimit {
			t.Errorf("with a slow client %t: stopped after %s, want 0 within %s: %v", slow, took, stopLimit, err)
		}
		if left := segments(t, dir); len(left) > 0 {
			t.Errorf("left in the journal: %v", left)
		}
		if strings.Contains(p.Stdout.String(), "scans stay in the journal") {
			t.Error("the journal was not drained")
		}
		t.Logf("with a slow client %t: stopped in %s", slow, took.Round(time.Millisecond))
		told.agrees(t, pg.stored(t))
		p = start(t, dir, pg.URL())
	}
	if m := p.balanced(t); m["scans_replayed_total"] != 0 {
		t.Errorf("%v scans were left for the next start", m["scans_replayed_total"])
	}
	p.verify(t)
	p.stop(t)
}

// TestStopAnswersWhatItAccepted: a request of which the program has read a
// part when it is told to stop is answered.
func TestStopAnswersWhatItAccepted(t *testing.T) {
	t.Parallel()
	pg := newPostgres(t)
	p := start(t, folder(t), pg.URL())
	p.create(t, "poster-0")
	var halves []net.Conn
	for range 20 {
		conn, err := net.Dial("tcp", p.Host())
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		// One whole request, so that the connection is known, and half of the next.
		_, err = io.WriteString(conn, "GET /R/poster-0 HTTP/1.1\r\nHost: example.edu\r\n\r\n")
		must(t, err)
		status := make([]byte, 12)
		must(t, conn.SetDeadline(time.Now().Add(patience)))
		_, err = io.ReadFull(conn, status)
		must(t, err)
		halves = append(halves, conn)
	}
	answered := 0
	for i, conn := range halves {
		_, err := fmt.Fprintf(conn, "GET /R/poster-0 HTTP/1.1\r\nHost: example.edu\r\n\r\n")
		if i == len(halves)/2 {
			must(t, p.Signal(syscall.SIGTERM))
		}
		if err == nil && i < len(halves)/2 {
			answered++
		}
	}
	<-p.Exited
	if said := p.Said(); strings.Contains(said, "cut off") {
		t.Errorf("nobody was slow:\n%s", said)
	}
	got := 0
	for _, conn := range halves {
		rest, _ := io.ReadAll(conn)
		got += strings.Count(string(rest), "HTTP/1.1 302 ")
	}
	if got < answered {
		t.Errorf("%d requests were sent before the stop and %d answered", answered, got)
	}
	if n := sum(pg.stored(t)); n < int64(got+len(halves)) {
		t.Errorf("%d answered, %d stored", got+len(halves), n)
	}
	t.Logf("%d sent before the stop, %d answered", answered, got)
}
