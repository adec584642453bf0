package mvpqrgen_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/db/dbtest"
	"qrgen/internal/codes"
	"qrgen/internal/mvpqrgen"
	"qrgen/internal/scans"
)

const (
	phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// The tables in the newest shape that is known, and in the oldest.
const newShape = `
CREATE TABLE qr_codes (
    id varchar(36) PRIMARY KEY, content text NOT NULL, qr_type varchar(50) NOT NULL DEFAULT 'static', redirect_url text, short_id varchar(10) UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, scan_count integer NOT NULL DEFAULT 0, last_scan_at timestamptz,
    file_format varchar(10) NOT NULL DEFAULT 'png', fill_color varchar(50) NOT NULL DEFAULT 'black', back_color varchar(50) NOT NULL DEFAULT 'white',
    size integer NOT NULL DEFAULT 10, border integer NOT NULL DEFAULT 4, has_logo boolean NOT NULL DEFAULT false, title varchar(255), description text,
    error_level varchar(1) NOT NULL DEFAULT 'm', genuine_scan_count integer NOT NULL DEFAULT 0, first_genuine_scan_at timestamptz,
    last_genuine_scan_at timestamptz, refactor_metadata jsonb DEFAULT '{}');
CREATE TABLE scan_logs (
    id varchar PRIMARY KEY, qr_code_id varchar NOT NULL, scanned_at timestamptz NOT NULL DEFAULT now(), ip_address varchar(50), raw_user_agent text,
    is_genuine_scan boolean NOT NULL DEFAULT false, device_family varchar(100), os_family varchar(50), os_version varchar(50),
    browser_family varchar(50), browser_version varchar(50), is_mobile boolean NOT NULL DEFAULT false, is_tablet boolean NOT NULL DEFAULT false,
    is_pc boolean NOT NULL DEFAULT false, is_bot boolean NOT NULL DEFAULT false, processed_by_new_service boolean DEFAULT false);`

const oldShape = `
CREATE TABLE qr_codes (id varchar PRIMARY KEY, content varchar(2048) NOT NULL, qr_type varchar NOT NULL, redirect_url varchar,
    created_at timestamp NOT NULL DEFAULT now(), scan_count integer NOT NULL DEFAULT 0, last_scan_at timestamp);`

// migration is the two systems beside each other.
type migration struct {
	t         *testing.T
	from, to  *pgxpool.Pool
	cfg       mvpqrgen.Config
	logNumber int
}

func newMigration(t *testing.T, shape string) *migration {
	t.Helper()
	links, err := codes.ParseLinks("https://qr.example.edu")
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	url := dbtest.URL(t)
	from, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(from.Close)
	to := dbtest.New(t)
	m := &migration{t: t, from: from, to: to, cfg: mvpqrgen.Config{URL: url, Store: db.NewStore(to), Rules: codes.Rules{Links: links}, Location: berlin}}
	m.there(shape)
	return m
}

// there runs SQL in that system's database.
func (m *migration) there(sql string, args ...any) {
	m.t.Helper()
	if _, err := m.from.Exec(m.t.Context(), sql, args...); err != nil {
		m.t.Fatal(err)
	}
}

// dynamic makes a code there with the parts that matter.
func (m *migration) dynamic(shortID, target string) {
	m.t.Helper()
	m.there("INSERT INTO qr_codes (id, content, qr_type, redirect_url, short_id, title) VALUES ($1, $2, 'dynamic', $3, $4::text, 'Code ' || $4::text)",
		"id-"+shortID, "https://old.example.edu/r/"+shortID+"?scan_ref=qr", target, shortID)
}

// log records a scan there, as that system does: row and counters.
func (m *migration) log(id string, at time.Time, agent string, genuine bool) {
	m.t.Helper()
	m.logNumber++
	m.there("INSERT INTO scan_logs (id, qr_code_id, scanned_at, ip_address, raw_user_agent, is_genuine_scan) VALUES ($1, $2, $3, '203.0.113.7', $4, $5)",
		fmt.Sprintf("log-%06d", m.logNumber), id, at, agent, genuine)
	m.there("UPDATE qr_codes SET scan_count = scan_count + 1, genuine_scan_count = genuine_scan_count + $2::boolean::integer, last_scan_at = $3 WHERE id = $1", id, genuine, at)
}

// run imports and says what became of each code, by the ID there.
func (m *migration) run(change func(*mvpqrgen.Config)) (mvpqrgen.Report, map[string]string) {
	m.t.Helper()
	cfg := m.cfg
	if change != nil {
		change(&cfg)
	}
	report, err := mvpqrgen.Import(m.t.Context(), cfg)
	if err != nil {
		m.t.Fatal(err)
	}
	got := map[string]string{}
	for _, v := range report.Verdicts {
		got[v.SourceID] = strings.TrimSpace(string(v.Outcome) + " " + strings.Join(v.Notes, "; "))
	}
	return report, got
}

// rows reads text rows from here.
func (m *migration) rows(sql string) (list []string) {
	m.t.Helper()
	rows, err := m.to.Query(m.t.Context(), sql)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			m.t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		m.t.Fatal(err)
	}
	return list
}

// agree recounts everything here.
func (m *migration) agree() {
	m.t.Helper()
	report, err := scans.Verify(m.t.Context(), m.cfg.Store, m.cfg.Location)
	if err != nil || !report.OK() {
		m.t.Errorf("the counts disagree: %+v, %v", report, err)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	m := newMigration(t, newShape)
	m.dynamic("8d672597", "https://www.example.edu/open-day")
	m.dynamic("ABCDEF12", "https://www.example.edu/upper")
	content := "WIFI:S:Guests;T:WPA;P:a\\;b\r\n;;" // byte for byte, its line break too
	m.there("INSERT INTO qr_codes (id, content, qr_type, title, fill_color, back_color, border, error_level) VALUES ('wifi', $1, 'static', NULL, '#003366', '#FFFFFF', 2, 'h')", content)
	at := time.Date(2026, 10, 31, 22, 30, 0, 0, time.UTC)
	m.log("id-8d672597", at, phone, true)
	m.log("id-8d672597", at.Add(time.Hour), phone, true) // the next day in Berlin
	m.log("id-8d672597", at.Add(2*time.Hour), phone, false)
	m.log("id-8d672597", at.Add(3*time.Hour), robot, false)
	m.log("gone", at, phone, true)                                                                                                    // its code was deleted
	m.there("UPDATE qr_codes SET scan_count = scan_count + 10, genuine_scan_count = genuine_scan_count + 6 WHERE id = 'id-8d672597'") // from before there were logs

	want := map[string]string{
		"id-8d672597": "new", "id-ABCDEF12": "new its short ID ABCDEF12 is kept as abcdef12; both lead to it",
		"wifi": "new it had no title",
	}
	report, got := m.run(func(c *mvpqrgen.Config) { c.DryRun = true })
	if diff := cmp.Diff(want, got); diff != "" || report.Done || report.Orphans != 1 || report.Scans() != 4 {
		t.Errorf("dry run: %+v (-want +got):\n%s", report, diff)
	}
	if n := m.rows("SELECT 'x' FROM codes"); len(n) != 0 {
		t.Errorf("the dry run made %d codes", len(n))
	}
	if report, got = m.run(nil); !report.Done || !cmp.Equal(want, got) || report.Hosts["old.example.edu"] != 2 {
		t.Errorf("%+v, %v", report, got)
	}
	if diff := cmp.Diff([]string{
		"static  Imported: WIFI:S:Guests;T:WPA;P:a\\;b ;; H 2 #003366 #ffffff t " + content,
		"dynamic 8d672597 Code 8d672597 M 4 #000000 #ffffff t https://www.example.edu/open-day",
		"dynamic abcdef12 Code ABCDEF12 M 4 #000000 #ffffff t https://www.example.edu/upper",
	}, m.rows(`SELECT concat_ws(' ', kind, coalesce(short_id, ''), title, level, quiet_zone, dark, light, printed_at IS NOT NULL, coalesce(content, target_url)) FROM codes
		ORDER BY short_id NULLS FIRST`)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"2026-10-31 22:30 qr 1 phone, iOS, Safari f", "2026-10-31 23:30 qr 1 phone, iOS, Safari f",
		"2026-11-01 00:30 link 1 phone, iOS, Safari t", "2026-11-01 01:30 link 2 bot, other, other f",
	}, m.rows(`SELECT concat_ws(' ', to_char(scanned_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), CASE WHEN qr THEN 'qr' ELSE 'link' END, class, concat_ws(', ', device, os, browser), repeat)
		FROM scans JOIN scan_agents a ON a.id = agent ORDER BY scanned_at`)); diff != "" {
		t.Errorf("scans (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"8 6 2026-11-01"}, m.rows("SELECT concat_ws(' ', qr_scans, link_scans, (last_scan_at AT TIME ZONE 'UTC')::date) FROM code_totals WHERE scans > 0")); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	m.agree()

	// Again: nothing changes. What was scanned there meanwhile comes along.
	all := "SELECT concat_ws(' ', (SELECT count(*) FROM codes), (SELECT count(*) FROM scans), (SELECT sum(scans) FROM code_totals), (SELECT sum(scans) FROM scan_hours), (SELECT count(*) FROM code_events))"
	before := m.rows(all)
	if report, got = m.run(nil); report.Scans() != 0 || got["wifi"] != "there" || !cmp.Equal(before, m.rows(all)) {
		t.Errorf("again: %v, %s, %s", got, before, m.rows(all))
	}
	m.log("id-8d672597", at.Add(100*time.Hour), phone, true)
	m.dynamic("0000beef", "https://www.example.edu/late")
	if report, got = m.run(nil); report.Scans() != 1 || got["id-0000beef"] != "new" || report.Count(mvpqrgen.There) != 3 {
		t.Errorf("later: %v, %+v", got, report)
	}
	if diff := cmp.Diff([]string{"9 6"}, m.rows("SELECT concat_ws(' ', qr_scans, link_scans) FROM code_totals WHERE scans > 0")); diff != "" {
		t.Errorf("totals later (-want +got):\n%s", diff)
	}
	m.agree()
	for _, secret := range []string{"203.0.113.7", "iPhone OS 18_5"} {
		if n := m.rows("SELECT 'x' FROM scan_words WHERE word LIKE '%" + secret + "%'"); len(n) > 0 {
			t.Errorf("%s is stored", secret)
		}
	}
}

func TestOddRows(t *testing.T) {
	t.Parallel()
	m := newMigration(t, newShape)
	long := strings.Repeat("Straße ", 30)
	m.dynamic("aaaaaaaa", "javascript:alert(1)")
	m.dynamic("bbbbbbbb", "https://qr.example.edu/r/aaaaaaaa")
	m.dynamic("cccccccc", "")
	m.dynamic("dddddddd", "https://www.example.edu/")
	m.dynamic("DDDDDDDD", "https://www.example.edu/other")
	m.dynamic("a_b", "https://www.example.edu/")
	m.dynamic("taken", "https://www.example.edu/")
	m.dynamic("eeeeeeee", "https://www.example.edu/")
	m.there("UPDATE qr_codes SET title = $1, description = $2, fill_color = 'papayawhip', error_level = 'x', border = 99, has_logo = true WHERE id = 'id-eeeeeeee'", long, strings.Repeat("x", 490))
	m.there("INSERT INTO qr_codes (id, content, qr_type, redirect_url, title) VALUES ('no-short-id', 'http://old.example.edu/r/ffffffff', 'dynamic', 'https://www.example.edu/', E'two\\nlines')")
	m.there("INSERT INTO qr_codes (id, content, qr_type, title, fill_color, back_color, error_level) VALUES ('big', $1, 'static', 'Big', '#ffffff', '#eeeeee', 'h')", strings.Repeat("b", 2000))
	m.there("INSERT INTO qr_codes (id, content, qr_type) VALUES ('huge', $1, 'static'), ('empty', '', 'static'), ('odd', 'x', 'barcode')", strings.Repeat("h", 5000))
	if _, err := m.to.Exec(t.Context(), `INSERT INTO codes (kind, short_id, title, target_url, created_by, updated_by) VALUES ('dynamic', 'taken', 'Mine', 'https://example.org/', 'x', 'x')`); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"id-aaaaaaaa": "refused its target \"javascript:alert(1)\" is not possible: A code can lead to http:// and https:// addresses only",
		"id-bbbbbbbb": "refused its target \"https://qr.example.edu/r/aaaaaaaa\" is not possible: This is one of our own short addresses",
		"id-cccccccc": "refused it leads nowhere",
		"id-dddddddd": "refused the short ID dddddddd is that of 2 codes there",
		"id-DDDDDDDD": "refused the short ID dddddddd is that of 2 codes there",
		"id-a_b":      "refused its short ID \"a_b\" can't be kept: A short ID has only the letters",
		"id-taken":    "refused the short ID taken is taken here, by code 1",
		"id-eeeeeeee": "new its error correction \"x\" is not known: M; its border 99 is not possible: 4; its colours \"papayawhip\" on \"white\" do not scan or are not known: black on white; its title is cut; the description begins with the whole of it; its description is cut to 500 characters; its logo",
		"no-short-id": "new",
		"big":         "new its colours \"#ffffff\" on \"#eeeeee\" do not scan or are not known: black on white; error correction M in the place of H",
		"huge":        "refused its content fits no symbol",
		"empty":       "refused it says nothing",
		"odd":         "refused its type \"barcode\" is neither",
	}
	check := func(report mvpqrgen.Report, got map[string]string, done bool) {
		t.Helper()
		for id, words := range want {
			if !strings.HasPrefix(got[id], words) {
				t.Errorf("%s: %q, want %q", id, got[id], words)
			}
		}
		if report.Done != done || len(got) != len(want) {
			t.Errorf("done %v, %d verdicts", report.Done, len(got))
		}
	}
	report, got := m.run(nil)
	check(report, got, false)
	if n := m.rows("SELECT title FROM codes"); len(n) != 1 {
		t.Errorf("all or none, and there are %q", n)
	}
	report, got = m.run(func(c *mvpqrgen.Config) { c.SkipRefused = true })
	check(report, got, true)
	if diff := cmp.Diff([]string{"big", "e", "no-short"}, m.rows("SELECT CASE WHEN title = 'Big' THEN 'big' WHEN title LIKE 'Straße%…' AND description LIKE 'Straße%…' THEN 'e' WHEN title = 'two lines' THEN 'no-short' END FROM codes WHERE created_by = 'mvp_qr_gen' ORDER BY 1")); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	m.agree()
}

func TestOldShape(t *testing.T) {
	t.Parallel()
	m := newMigration(t, oldShape)
	m.there("INSERT INTO qr_codes (id, content, qr_type, redirect_url, scan_count, last_scan_at) VALUES ('old', 'https://old.example.edu/r/8d672597', 'dynamic', 'https://www.example.edu/', 3, '2024-05-06 07:08:09')")
	report, got := m.run(nil)
	if !report.Done || got["old"] != "new it had no title" {
		t.Errorf("%v", got)
	}
	if diff := cmp.Diff([]string{"8d672597 0 3 2024-05-06 07:08:09"}, m.rows("SELECT concat_ws(' ', short_id, qr_scans, link_scans, last_scan_at AT TIME ZONE 'UTC') FROM codes JOIN code_totals ON code_id = id")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.agree()
	m.there("DROP TABLE qr_codes")
	if _, err := mvpqrgen.Import(t.Context(), m.cfg); err == nil || !strings.Contains(err.Error(), "no database of mvp_qr_gen") {
		t.Errorf("%v", err)
	}
}
