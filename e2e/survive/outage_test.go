package survive

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// pace is that of clients in longer tests: 8 of them ask 1,600 times a second.
const pace = 5 * time.Millisecond

// TestKillPostgres kills PostgreSQL under load, several times. No redirect
// fails, no scan is lost, none is stored twice.
func TestKillPostgres(t *testing.T) {
	t.Parallel()
	pg, random, told := newPostgres(t), moments(t), newLedger()
	p := start(t, folder(t), pg.URL())
	ids := p.createMany(t, 8)
	clients := told.scan(t, p, ids, pace)
	for range 4 {
		clients.underWay(t, p, 300)
		pass(t, time.Duration(random.IntN(300))*time.Millisecond)
		pg.Kill()
		clients.underWay(t, p, 500) // and on it goes
		pg.Start(t)
	}
	clients.underWay(t, p, 300)
	clients.end()
	p.sound(t, pg, told)
}

// sound holds the program to its account after a load during which it never
// stopped: nothing was cut off, nothing refused, all is stored once.
func (p *program) sound(t *testing.T, pg *postgres, told *ledger) {
	t.Helper()
	m := p.balanced(t)
	if n := told.cuts(); n != 0 {
		t.Errorf("%d requests got no answer", n)
	}
	if m["scans_refused_total"] != 0 {
		t.Errorf("%v scans refused", m["scans_refused_total"])
	}
	if m["scans_received_total"] != float64(told.answered()) {
		t.Errorf("%v scans received, %d answered", m["scans_received_total"], told.answered())
	}
	told.agrees(t, pg.stored(t))
	p.verify(t)
	p.healthy(t)
	p.stop(t)
}

// healthy waits until all is well again.
func (p *program) healthy(t *testing.T) {
	t.Helper()
	eventually(t, "health", func() error {
		if status, h, err := p.health(); status != http.StatusOK || h["status"] != "ok" || err != nil {
			return fmt.Errorf("status %d, %v, %w", status, h, err)
		}
		return nil
	})
}

// degraded waits until GET /health says 503 and degraded.
func (p *program) degraded(t *testing.T) {
	t.Helper()
	eventually(t, "a degraded health", func() error {
		if status, h, err := p.health(); status != http.StatusServiceUnavailable || h["status"] != "degraded" || err != nil {
			return fmt.Errorf("status %d, %v, %w", status, h, err)
		}
		return nil
	})
}

// TestPostgresHangs stops PostgreSQL's processes where they stand (-outage says
// for how long) while the connections stay open, then shuts it down in order.
func TestPostgresHangs(t *testing.T) {
	t.Parallel()
	pg, told := newPostgres(t), newLedger()
	p := start(t, folder(t), pg.URL())
	ids := p.createMany(t, 8)
	clients := told.scan(t, p, ids, pace)
	clients.underWay(t, p, 300)
	goOn := pg.hang()
	t.Cleanup(goOn)
	began := time.Now()
	p.degraded(t)
	pass(t, *outage-time.Since(began))
	waiting := p.metrics(t)["scans_journalled"]
	goOn()
	eventually(t, "the journal is caught up with", func() error {
		if n := p.metrics(t)["scans_journalled"]; n >= waiting/2 && n > 1000 {
			return fmt.Errorf("%v scans wait, %v did before", n, waiting)
		}
		return nil
	})
	t.Logf("PostgreSQL hung for %s; %v scans waited", *outage, waiting)

	pg.Shutdown(t)
	p.degraded(t)
	clients.underWay(t, p, 500)
	pg.Start(t)
	clients.underWay(t, p, 300)
	clients.end()
	p.sound(t, pg, told)
}

// TestCommitAnswerLost cuts the connection after COMMIT was carried out and
// before the program hears of it, and before COMMIT arrives. Both times it
// does not know; both times each scan is stored once.
func TestCommitAnswerLost(t *testing.T) {
	t.Parallel()
	pg, told := newPostgres(t), newLedger()
	wire := newProxy(t, pg)
	p := start(t, folder(t), pg.urlAt(wire.port))
	ids := p.createMany(t, 8)
	clients := told.scan(t, p, ids, pace)
	for round := range int64(8) {
		if round%4 == 3 {
			wire.commits.Store(1)
		} else {
			wire.answers.Store(1 + round%2) // the second try's, too
		}
		rig.Await(t, "a commit", func() bool { return wire.answers.Load()+wire.commits.Load() <= 0 })
	}
	clients.underWay(t, p, 300)
	clients.end()
	t.Logf("%d commits without an answer", wire.lost.Load())
	p.sound(t, pg, told)
}
