package survive

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// editLimit is how soon every replica leads where an edit on one says.
const editLimit = time.Second

// retarget edits a code's target by its form.
func (p *program) retarget(t *testing.T, page, shortID, address string) {
	t.Helper()
	p.post(t, page, "kind", "dynamic", "title", "Code "+shortID, "target_url", address)
}

// leads waits until a code leads to address, and gives how long it took.
func (p *program) leads(t *testing.T, shortID, address string, limit time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	within(t, limit, "the edit on the other replica", func() error {
		if a := p.get(t, "/r/"+shortID); a.location != address {
			return fmt.Errorf("it leads to %q with %d", a.location, a.status)
		}
		return nil
	})
	return time.Since(began)
}

// TestReplicas: an edit on one is seen on the other within a second, and none
// is missed when the connections that hear of edits are cut. Not parallel: it
// holds them to a time.
func TestReplicas(t *testing.T) {
	pg := newPostgres(t)
	one, two := start(t, folder(t), pg.URL()), start(t, folder(t), pg.URL())
	one.healthy(t)
	two.healthy(t)
	page := one.create(t, "shared")
	two.leads(t, "shared", target("shared"), patience)
	var took []time.Duration
	for i := range 20 {
		address := fmt.Sprintf("https://example.com/%d", i)
		from, to := one, two
		if i%2 == 1 {
			from, to = two, one
		}
		from.retarget(t, page, "shared", address)
		if a := from.get(t, "/r/shared"); a.location != address {
			t.Errorf("the replica that made the edit leads to %q", a.location)
		}
		took = append(took, to.leads(t, "shared", address, patience))
	}
	slices.Sort(took)
	t.Logf("an edit arrives after %s in the median, %s at worst", took[10].Round(time.Millisecond), took[19].Round(time.Millisecond))
	if took[19] > editLimit {
		t.Errorf("an edit took %s to arrive, want %s", took[19], editLimit)
	}

	for i := range 5 {
		const cut = "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qrgen directory') AS cut"
		if n := query[int](t, pg, cut); n == 0 {
			t.Error("nobody listened")
		}
		address := fmt.Sprintf("https://example.com/cut/%d", i)
		one.retarget(t, page, "shared", address)
		took := two.leads(t, "shared", address, 10*time.Second)
		t.Logf("made while nobody heard, it arrives after %s", took.Round(time.Millisecond))
		eventually(t, "both listen", func() error {
			if n := query[int](t, pg, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qrgen directory'"); n < 2 {
				return fmt.Errorf("%d listen", n)
			}
			return nil
		})
	}
	one.post(t, page+"/retire")
	within(t, editLimit, "retired on both", func() error {
		if a := two.get(t, "/r/shared"); a.status != http.StatusGone {
			return fmt.Errorf("status %d", a.status)
		}
		return nil
	})
	told := newLedger()
	ids := one.createMany(t, 4)
	two.leads(t, ids[3], target(ids[3]), patience)
	for _, p := range []*program{one, two} {
		clients := told.scan(t, p, ids, pace)
		clients.underWay(t, p, 200)
		clients.end()
	}
	one.healthy(t)
	two.healthy(t)
	first, second := one.balanced(t), two.balanced(t)
	if n := pg.stored(t); float64(sum(n)) != first["scans_stored_total"]+second["scans_stored_total"] {
		t.Errorf("%v stored, the replicas say %v and %v", n, first["scans_stored_total"], second["scans_stored_total"])
	}
	told.note(ids[3], 0, 1000) // the test itself waited for it
	told.agrees(t, pg.stored(t))
	one.verify(t)
	two.stop(t)
	one.stop(t)
}

// TestOneJournalEach: a second program on a journal says so and ends.
func TestOneJournalEach(t *testing.T) {
	t.Parallel()
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 2)
	clients := told.scan(t, p, ids, pace)
	clients.underWay(t, p, 50)
	_, err := rig.Serve(p.env, rig.Binary(t))
	if err == nil {
		t.Fatal("a second program started on the same journal")
	}
	if !strings.Contains(err.Error(), "another process has this scan journal") {
		t.Errorf("it says %v", err)
	}
	clients.underWay(t, p, 50)
	clients.end()
	p.sound(t, pg, told)
}

// TestReplicasShareAVolume: with DATA_DIR=…/* each replica takes a folder of its
// own. Replicas that are killed and come back under no name leave their scans to
// whichever starts next, and each scan is stored once.
func TestReplicasShareAVolume(t *testing.T) {
	t.Parallel()
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	shared := filepath.Join(dir, "*")
	replicas := []*program{start(t, shared, pg.URL()), start(t, shared, pg.URL()), start(t, shared, pg.URL())}
	for n := range replicas {
		if _, err := os.Stat(filepath.Join(dir, strconv.Itoa(n+1), "journal")); err != nil {
			t.Error(err)
		}
	}
	ids := replicas[0].createMany(t, 4)
	for _, id := range ids { // each: the last can be read ahead of the news of the others
		for _, p := range replicas {
			p.leads(t, id, target(id), patience)
		}
		told.note(id, 0, 1000) // the test itself waited for it
	}
	goOn := pg.hang()
	t.Cleanup(goOn)
	for _, p := range replicas { // nobody can store these
		clients := told.scan(t, p, ids, pace)
		clients.underWay(t, p, 200)
		p.Kill()
		clients.gone()
	}
	goOn()
	left := start(t, shared, pg.URL())
	left.healthy(t)
	m := left.balanced(t)
	if m["scans_replayed_total"] < 600 {
		t.Errorf("%v scans replayed, want those of three replicas", m["scans_replayed_total"])
	}
	told.agrees(t, pg.stored(t))
	left.verify(t)
	left.stop(t)
	for n := range replicas {
		if waiting, _ := filepath.Glob(filepath.Join(dir, strconv.Itoa(n+1), "journal", "*.seg")); len(waiting) > 0 {
			t.Errorf("replica %d: %q stay", n+1, waiting)
		}
	}
}
