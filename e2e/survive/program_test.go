package survive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is one run of the binary.
type program struct {
	base    string // http://127.0.0.1:PORT
	dataDir string
	env     []string
	cmd     *exec.Cmd
	began   time.Time
	exited  chan struct{} // closed when err is set
	err     error
	stdout  lockedBuffer
	stderr  lockedBuffer
}

// lockedBuffer takes a program's output while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the program on a data directory and a database until it says that
// it listens, and ends it with the test.
func start(t testing.TB, dataDir, database string, env ...string) *program {
	t.Helper()
	p, err := launch(t, dataDir, database, env...)
	must(t, err)
	return p
}

// runsAt is the line that says where the program listens.
var runsAt = regexp.MustCompile(`runs at (http://[^ ]+)/ `)

// startBinary is start with another version of the program.
func startBinary(t testing.TB, path, dataDir, database string, env ...string) *program {
	t.Helper()
	p, err := launchBinary(t, path, dataDir, database, env...)
	must(t, err)
	return p
}

func launch(t testing.TB, dataDir, database string, env ...string) (*program, error) {
	t.Helper()
	path, err := binary()
	must(t, err)
	return launchBinary(t, path, dataDir, database, env...)
}

func launchBinary(t testing.TB, path, dataDir, database string, env ...string) (*program, error) {
	t.Helper()
	p := &program{dataDir: dataDir, exited: make(chan struct{})}
	p.env = append([]string{"PORT=0", "HOST=127.0.0.1", "BASE_URL=http://qr.example.edu", "DATA_DIR=" + dataDir, "DATABASE_URL=" + database, "TZ=Europe/Berlin"}, env...)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			p.env = append(p.env, name+"="+value)
		}
	}
	if dir := os.Getenv("E2E_COVERDIR"); dir != "" {
		p.env = append(p.env, "GOCOVERDIR="+dir)
	}
	p.cmd = exec.CommandContext(context.Background(), path, "serve")
	p.cmd.Dir, p.cmd.Env = root, p.env
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stdout = &p.stdout
	stderr, err := p.cmd.StderrPipe()
	must(t, err)
	p.began = time.Now()
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("the program's last words:\n%s%s", tail(p.stdout.String(), 12), tail(p.stderr.String(), 5))
		}
	})
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			fmt.Fprintln(&p.stderr, lines.Text())
			if m := runsAt.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	select {
	case p.base = <-address:
		return p, nil
	case <-p.exited:
		return nil, fmt.Errorf("the program ended at its start: %w\n%s", p.err, p.stderr.String())
	case <-time.After(patience):
		return nil, errors.New("the program does not start\n" + p.stderr.String())
	}
}

func tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	return strings.Join(all[max(0, len(all)-lines-1):], "")
}

// host is where the program listens.
func (p *program) host() string { return strings.TrimPrefix(p.base, "http://") }

func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop stops the program as an operator does.
func (p *program) stop(t testing.TB) {
	t.Helper()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatal("the program does not stop")
	}
	if p.err != nil {
		t.Errorf("the program ended with %v", p.err)
	}
}

// browser follows no redirect and shares no connection.
var browser = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true},
}

type answer struct {
	status   int
	location string
	body     string
}

func (p *program) try(method, path string, form url.Values) (answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := browser.Do(r)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Location"), string(body)}, errors.Join(err, response.Body.Close())
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

var metricLine = regexp.MustCompile(`(?m)^qrgen_(\w+) (\S+)$`)

// metrics are the values without labels.
func (p *program) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for _, m := range metricLine.FindAllStringSubmatch(p.get(t, "/metrics").body, -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		must(t, err)
		values[m[1]] = v
	}
	if _, ok := values["scans_received_total"]; !ok {
		t.Fatal("no account of scans in /metrics")
	}
	return values
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
	path, err := binary()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), path, "verify", "scans")
	cmd.Dir, cmd.Env = root, p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("qrgen verify scans: %v\n%s", err, tail(string(out), 20))
	}
}

// rss is the program's resident memory in bytes.
func (p *program) rss(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	must(t, err)
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatal("no VmRSS")
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	must(t, err)
	return kb << 10
}
