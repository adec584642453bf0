package survive

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// withMigration builds the program with one more migration than it has: the
// next version of it.
func withMigration(t testing.TB, name, sql string) string {
	t.Helper()
	dir := folder(t)
	migration, overlay := filepath.Join(dir, name), filepath.Join(dir, "overlay.json")
	must(t, os.WriteFile(migration, []byte("-- +goose Up\n"+sql), 0o600))
	at, err := filepath.Abs(filepath.Join(root, "db/migrations", name))
	must(t, err)
	list, err := json.Marshal(map[string]map[string]string{"Replace": {at: migration}})
	must(t, err)
	must(t, os.WriteFile(overlay, list, 0o600))
	path := filepath.Join(dir, "qrgen")
	must(t, rig.Build(path, "-overlay", overlay))
	return path
}

// migrate runs the command of that program.
func migrate(t testing.TB, program, database string) error {
	t.Helper()
	_, err := rig.Command(t, []string{"DATABASE_URL=" + database, "DATA_DIR=" + folder(t)}, program, "migrate")
	return err
}

// TestFailingMigration: the next version's migration fails half-way. It says
// which and what became of it, none of it stays, and the version that runs goes
// on running.
func TestFailingMigration(t *testing.T) {
	t.Parallel()
	pg := newPostgres(t)
	p := start(t, folder(t), pg.URL())
	p.healthy(t)
	next := withMigration(t, "00099_broken.sql", "CREATE TABLE half_way (x int);\nINSERT INTO half_way SELECT 1/(x - x) FROM generate_series(1, 3) x;\n")
	before := query[int64](t, pg, "SELECT max(version_id) FROM goose_db_version")
	err := migrate(t, next, pg.URL())
	if err == nil {
		t.Fatal("it did not fail")
	}
	for _, words := range []string{"migration 00099_broken.sql failed", "was rolled back", "division by zero"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("it does not say %q: %v", words, err)
		}
	}
	if after := query[int64](t, pg, "SELECT max(version_id) FROM goose_db_version"); after != before {
		t.Errorf("the schema's version is %d, was %d", after, before)
	}
	if query[bool](t, pg, "SELECT to_regclass('half_way') IS NOT NULL") {
		t.Error("half of the migration stayed")
	}
	p.create(t, "made-after")
	if a := p.get(t, "/R/MADE-AFTER"); a.location != target("made-after") {
		t.Errorf("the version that ran leads to %q", a.location)
	}
	again := start(t, folder(t), pg.URL()) // and starts again, too
	again.healthy(t)
}

// TestOlderThanItsSchema: a program that was started on the schema of a newer
// one writes nothing into it, says so, and goes on leading where codes lead.
// Scans wait for the newer one.
func TestOlderThanItsSchema(t *testing.T) {
	t.Parallel()
	pg, dir := newPostgres(t), folder(t)
	p := start(t, dir, pg.URL())
	page := p.create(t, "poster")
	p.stop(t)
	next := withMigration(t, "00098_next.sql", "CREATE TABLE next_thing (x int);\n")
	must(t, migrate(t, next, pg.URL()))
	const writes = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables WHERE relname !~ '^goose'"
	before := query[int64](t, pg, writes)

	p = start(t, dir, pg.URL())
	const scans = 20
	for range scans {
		if a := p.get(t, "/R/POSTER"); a.status != http.StatusFound || a.location != target("poster") {
			t.Fatalf("a scan: %d to %q", a.status, a.location)
		}
	}
	a, err := p.try(http.MethodPost, page+"/retire", map[string][]string{})
	must(t, err)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "older than its database") {
		t.Errorf("a change: %d, %.400s", a.status, a.body)
	}
	status, health, err := p.health()
	if err != nil || status != http.StatusServiceUnavailable || health["status"] != "degraded" {
		t.Errorf("health: %d, %v, %v", status, health, err)
	}
	eventually(t, "scans that wait", func() error {
		if m := p.metrics(t); m["scans_journalled"] != scans || m["scans_refused_total"] != 0 {
			return fmt.Errorf("%v wait, %v are refused", m["scans_journalled"], m["scans_refused_total"])
		}
		return nil
	})
	pass(t, time.Second) // the recorder has tried
	if !strings.Contains(p.Stdout.String(), "nothing is written: start the newer program again") {
		t.Error("the log does not say what to do")
	}
	if err := migrate(t, rig.Binary(t), pg.URL()); err == nil || !strings.Contains(err.Error(), "belongs to a newer version") {
		t.Errorf("its own migrate: %v", err)
	}
	p.stop(t)

	// Nor does it write before it has seen the schema: the database comes late.
	goOn := pg.hang()
	t.Cleanup(goOn)
	p = start(t, dir, pg.URL())
	for range scans {
		if a := p.get(t, "/R/POSTER"); a.status != http.StatusFound {
			t.Fatalf("a scan while the database hangs: %d", a.status)
		}
	}
	goOn()
	rig.Await(t, "that it sees the schema", func() bool {
		return strings.Contains(p.Stdout.String(), "nothing is written: start the newer program again")
	})
	pass(t, time.Second)
	p.stop(t)
	if after := query[int64](t, pg, writes); after != before {
		t.Errorf("%d rows were written", after-before)
	}

	newer := startBinary(t, next, dir, pg.URL())
	m := newer.balanced(t)
	if m["scans_stored_total"] != 2*scans || pg.stored(t)["poster"] != 2*scans {
		t.Errorf("the newer one stored %v, want %d", pg.stored(t), 2*scans)
	}
	newer.verify(t)
	newer.stop(t)
}
