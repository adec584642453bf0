package main

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db/dbtest"
)

func TestMigrateAndDemo(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t)}
	if stdout, _, err := call(t, env, "migrate"); err != nil || stdout != "0 migrations applied\n" {
		t.Errorf("migrate: %q, %v", stdout, err)
	}
	for range 2 { // twice makes more
		if stdout, _, err := call(t, env, "demo", "-codes", "40"); err != nil || stdout != "40 codes made\n" {
			t.Errorf("demo: %q, %v", stdout, err)
		}
	}
	p := startServe(t, env)
	if _, body := p.get(t, "/codes"); !strings.Contains(body, "25 of 80 codes") {
		t.Errorf("the list has not 80 codes: %.300s", body)
	}
}

// verify recounts what is kept as counts and names what differs.
func TestVerify(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t), "BASE_URL": "https://qr.example.edu", "TZ": "Europe/Berlin"}
	p := startServe(t, env)
	response, err := http.PostForm("http://"+p.address+"/codes", url.Values{"title": {"A"}, "short_id": {"open-day"}, "target_url": {"http://" + p.address + "/health/live"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	for range 3 {
		if code, body := p.get(t, "/R/OPEN-DAY"); code != http.StatusOK {
			t.Fatalf("the scan led to %d, %s", code, body)
		}
	}
	if err := p.wait(); err != nil { // drains the journal
		t.Fatal(err)
	}
	if stdout, _, err := call(t, env, "verify", "scans"); err != nil || !strings.HasPrefix(stdout, "3 scans recounted") {
		t.Errorf("verify: %q, %v", stdout, err)
	}
	pool, err := pgxpool.New(t.Context(), env["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), "UPDATE code_totals SET qr_scans = qr_scans + 1"); err != nil {
		t.Fatal(err)
	}
	if stdout, _, err := call(t, env, "verify", "scans"); !errors.Is(err, errDifferences) || !strings.Contains(stdout, "code 1: ") {
		t.Errorf("verify of a wrong count: %q, %v", stdout, err)
	}
	for _, args := range [][]string{{"verify"}, {"verify", "codes"}, {"verify", "scans", "x"}, {"verify", "backup"}} {
		if _, _, err := call(t, env, args...); !errors.Is(err, errVerifyUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestEmbedded: with no DATABASE_URL the program brings its own PostgreSQL,
// which other commands share while it runs.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	env := vars{"DATA_DIR": filepath.Join(t.TempDir(), "data"), "BASE_URL": "https://qr.example.edu"}
	if stdout, stderr, err := call(t, env, "migrate"); err != nil || strings.HasPrefix(stdout, "0 ") {
		t.Fatalf("migrate: %q, %v\n%s", stdout, err, stderr)
	}
	p := startServe(t, env)
	if stdout, stderr, err := call(t, env, "demo", "-codes", "5"); err != nil {
		t.Fatalf("demo beside serve: %q, %v\n%s", stdout, err, stderr)
	}
	if _, body := p.get(t, "/codes"); !strings.Contains(body, "5 of 5 codes") {
		t.Errorf("the list has not 5 codes: %.300s", body)
	}
	if err := p.wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	again := startServe(t, env)
	if _, body := again.get(t, "/codes"); !strings.Contains(body, "5 of 5 codes") {
		t.Errorf("after a restart: %.300s", body)
	}
}
