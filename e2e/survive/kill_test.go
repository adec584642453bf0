package survive

import (
	"net/http"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// TestKillProgram kills the program ten times at random moments under load.
// Every scan whose 302 a client has read is stored afterwards, each once.
func TestKillProgram(t *testing.T) {
	t.Parallel()
	pg, dir, random, told := newPostgres(t), folder(t), moments(t), newLedger()
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 8)
	for range 10 {
		clients := told.scan(t, p, ids, 0)
		clients.underWay(t, p, 1)
		pass(t, time.Duration(random.IntN(400))*time.Millisecond)
		p.Kill()
		clients.gone()
		p = start(t, dir, pg.URL())
	}
	account := p.balanced(t)
	told.agrees(t, pg.stored(t))
	p.verify(t)
	t.Logf("the last run replayed %v scans and found %v torn", account["scans_replayed_total"], account["scans_torn_total"])
	p.stop(t)
}

// TestRetiredForEver: no kill, of the program or of PostgreSQL, gives a retired
// short ID back.
func TestRetiredForEver(t *testing.T) {
	t.Parallel()
	pg, dir := newPostgres(t), folder(t)
	p := start(t, dir, pg.URL())
	page := p.create(t, "retired")
	p.create(t, "poster-0")
	told := newLedger()
	retired := func(when string) {
		t.Helper()
		if a := p.get(t, "/r/retired"); a.status != http.StatusGone {
			t.Errorf("%s: status %d, want 410", when, a.status)
		}
	}
	clients := told.scan(t, p, []string{"poster-0"}, time.Millisecond)
	edited := time.Now()
	p.post(t, page+"/retire")
	retired("at once")
	p.Kill() // the answer to the form was all the notice there is
	clients.gone()

	p = start(t, dir, pg.URL())
	retired("after a kill of the program")
	inSnapshot(t, dir, edited)
	pg.Kill()
	retired("while PostgreSQL is killed")
	p.Kill()
	p = start(t, dir, pg.URL())
	retired("from the snapshot")
	pg.Start(t)
	rig.Await(t, "pages", func() bool { return p.get(t, page).status == http.StatusOK })
	retired("after a kill of PostgreSQL")
	a, err := p.try(http.MethodPost, "/codes", map[string][]string{
		"kind": {"dynamic"}, "title": {"Again"}, "short_id": {"retired"}, "target_url": {"https://example.com/"},
	})
	must(t, err)
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("the retired short ID given again: status %d, want 422", a.status)
	}
	p.balanced(t)
	told.agrees(t, pg.stored(t))
	p.verify(t)
}
