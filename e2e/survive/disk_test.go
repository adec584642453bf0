package survive

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// smallDisk mounts a file system of its own on dir, until the test ends.
func smallDisk(t *testing.T, dir, size string, flags uintptr) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, "mode=0700,size="+size); err != nil {
		t.Skipf("a small disk can't be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// refuses waits until the journal has refused so many more scans.
func (p *program) refuses(t *testing.T, more float64) {
	t.Helper()
	before := p.metrics(t)["scans_refused_total"]
	eventually(t, "refused scans", func() error {
		if n := p.metrics(t)["scans_refused_total"] - before; n < more {
			return fmt.Errorf("%v refused", n)
		}
		return nil
	})
	if status, h, err := p.health(); err != nil || h["journal"] != "refusing" || h["status"] != "degraded" {
		t.Errorf("health while scans are refused: %d, %v, %v", status, h, err)
	}
	if n := strings.Count(p.Stdout.String(), "scans are not recorded"); n != 1 {
		t.Errorf("the loss was logged %d times, want once a minute", n)
	}
}

// accepts waits until the journal takes scans again.
func (p *program) accepts(t *testing.T) {
	t.Helper()
	eventually(t, "a journal that accepts", func() error {
		if _, h, err := p.health(); err != nil || h["journal"] != "ok" {
			return fmt.Errorf("%v, %w", h, err)
		}
		return nil
	})
	refused := p.metrics(t)["scans_refused_total"]
	rig.Await(t, "scans", func() bool { return p.metrics(t)["scans_journalled"]+p.metrics(t)["scans_stored_total"] > 0 })
	if n := p.metrics(t)["scans_refused_total"]; n != refused {
		t.Errorf("%v scans refused after it was well again", n-refused)
	}
}

// accounted compares the clients' count with what was stored and refused: to
// the scan, because nobody was cut off.
func (p *program) accounted(t *testing.T, pg *postgres, told *ledger) {
	t.Helper()
	p.healthy(t)
	m := p.balanced(t)
	stored := sum(pg.stored(t))
	if told.cuts() != 0 || len(told.wrong) != 0 {
		t.Errorf("%d requests cut off, %v", told.cuts(), told.wrong[:min(3, len(told.wrong))])
	}
	if answered := told.answered(); answered != stored+int64(m["scans_refused_total"]) || m["scans_stored_total"] != float64(stored) {
		t.Errorf("%d scans answered, %d stored, the account says %v stored and %v refused", answered, stored, m["scans_stored_total"], m["scans_refused_total"])
	}
	t.Logf("%d scans answered, %d stored, %v refused", told.answered(), stored, m["scans_refused_total"])
	p.verify(t)
	p.stop(t)
}

// TestFullDisk: redirects go on, what can't be kept is counted, and when there
// is room again scans are kept again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	journal := filepath.Join(dir, "journal")
	smallDisk(t, journal, "2560k", 0)
	p := start(t, dir, pg.URL(), "JOURNAL_MAX=1048576") // segments of 256 KiB
	ids := p.createMany(t, 8)
	filler, err := os.Create(filepath.Join(journal, "filler"))
	must(t, err)
	for err == nil { // what the first segments leave
		_, err = filler.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, filler.Close())
	pg.Shutdown(t)
	clients := told.scan(t, p, ids, time.Millisecond)
	p.refuses(t, 200)
	must(t, os.Remove(filler.Name()))
	p.accepts(t)
	pg.Start(t)
	clients.underWay(t, p, 200)
	clients.end()
	p.accounted(t, pg, told)
}

// TestReadOnlyJournal: likewise where the journal can't be written from the
// start.
func TestReadOnlyJournal(t *testing.T) {
	t.Parallel()
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	journal := filepath.Join(dir, "journal")
	smallDisk(t, journal, "64m", syscall.MS_RDONLY)
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 4)
	clients := told.scan(t, p, ids, pace)
	p.refuses(t, 100)
	must(t, syscall.Mount("tmpfs", journal, "tmpfs", syscall.MS_REMOUNT, "mode=0700,size=64m"))
	p.accepts(t)
	clients.underWay(t, p, 200)
	clients.end()
	p.accounted(t, pg, told)
}

// TestDamagedJournal: what can be read of a damaged segment is stored, the
// rest is set aside and reported; a torn record is dropped and counted.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	pg, dir, told := newPostgres(t), folder(t), newLedger()
	p := start(t, dir, pg.URL())
	ids := p.createMany(t, 3)
	edited := time.Now()
	p.create(t, "poster-3")
	inSnapshot(t, dir, edited) // the program will start without a database
	ids = append(ids, "poster-3")
	pg.Shutdown(t)
	for range 2 {
		clients := told.scan(t, p, ids, time.Millisecond)
		clients.underWay(t, p, 400)
		p.Kill()
		clients.gone()
		p = start(t, dir, pg.URL())
	}
	p.Kill()
	written := segments(t, dir)
	if len(written) < 2 {
		t.Fatalf("%d segments", len(written))
	}
	change(t, written[0], func(content []byte, end int) {
		copy(content[end/2:], bytes.Repeat([]byte{0xa5}, 100)) // two or three records
	})
	change(t, written[1], func(content []byte, end int) { clear(content[end-24 : end]) }) // half of the last
	must(t, os.WriteFile(filepath.Join(dir, "journal", "00000000000000ff.seg"), bytes.Repeat([]byte("noise"), 10_000), 0o600))

	p = start(t, dir, pg.URL())
	pg.Start(t)
	eventually(t, "the damage in /health", func() error {
		status, h, err := p.health()
		if err != nil || status != http.StatusOK || h["status"] != "degraded" || h["journal"] != "damaged" || h["segments_set_aside"] != 2.0 {
			return fmt.Errorf("%d, %v, %w", status, h, err)
		}
		return nil
	})
	m := p.balanced(t)
	// A kill can tear a record too, of a scan that was cut off.
	if torn := m["scans_torn_total"]; m["journal_segments_set_aside"] != 2 || torn < 1 || torn > float64(1+told.cuts()) {
		t.Errorf("metrics: %v segments set aside, %v torn records", m["journal_segments_set_aside"], m["scans_torn_total"])
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "journal", "*.bad")); len(aside) != 2 {
		t.Errorf("set aside: %v", aside)
	}
	stored := sum(pg.stored(t))
	if lost := told.answered() - stored; lost < 2-told.cuts() || lost > 6 {
		t.Errorf("%d answered, %d stored: more than the damaged records are gone, or fewer", told.answered(), stored)
	}
	t.Logf("%d answered, %d cut off, %d stored", told.answered(), told.cuts(), stored)
	p.verify(t)
	p.stop(t)
}

// segments are the journal's files with records, oldest first.
func segments(t *testing.T, dataDir string) (written []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dataDir, "journal", "*.seg"))
	must(t, err)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		must(t, err)
		if len(bytes.TrimRight(content, "\x00")) > 4096 {
			written = append(written, path)
		}
	}
	return written
}

// change rewrites a segment, whose records end at end.
func change(t *testing.T, path string, how func(content []byte, end int)) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	how(content, len(bytes.TrimRight(content, "\x00")))
	must(t, os.WriteFile(path, content, 0o600))
}
