package survive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"qrgen/e2e/rig"
)

// program is one run of the binary.
type program struct {
	*rig.Process
	env []string
}

// start runs the program on a data directory and a database until it says that
// it listens, and ends it with the test.
func start(t testing.TB, dataDir, database string, env ...string) *program {
	t.Helper()
	return startBinary(t, rig.Binary(t), dataDir, database, env...)
}

// startBinary is start with another version of the program.
func startBinary(t testing.TB, path, dataDir, database string, env ...string) *program {
	t.Helper()
	p := &program{env: append([]string{"PORT=0", "HOST=127.0.0.1", "BASE_URL=http://qr.example.edu", "DATA_DIR=" + dataDir, "DATABASE_URL=" + database, "TZ=Europe/Berlin"}, env...)}
	var err error
	p.Process, err = rig.Serve(p.env, path)
	must(t, err)
	p.EndWith(t)
	return p
}

// stop stops the program as an operator does.
func (p *program) stop(t testing.TB) {
	t.Helper()
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// browser follows no redirect and shares no connection.
var browser = &http.Client{
	Timeout:       patience,
	CheckRedirect: rig.NoRedirects,
	Transport:     &http.Transport{DisableKeepAlives: true},
}

type answer struct {
	status   int
	location string
	body     string
}

func (p *program) try(method, path string, form url.Values) (answer, error) {
	a, err := rig.Ask(context.Background(), browser, method, p.Base+path, form)
	return answer{a.Status, a.Header.Get("Location"), a.Body}, err
}

func (p *program) get(t testing.TB, path string) answer {
	t.Helper()
	a, err := p.try(http.MethodGet, path, nil)
	must(t, err)
	return a
}

// post sends a form that is answered with 303, and gives where it leads.
func (p *program) post(t testing.TB, path string, fields ...string) string {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	a, err := p.try(http.MethodPost, path, form)
	must(t, err)
	if a.status != http.StatusSeeOther {
		t.Fatalf("POST %s: status %d\n%.600s", path, a.status, a.body)
	}
	return a.location
}

// create makes a dynamic code that leads to target(shortID), and gives its
// page's path.
func (p *program) create(t testing.TB, shortID string) string {
	t.Helper()
	rig.AwaitPages(t, browser, p.Base)
	return p.post(t, "/codes", "kind", "dynamic", "title", "Code "+shortID, "short_id", shortID, "target_url", target(shortID))
}

func target(shortID string) string { return "https://example.com/" + shortID }

// createMany makes codes for so many clients.
func (p *program) createMany(t testing.TB, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "poster-" + strconv.Itoa(i)
		p.create(t, ids[i])
	}
	return ids
}

// health asks GET /health.
func (p *program) health() (status int, fields map[string]any, err error) {
	a, err := p.try(http.MethodGet, "/health", nil)
	if err != nil {
		return 0, nil, err
	}
	return a.status, fields, errors.Join(json.Unmarshal([]byte(a.body), &fields))
}

// metrics are the values without labels.
func (p *program) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	return rig.Metrics(t, p.get(t, "/metrics").body)
}

// balanced waits until all that was received is stored or refused, and holds
// the account to its equation.
func (p *program) balanced(t testing.TB) map[string]float64 {
	t.Helper()
	var m map[string]float64
	eventually(t, "an empty journal", func() error {
		// The segments count too: what an earlier run left is listed at once and
		// counted a moment later.
		if m = p.metrics(t); m["scans_journalled"] != 0 || m["journal_segments"] != 0 {
			return fmt.Errorf("%v scans and %v segments wait", m["scans_journalled"], m["journal_segments"])
		}
		return nil
	})
	if m["scans_received_total"] != m["scans_stored_total"]+m["scans_journalled"]+m["scans_refused_total"] {
		t.Errorf("the account does not balance: received %v, stored %v, journalled %v, refused %v",
			m["scans_received_total"], m["scans_stored_total"], m["scans_journalled"], m["scans_refused_total"])
	}
	return m
}

// verify runs qrgen verify scans.
func (p *program) verify(t testing.TB) {
	t.Helper()
	if _, err := rig.Command(t, p.env, rig.Binary(t), "verify", "scans"); err != nil {
		t.Error(err)
	}
}

// rss is the program's resident memory in bytes.
func (p *program) rss(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.Pid()), "status"))
	must(t, err)
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatal("no VmRSS")
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	must(t, err)
	return kb << 10
}
