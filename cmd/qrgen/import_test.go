package main

import (
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/e2e/rig"
)

// dumped makes a small database of mvp_qr_gen and dumps it in a format of
// pg_dump's.
func dumped(t *testing.T, format string) (address, file string) {
	t.Helper()
	tools, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if err != nil || len(tools) == 0 {
		t.Skip("no pg_dump")
	}
	address = dbtest.URL(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), `
		CREATE TABLE qr_codes (id varchar PRIMARY KEY, content varchar(2048) NOT NULL, qr_type varchar(50) NOT NULL, redirect_url text, title varchar(100),
			created_at timestamptz NOT NULL DEFAULT now(), scan_count integer NOT NULL DEFAULT 0, short_id varchar(10) UNIQUE);
		CREATE TABLE scan_logs (id varchar PRIMARY KEY, qr_code_id varchar NOT NULL REFERENCES qr_codes, scanned_at timestamptz NOT NULL, is_genuine_scan boolean NOT NULL);
		INSERT INTO qr_codes VALUES ('u-1', 'https://old.example.edu/r/8d672597?scan_ref=qr', 'dynamic', 'https://www.example.edu/open-day', 'Open day', now(), 1, '8d672597'),
			('u-2', 'javascript:x', 'dynamic', 'javascript:x', 'Bad', now(), 0, 'deadbeef');
		INSERT INTO scan_logs VALUES ('s-1', 'u-1', '2026-11-01 12:00+00', true)`)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "old."+format)
	if out, err := exec.CommandContext(t.Context(), tools[0], "--format="+format, "--file="+file, "--table=qr_codes", "--table=scan_logs", address).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return address, file
}

// What mvp_qr_gen printed leads on, and goes on counting as scanned.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	address, custom := dumped(t, "custom")
	_, plain := dumped(t, "plain")
	for name, from := range map[string]string{"custom": custom, "plain": plain, "live": address} {
		env := vars{"DATABASE_URL": dbtest.URL(t), "BASE_URL": "https://qr.example.edu", "TZ": "UTC"}
		p := startServe(t, env)
		stdout, _, err := call(t, env, "import", "mvp-qr-gen", "-dry-run", from)
		if err != nil || !strings.Contains(stdout, "1 codes and 1 scans would be brought over; 0 codes were there already, 1 can't") || !strings.Contains(stdout, "2 printed codes lead to old.example.edu") && !strings.Contains(stdout, "1 printed codes lead to old.example.edu") {
			t.Errorf("%s, dry run: %q, %v", name, stdout, err)
		}
		if _, _, err := call(t, env, "import", "mvp-qr-gen", from); !errors.Is(err, errRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if stdout, _, err = call(t, env, "import", "mvp-qr-gen", "-skip-refused", from); err != nil || !strings.Contains(stdout, "1 codes and 1 scans were brought over") {
			t.Fatalf("%s: %q, %v", name, stdout, err)
		}
		rig.Await(t, "imported code in the directory", func() bool { return p.scan(t, "8D672597", "") == http.StatusFound })
		for _, path := range []string{"/r/8d672597?scan_ref=qr", "/r/8D672597"} {
			response, err := http.DefaultTransport.RoundTrip(mustRequest(t, "http://"+p.address+path))
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if to := response.Header.Get("Location"); response.StatusCode != http.StatusFound || to != "https://www.example.edu/open-day" {
				t.Errorf("%s: %s leads to %d %s", name, path, response.StatusCode, to)
			}
		}
		if err := p.wait(); err != nil {
			t.Fatal(err)
		}
		// One scan came along, one was of /R/ and one of the old symbol.
		if n := query[int64](t, env["DATABASE_URL"], "SELECT qr_scans * 10 + link_scans FROM code_totals"); n != 31 {
			t.Errorf("%s: %d scans of the symbol, %d of the link", name, n/10, n%10)
		}
		if stdout, _, err := call(t, env, "verify", "scans"); err != nil {
			t.Errorf("%s: verify: %s, %v", name, stdout, err)
		}
		if n := query[int64](t, env["DATABASE_URL"], "SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '\\_%'"); n != 0 {
			t.Errorf("%s: %d databases are left", name, n)
		}
	}
}

func mustRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t)}
	for _, args := range [][]string{{"import"}, {"import", "csv", "x"}, {"import", "mvp-qr-gen"}, {"import", "mvp-qr-gen", "a", "b"}} {
		if _, _, err := call(t, env, args...); !errors.Is(err, errImportUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
	u, err := url.Parse(db.OtherDatabase(env["DATABASE_URL"], "no_such"))
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{env["DATABASE_URL"], u.String(), filepath.Join(t.TempDir(), "none.dump")} {
		if _, _, err := call(t, env, "import", "mvp-qr-gen", from); err == nil {
			t.Errorf("imported from %s", from)
		}
	}
}
