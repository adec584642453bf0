package survive

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// startLimit is how soon printed codes must work after a start without a
// database.
const startLimit = 2 * time.Second

// TestStartWithoutPostgres starts the program while PostgreSQL is shut down,
// and while it hangs. Printed codes work at once, pages say that they don't, and
// when PostgreSQL is back all is well without anybody's hand. It is not parallel:
// it holds the program to a time.
func TestStartWithoutPostgres(t *testing.T) {
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 4)
	retired := p.create(t, "retired")
	edited := time.Now()
	p.post(t, retired+"/retire")
	inSnapshot(t, dir, edited)
	p.Kill() // no orderly stop writes the snapshot

	pg.Shutdown(t)
	p = startInTime(t, "shut down", func() *program { return start(t, dir, pg.URL()) }, ids[0], told)
	withoutPages(t, p, retired)
	clients := told.scan(t, p, ids, pace)
	clients.underWay(t, p, 300)
	p.Kill() // the journal holds what nobody could store
	clients.gone()

	pg.Start(t)
	goOn := pg.hang()
	t.Cleanup(goOn)
	p = startInTime(t, "hanging", func() *program { return start(t, dir, pg.URL()) }, ids[0], told)
	withoutPages(t, p, retired)
	clients = told.scan(t, p, ids, pace)
	clients.underWay(t, p, 300)
	goOn()
	p.healthy(t)
	clients.end()
	if a := p.get(t, retired); a.status != http.StatusOK {
		t.Errorf("a page after PostgreSQL is back: status %d", a.status)
	}
	p.create(t, "made-afterwards")
	m := p.balanced(t)
	if m["scans_replayed_total"] == 0 {
		t.Error("nothing was replayed")
	}
	told.agrees(t, pg.stored(t))
	p.verify(t)
	p.stop(t)
}

// TestFirstStartWithoutPostgres: a program that has never seen its database
// waits for it, makes its schema and works.
func TestFirstStartWithoutPostgres(t *testing.T) {
	t.Parallel()
	pg := newPostgres(t)
	pg.Shutdown(t)
	p := start(t, folder(t), pg.URL())
	if a := p.get(t, "/r/anything"); a.status != http.StatusServiceUnavailable {
		t.Errorf("a scan that nobody can answer yet: status %d, want 503", a.status)
	}
	pg.Start(t)
	p.healthy(t)
	told := newLedger()
	p.create(t, "poster-0")
	clients := told.scan(t, p, []string{"poster-0"}, time.Millisecond)
	clients.underWay(t, p, 50)
	clients.end()
	p.sound(t, pg, told)
}

// inSnapshot waits until the snapshot is newer than an edit. The program
// promises it within seconds, on a disk that keeps up.
func inSnapshot(t *testing.T, dataDir string, edited time.Time) {
	t.Helper()
	within(t, 10*time.Second, "the snapshot", func() error {
		info, err := os.Stat(filepath.Join(dataDir, "directory.snap"))
		if err == nil && info.ModTime().Before(edited) {
			return errors.New("it is older than the edit")
		}
		return err
	})
}

// startInTime starts the program and asks for a code until it leads on. On a
// machine that is busy with other tests the best of three starts counts.
func startInTime(t *testing.T, how string, start func() *program, id string, told *ledger) *program {
	t.Helper()
	for try := 1; ; try++ {
		p := start()
		eventually(t, "a redirect", func() error {
			a, err := p.try(http.MethodGet, "/R/"+id, nil)
			if err == nil && (a.status != http.StatusFound || a.location != target(id)) {
				told.note(id, 0, 1)
				return fmt.Errorf("status %d to %q", a.status, a.location)
			}
			return err
		})
		told.note(id, 1, 0)
		took := time.Since(p.Began)
		t.Logf("PostgreSQL %s: the first redirect %s after the start", how, took.Round(time.Millisecond))
		if took <= startLimit {
			return p
		}
		if try == 3 {
			t.Errorf("PostgreSQL %s: printed codes work after %s, want %s", how, took, startLimit)
			return p
		}
		p.Kill()
	}
}

// withoutPages looks at the program while its database is away.
func withoutPages(t *testing.T, p *program, retired string) {
	t.Helper()
	p.degraded(t)
	for path, want := range map[string]int{
		"/codes": http.StatusServiceUnavailable, retired: http.StatusServiceUnavailable,
		"/r/retired": http.StatusGone, "/health/live": http.StatusOK, "/health/ready": http.StatusOK,
	} {
		if a := p.get(t, path); a.status != want {
			t.Errorf("GET %s without a database: status %d, want %d", path, a.status, want)
		}
	}
}
