package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"qrgen/db/dbtest"
	"qrgen/e2e/rig"
)

// mainEnv makes the test binary the program itself.
const mainEnv = "QRGEN_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// vars is an environment.
type vars map[string]string

func (v vars) lookup(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

// call runs a command to its end.
func call(t *testing.T, env vars, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = run(t.Context(), args, env.lookup, &out, &errs)
	return out.String(), errs.String(), err
}

// serving is a program that answers.
type serving struct {
	address string // host:port
	stop    context.CancelFunc
	done    chan error
	log     *rig.Log
}

// startServe runs serve on a free port until the test ends, and waits until it
// answers.
func startServe(t *testing.T, env vars) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	p := &serving{stop: cancel, done: make(chan error, 1), log: &rig.Log{}}
	env["PORT"] = "0"
	if env["DATA_DIR"] == "" {
		env["DATA_DIR"] = t.TempDir()
	}
	go func() {
		err := run(ctx, []string{"serve"}, env.lookup, p.log, writer)
		_ = writer.CloseWithError(io.EOF)
		p.done <- err
	}()
	t.Cleanup(func() { _ = p.wait() })
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatalf("the program did not start: %v\n%s", p.wait(), p.log)
	}
	if p.address = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); p.address == "" {
		t.Fatalf("the program said %q", lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return p
}

// wait asks the program to stop and gives how it ended.
func (p *serving) wait() error {
	p.stop()
	err := <-p.done
	p.done <- err
	return err
}

func (p *serving) port() string { return p.address[strings.LastIndexByte(p.address, ':')+1:] }

func (p *serving) get(t *testing.T, path string) (int, string) {
	t.Helper()
	response, err := http.Get("http://" + p.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"nothing"}, {"--help"}, {"SERVE"}} {
		_, stderr, err := call(t, nil, args...)
		if !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
		for _, c := range commands() {
			if !strings.Contains(stderr, c.name+" ") || !strings.Contains(stderr, c.does) {
				t.Errorf("%q: %s is not in %s", args, c.name, stderr)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if stdout, _, err := call(t, nil, "version"); err != nil || strings.TrimSpace(stdout) != version {
		t.Errorf("%q, %v", stdout, err)
	}
}

// Every command names every problem of the configuration at once.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	bad := vars{"PORT": "http", "BASE_URL": "https://a/b", "ENVIRONMENT": "test", "TRUSTED_PROXIES": "proxy", "TZ": "Mars/Olympus", "DATABASE_URL_FILE": "/no/such/file", "LOG_LEVEL": "loud"}
	for _, command := range []string{"serve", "migrate", "health", "demo"} {
		_, _, err := call(t, bad, command)
		for name := range bad {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s says nothing about %s: %v", command, name, err)
			}
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve", "now"}, {"serve", "--port", "9000"}, {"migrate", "down"}, {"health", "x"}, {"version", "x"}, {"demo", "5"}} {
		if _, _, err := call(t, vars{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, args...); err == nil || !strings.Contains(err.Error(), args[1]) {
			t.Errorf("%q: %v does not say that %s means nothing", args, err, args[1])
		}
	}
	for _, n := range []string{"0", "-1", "10000001", "many"} {
		if _, _, err := call(t, nil, "demo", "-codes", n); err == nil {
			t.Errorf("demo made %s codes", n)
		}
	}
	if _, stderr, err := call(t, nil, "demo", "-h"); err != nil || !strings.Contains(stderr, "-codes") {
		t.Errorf("demo -h: %v, %s", err, stderr)
	}
	if _, _, err := call(t, vars{"ENVIRONMENT": "production", "BASE_URL": "https://qr.example.edu"}, "demo"); err == nil || !strings.Contains(err.Error(), "production") {
		t.Errorf("demo in production: %v", err)
	}
}

func TestServeAndHealth(t *testing.T) {
	t.Parallel()
	env := vars{"DATABASE_URL": dbtest.URL(t), "BASE_URL": "https://qr.example.edu"}
	p := startServe(t, env)
	rig.AwaitPages(t, http.DefaultClient, "http://"+p.address)
	if code, body := p.get(t, "/codes"); code != http.StatusOK || !strings.Contains(body, "No codes yet") {
		t.Errorf("the list: %d, %s", code, body)
	}
	here := vars{"PORT": p.port()}
	if stdout, _, err := call(t, here, "health"); err != nil || !strings.Contains(stdout, `"database":"ok"`) {
		t.Errorf("health: %s, %v", stdout, err)
	}
	if _, _, err := call(t, vars{"PORT": p.port(), "HOST": "0.0.0.0"}, "health"); err != nil {
		t.Errorf("health of a program that listens everywhere: %v", err)
	}
	if _, _, err := call(t, vars{"PORT": p.port(), "DATABASE_URL": env["DATABASE_URL"]}, "serve"); err == nil || !strings.Contains(err.Error(), p.port()) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port that is taken: %v", err)
	}
	if err := p.wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	for _, words := range []string{`"msg":"started"`, `"msg":"stopping"`, `"route":"/codes"`} {
		if !strings.Contains(p.log.String(), words) {
			t.Errorf("the log lacks %s: %s", words, p.log)
		}
	}
	if _, _, err := call(t, here, "health"); err == nil {
		t.Error("a program that has stopped is well")
	}
}

// What is under way when the program is asked to stop is answered.
func TestStopAnswersTheLastRequest(t *testing.T) {
	t.Parallel()
	p := startServe(t, vars{"DATABASE_URL": dbtest.URL(t), "BASE_URL": "https://qr.example.edu"})
	rig.AwaitPages(t, http.DefaultClient, "http://"+p.address)
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	form := url.Values{"title": {"Last"}, "target_url": {"https://www.example.edu/"}}.Encode()
	fmt.Fprintf(conn, "POST /codes HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(form))
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the handler reads the body now
		t.Fatalf("%q, %v", line, err)
	}
	p.stop()
	if _, err := io.WriteString(conn, form); err != nil {
		t.Fatal(err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "303") {
		t.Errorf("%q, %v", line, err)
	}
	if err := p.wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestHealthOfAProgramThatIsNotWell(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })}
	go func() { _ = web.Serve(listener) }()
	defer func() { _ = web.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if _, _, err := call(t, vars{"PORT": port}, "health"); !errors.Is(err, errUnwell) {
		t.Errorf("%v", err)
	}
}

// A database that is away is no reason not to start: printed codes are answered
// from what is known. Neither log nor page tells the password.
func TestServeWithoutADatabase(t *testing.T) {
	t.Parallel()
	p := startServe(t, vars{"DATABASE_URL": "postgres://nobody:s3cret@127.0.0.1:1/x", "BASE_URL": "https://qr.example.edu"})
	for _, path := range []string{"/health", "/codes", "/health/ready"} {
		if code, body := p.get(t, path); code != http.StatusServiceUnavailable || strings.Contains(body, "s3cret") {
			t.Errorf("%s: %d, %s", path, code, body)
		}
	}
	if code, _ := p.get(t, "/health/live"); code != http.StatusOK {
		t.Errorf("/health/live: %d", code)
	}
	if err := p.wait(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if strings.Contains(p.log.String(), "s3cret") {
		t.Errorf("the password is in the log: %s", p.log)
	}
	env := vars{"PORT": "0", "DATABASE_URL": "postgres://a b:s3cret@127.0.0.1/x", "DATA_DIR": t.TempDir()}
	if _, _, err := call(t, env, "serve"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}

// TestSignals: the real program ends with 0 when it is asked to, and with 1
// and one line of why when it cannot do what it was told.
func TestSignals(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), mainEnv+"=1", "DATABASE_URL="+dbtest.URL(t), "PORT=0", "BASE_URL=https://qr.example.edu", "DATA_DIR="+t.TempDir())
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p, err := rig.Serve(env, exe)
		if err != nil {
			t.Fatal(err)
		}
		p.EndWith(t)
		if !strings.HasPrefix(p.Base, "http://127.0.0.1:") {
			t.Errorf("it runs at %q", p.Base)
		}
		if err := p.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if said := p.Stderr.String; !p.Ends() || p.Err != nil || strings.Count(said(), "\n") != 1 {
			t.Errorf("%s: %v, %s", signal, p.Err, said())
		}
	}
	_, err = rig.Command(t, env, exe, "nothing")
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(err.Error(), "qrgen: use one of these commands") {
		t.Errorf("%v", err)
	}
}
