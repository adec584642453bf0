package backup_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/backup"
)

// office is a database with codes and scans in it, and its backups.
type office struct {
	*backup.Backups
	t    *testing.T
	url  string
	dir  string
	pool *pgxpool.Pool
	cfg  backup.Config
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := openOffice(t, dbtest.URL(t))
	o.exec(`INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by)
		SELECT 'dynamic', 'code-' || lpad(g::text, 6, '0'), 'Übung ' || g, 'https://example.org/' || g, 'test', 'test' FROM generate_series(1, 300) g`)
	o.exec(`INSERT INTO codes (kind, content, title, created_by, updated_by) VALUES ('static', E'tab\tline\nquote'' \\', 'Static', 'test', 'test')`)
	o.exec(`SELECT scan_add_month('2026-11-01')`)
	o.scans(5000, "\\x00112233445566778899aabbccddeeff")
	return o
}

// openOffice is newOffice over a database that is there.
func openOffice(t *testing.T, url string) *office {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, url: url, dir: filepath.Join(t.TempDir(), "backups"), pool: pool}
	o.cfg = backup.Config{URL: url, Store: db.NewStore(pool), Dir: o.dir, Keep: backup.Keep{Daily: 7}, Version: "test", Tell: func(s string) { t.Log(s) }}
	o.Backups = backup.New(o.cfg)
	t.Cleanup(func() {
		pool.Close()
		if _, err := o.DropKept(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *office) exec(statement string, args ...any) {
	o.t.Helper()
	if _, err := o.pool.Exec(o.t.Context(), statement, args...); err != nil {
		o.t.Fatal(err)
	}
}

// scans adds scans as one batch.
func (o *office) scans(n int, batch string) {
	o.t.Helper()
	o.exec(`INSERT INTO scans SELECT '2026-11-02'::timestamptz + g * interval '1 minute', 1 + g % 300, 0, 0, 0, 0, 1, g % 3 > 0, false FROM generate_series(1, $1::integer) g`, n)
	o.exec("INSERT INTO scan_batches (id, scans) VALUES ($1::text::bytea, $2)", batch, n)
}

// count asks the database that has the name now; the pool's connections to
// another one were ended.
func (o *office) count(query string) (n int64) {
	o.t.Helper()
	o.pool.Reset()
	if err := o.pool.QueryRow(o.t.Context(), query).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// made is a backup that went well.
func (o *office) made() string {
	o.t.Helper()
	made, err := o.Make(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return made.File
}

// untouched holds that the database is the one that it was, and that no other
// one is left.
func (o *office) untouched() {
	o.t.Helper()
	if n := o.count("SELECT count(*) FROM codes"); n != 301 {
		o.t.Errorf("%d codes", n)
	}
	if n := o.count("SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '\\_%'"); n != 0 {
		o.t.Errorf("%d other databases are left", n)
	}
	left, err := filepath.Glob(filepath.Join(o.dir, "*.making"))
	if len(left) > 0 || err != nil {
		o.t.Errorf("%q are left, %v", left, err)
	}
}

func TestMakeAndRestore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	file := o.made()
	o.untouched()
	for _, path := range []string{file, file + ".sha256"} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, fi.Mode(), err)
		}
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", filepath.Base(file)+".sha256")
	check.Dir = o.dir
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v, %s", err, out)
	}
	if tables, err := o.Verify(t.Context(), file); err != nil || !slices.ContainsFunc(tables, func(table backup.Table) bool { return table.Name == "scans_2026_11" && table.Rows == 5000 }) {
		t.Errorf("%+v, %v", tables, err)
	}
	if n := o.count("SELECT count(*) FROM backups WHERE error = '' AND bytes > 10000"); n != 1 {
		t.Errorf("%d good backups are noted", n)
	}

	// What comes after the backup is told, and lost.
	o.exec(`INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by) VALUES ('dynamic', 'later', 'Later', 'https://example.org/', 'test', 'test')`)
	o.exec("UPDATE codes SET title = 'Changed' WHERE id = 1")
	o.exec("INSERT INTO code_events (code_id, revision, actor, address, action) VALUES (1, 2, 'test', '', 'updated')")
	o.scans(70, "\\xff112233445566778899aabbccddeeff")
	r, err := o.Restore(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Since; s == nil || s.Codes != 1 || s.Changes != 1 || s.Scans != 70 || !slices.Equal(s.ShortIds, []string{"later"}) {
		t.Errorf("since: %+v", s)
	}
	if n := o.count("SELECT count(*) FROM codes WHERE title LIKE 'Übung%' OR kind = 'static'"); n != 301 {
		t.Errorf("%d codes", n)
	}
	if n := o.count("SELECT count(*) FROM scans"); n != 5000 {
		t.Errorf("%d scans", n)
	}
	if n := o.count("SELECT count(*) FROM backups"); n != 1 {
		t.Errorf("the restored database knows of %d backups", n)
	}
	o.made() // a restored database is one like any other
	o.exec(`INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by) VALUES ('dynamic', 'later', 'Later', 'https://example.org/', 'test', 'test')`)

	now, kept, err := o.Back(t.Context())
	if err != nil || now != r.Kept {
		t.Fatalf("%s, %s, %v", now, kept, err)
	}
	if n := o.count("SELECT count(*) FROM scans"); n != 5070 {
		t.Errorf("%d scans after going back", n)
	}
	if dropped, err := o.DropKept(t.Context()); err != nil || !slices.Equal(dropped, []string{kept}) {
		t.Errorf("%q, %v", dropped, err)
	}
	if _, _, err := o.Back(t.Context()); err == nil {
		t.Error("there is something to go back to")
	}
}

// A restore on a new server makes the database.
func TestRestoreOnANewServer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	file := o.made()
	name := o.pool.Config().ConnConfig.Database + "_new"
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), o.url)
		if err == nil {
			_, err = conn.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
			_ = conn.Close(context.Background())
		}
		if err != nil {
			t.Error(err)
		}
	})
	fresh := openOffice(t, db.OtherDatabase(o.url, name))
	r, err := fresh.Restore(t.Context(), file)
	if err != nil || r.Kept != "" || r.Since != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if n := fresh.count("SELECT count(*) FROM codes"); n != 301 {
		t.Errorf("%d codes", n)
	}
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	good := o.made()
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(good + ".sha256")
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(content)
	flipped[len(flipped)*2/3] ^= 4
	zero := strings.Repeat("0", 64)
	for _, test := range []struct {
		name    string
		content []byte
		note    string // empty: none
		words   string
	}{
		{"truncated", content[:len(content)/2], string(note), "is damaged: its SHA-256 is"},
		{"flipped", flipped, string(note), "is damaged: its SHA-256 is"},
		{"wrong hash", content, zero + string(note[64:]), "and not " + zero},
		{"no hash", content, "# nothing\n", "is damaged: it holds no SHA-256"},
		{"truncated without a note", content[:len(content)/2], "", "pg_restore"},
		{"truncated at the end without a note", content[:len(content)-1], "", "pg_restore"},
		{"head only", content[:5], "", "is damaged"},
		{"empty", nil, "", "no backup of this program"},
		{"something else", []byte("CREATE TABLE x ();\n"), "", "no backup of this program"},
	} {
		path := filepath.Join(t.TempDir(), "file.dump")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if test.note != "" {
			if err := os.WriteFile(path+".sha256", []byte(test.note), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, restoreErr := o.Restore(t.Context(), path)
		_, verifyErr := o.Verify(t.Context(), path)
		for _, err := range []error{restoreErr, verifyErr} {
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		o.untouched()
	}
	if _, err := o.Restore(t.Context(), filepath.Join(t.TempDir(), "none.dump")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	// Other rows than those that were saved.
	if err := os.WriteFile(good+".sha256", []byte(strings.Replace(string(note), "scans_2026_11 5000", "scans_2026_11 5001", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Restore(t.Context(), good); err == nil || !strings.Contains(err.Error(), "scans_2026_11 has 5000 rows in the place of 5001") {
		t.Errorf("other contents: %v", err)
	}
	o.untouched()
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	newer := newOffice(t)
	newer.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	if _, err := newer.Restore(t.Context(), newer.made()); err == nil || !strings.Contains(err.Error(), "made by a newer version of this program (its schema is 9999") {
		t.Errorf("a newer schema: %v", err)
	}
	newer.untouched()

	older := openOffice(t, oldSchema(t, newer))
	older.exec(`INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by)
		SELECT 'dynamic', 'code-' || lpad(g::text, 6, '0'), 'Übung ' || g, 'https://example.org/' || g, 'test', 'test' FROM generate_series(1, 301) g`)
	old, err := older.Make(t.Context()) // it can't be noted there
	if old.File == "" || err == nil || !strings.Contains(err.Error(), "note the backup") {
		t.Fatalf("%+v, %v", old, err)
	}
	target := newOffice(t)
	if _, err := target.Restore(t.Context(), old.File); err != nil {
		t.Fatal(err)
	}
	if n := target.count("SELECT max(version_id) FROM goose_db_version"); n != db.SchemaVersion() {
		t.Errorf("the schema is %d after the restore", n)
	}
	if n := target.count("SELECT count(*) FROM codes"); n != 301 {
		t.Errorf("%d codes", n)
	}
}

// oldSchema makes a database on the office's server as the program's first
// version had it, and gives its address.
func oldSchema(t *testing.T, o *office) string {
	t.Helper()
	name := o.pool.Config().ConnConfig.Database + "_old"
	o.exec("CREATE DATABASE " + name)
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), o.url)
		if err == nil {
			_, err = conn.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
			_ = conn.Close(context.Background())
		}
		if err != nil {
			t.Error(err)
		}
	})
	url := db.OtherDatabase(o.url, name)
	conn, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, os.DirFS("../../db/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	return url
}
