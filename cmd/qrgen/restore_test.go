package main

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/e2e/rig"
)

// query asks the database that has the name now.
func query[T any](t *testing.T, url, sql string) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// scan is somebody who scans a printed symbol; it does not follow.
func (p *serving) scan(t *testing.T, shortID, referrer string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.address+"/R/"+shortID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1")
	request.Header.Set("Referer", referrer)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func (p *serving) create(t *testing.T, shortID string) {
	t.Helper()
	response, err := http.PostForm("http://"+p.address+"/codes", url.Values{"title": {shortID}, "short_id": {shortID}, "target_url": {"https://www.example.edu/" + shortID}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// TestRestoreWhileServing: printed codes lead on through the whole restore, the
// program finds itself in the restored database, and what is scanned from then
// on is stored there, once, under the right words.
func TestRestoreWhileServing(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t), "BASE_URL": "https://qr.example.edu", "BACKUP_DIR": filepath.Join(t.TempDir(), "backups"), "TZ": "UTC"}
	p := startServe(t, env)
	p.create(t, "kept")
	if code := p.scan(t, "KEPT", "https://one.example.org/"); code != http.StatusFound {
		t.Fatalf("%d", code)
	}
	scans := func() int64 { return query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM scans") }
	rig.Await(t, "stored scan", func() bool { return scans() == 1 })
	if _, _, err := call(t, env, "backup"); err != nil {
		t.Fatal(err)
	}

	// After the backup: another code, and words that get the next IDs.
	p.create(t, "lost")
	p.scan(t, "LOST", "https://two.example.org/")
	p.scan(t, "KEPT", "https://three.example.org/")
	rig.Await(t, "stored scans", func() bool { return scans() == 3 })

	// Somebody scans all the time.
	var during sync.WaitGroup
	answered, done := int64(0), make(chan struct{})
	during.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if code := p.scan(t, "KEPT", "https://four.example.org/"); code != http.StatusFound {
				t.Errorf("a scan during the restore got %d", code)
			}
			answered++
		}
	})
	stdout, _, err := call(t, env, "restore", newest(t, env["BACKUP_DIR"]))
	close(done)
	during.Wait()
	if err != nil || !strings.Contains(stdout, `lead nowhere now: ["lost"]`) {
		t.Fatalf("%q, %v", stdout, err)
	}

	rig.Await(t, "restored directory", func() bool { return p.scan(t, "LOST", "") == http.StatusNotFound })
	p.create(t, "fresh")
	if code := p.scan(t, "FRESH", "https://five.example.org/"); code != http.StatusFound {
		t.Errorf("a new code: %d", code)
	}
	health := ""
	rig.Await(t, "good health", func() bool { _, health = p.get(t, "/health"); return strings.Contains(health, `"status":"ok"`) })
	if err := p.wait(); err != nil { // drains the journal
		t.Fatal(err)
	}
	checkRestored(t, env, stdout, answered)
}

// checkRestored looks where the scans are.
func checkRestored(t *testing.T, env vars, said string, answered int64) {
	t.Helper()
	words := map[string]int64{}
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		words[name] = query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM scans s JOIN scan_words w ON w.id = s.referrer WHERE w.word = '"+name+".example.org'")
	}
	if words["one"] != 1 || words["two"] != 0 || words["three"] != 0 || words["five"] != 1 {
		t.Errorf("scans by referrer: %v", words)
	}
	// Of those during the restore, each is in one of the two databases.
	_, rest, _ := strings.Cut(said, "is kept as ")
	kept, _, _ := strings.Cut(rest, ":")
	old := db.OtherDatabase(env["DATABASE_URL"], kept)
	before := query[int64](t, old, "SELECT count(*) FROM scans s JOIN scan_words w ON w.id = s.referrer WHERE w.word = 'four.example.org'")
	if before+words["four"] != answered {
		t.Errorf("%d scans were answered during the restore, %d are in the old database and %d in the restored one", answered, before, words["four"])
	}
	t.Logf("%d scans during the restore: %d in the old database, %d in the restored one", answered, before, words["four"])
	if stdout, _, err := call(t, env, "verify", "scans"); err != nil {
		t.Errorf("verify: %s, %v", stdout, err)
	}
	if id := query[int64](t, env["DATABASE_URL"], "SELECT id FROM codes WHERE short_id = 'fresh'"); id <= 2 {
		t.Errorf("the new code got the ID %d, which the lost one had", id)
	}
	if _, _, err := call(t, env, "restore", "-drop-old"); err != nil {
		t.Error(err)
	}
}

// A restore that is killed changes nothing, whenever that is.
func TestKilledRestore(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := vars{"DATABASE_URL": dbtest.URL(t), "BACKUP_DIR": filepath.Join(t.TempDir(), "backups"), "DATA_DIR": t.TempDir()}
	if _, _, err := call(t, env, "demo", "-codes", "3000"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, env, "backup"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, env, "demo", "-codes", "1"); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"comparing the file", "restoring into", "comparing every table", "bringing its schema"} {
		c := exec.CommandContext(t.Context(), exe, "restore", newest(t, env["BACKUP_DIR"]))
		c.Env = append(os.Environ(), mainEnv+"=1")
		for name, value := range env {
			c.Env = append(c.Env, name+"="+value)
		}
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stderr)
		for lines.Scan() && !strings.Contains(lines.Text(), at) {
			continue
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			t.Errorf("killed while %s, and it ended well", at)
		}
		if n := query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM codes"); n != 3001 {
			t.Errorf("killed while %s: %d codes", at, n)
		}
	}
	if stdout, stderr, err := call(t, env, "restore", "-drop-old", newest(t, env["BACKUP_DIR"])); err != nil {
		t.Fatalf("%q, %q, %v", stdout, stderr, err)
	}
	if n := query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM codes"); n != 3000 {
		t.Errorf("%d codes are restored", n)
	}
	if n := query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '\\_%'"); n != 0 {
		t.Errorf("%d databases are left", n)
	}
}

// backup serve makes one at its start and then waits for the clock.
func TestBackupServe(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t), "BACKUP_DIR": filepath.Join(t.TempDir(), "backups"), "TZ": "Europe/Berlin"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log, errs rig.Log
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"backup", "serve"}, env.lookup, &log, &errs) }()
	rig.Await(t, "backup", func() bool { return strings.Contains(log.String(), "waiting for the next backup") })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	newest(t, env["BACKUP_DIR"])
	for _, words := range []string{`"msg":"backup made and verified"`, `T02:30:00+01:00`} {
		if got := strings.ReplaceAll(log.String(), "+02:00", "+01:00"); !strings.Contains(got, words) {
			t.Errorf("the log lacks %s: %s", words, got)
		}
	}
	// Without a database it says so and tries again.
	away := vars{"DATABASE_URL": "postgres://nobody:s3cret@127.0.0.1:1/x", "BACKUP_DIR": env["BACKUP_DIR"]}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	var failed rig.Log
	go func() { done <- run(ctx, []string{"backup", "serve"}, away.lookup, &failed, &errs) }()
	rig.Await(t, "failure", func() bool { return strings.Contains(failed.String(), "waiting for the next backup") })
	cancel()
	if err := <-done; err != nil || !strings.Contains(failed.String(), "the backup failed") || strings.Contains(failed.String(), "s3cret") {
		t.Errorf("%v, %s", err, failed.String())
	}
}
