package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	connections = 64
	// catchUpLimit is how long scans may still wait after a load.
	catchUpLimit = 30 * time.Second
	// phoneHeaders are what a phone that scans sends, on every request to every
	// contender.
	phoneHeaders = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: de-DE,de;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\n"
)

//go:embed redirect.lua
var script []byte

// field is all that takes part: bare and qrgen first.
type field struct {
	dir        string
	lua        string
	contenders []*contender
}

func (f field) bare() *contender  { return f.contenders[0] }
func (f field) qrgen() *contender { return f.contenders[1] }

func (f field) dataDir() string { return filepath.Join(f.dir, "data") }

// withField sets the field up for fn.
func withField(ctx context.Context, o options, fn func(field) (string, error)) (string, error) {
	dir, err := os.MkdirTemp("", "qrgen-bench")
	if err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	f := field{dir: dir, lua: filepath.Join(dir, "redirect.lua")}
	if err := os.WriteFile(f.lua, script, 0o600); err != nil {
		return "", fmt.Errorf("write wrk's script: %w", err)
	}
	if f.contenders, err = prepare(ctx, o, f.dir, f.dataDir()); err != nil {
		return "", err
	}
	return fn(f)
}

// measureRedirects puts each contender under full load in turn, round after
// round, and then looks at what qrgen keeps up.
func measureRedirects(ctx context.Context, o options) (string, error) {
	return withField(ctx, o, func(f field) (string, error) {
		for round := range o.rounds {
			for _, c := range f.contenders {
				r, err := f.round(ctx, o, c, round)
				if err != nil {
					return "", fmt.Errorf("measure %s: %w", c.name, err)
				}
				c.runs = append(c.runs, r)
				fmt.Fprintf(os.Stderr, "round %d: %s: %.0f/s, p99 %.2f ms, caught up after %s\n", round+1, c.name, r.rate(), r.P99/1000, r.catchUp)
			}
		}
		kept, err := f.kept(ctx, o)
		if err != nil {
			return "", err
		}
		if err := f.flame(ctx, o); err != nil {
			return "", err
		}
		return peakTable(o, f) + kept + "\nWhere the time goes: [redirect.svg](redirect.svg), of qrgen under full load.\n", nil
	})
}

// round is one contender under full load; for qrgen also how long its recorder
// is behind afterwards.
func (f field) round(ctx context.Context, o options, c *contender, round int) (r result, err error) {
	err = c.during(ctx, func(int) error {
		if r, err = c.load(ctx, o, f.lua, round); err != nil || c != f.qrgen() {
			return err
		}
		begin := time.Now()
		r.catchUp, err = c.catchUp(ctx, begin)
		return err
	})
	return r, err
}

// catchUp waits until nothing waits in the journal.
func (c *contender) catchUp(ctx context.Context, begin time.Time) (time.Duration, error) {
	for {
		m, err := c.metrics(ctx)
		took := time.Since(begin)
		switch {
		case err != nil:
			return 0, err
		case m["qrgen_scans_refused_total"] > 0:
			return 0, errors.New("scans were refused")
		case m["qrgen_scans_journalled"] == 0:
			return took.Round(10 * time.Millisecond), nil
		case took > 10*catchUpLimit:
			return 0, fmt.Errorf("%.0f scans still wait", m["qrgen_scans_journalled"])
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// prepare builds the programs and fills their databases.
func prepare(ctx context.Context, o options, dir, dataDir string) ([]*contender, error) {
	qrgen, self := filepath.Join(dir, "qrgen"), filepath.Join(dir, "run")
	for binary, source := range map[string]string{qrgen: "./cmd/qrgen", self: "./bench/run"} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "DATA_DIR="+dataDir, "PORT="+strconv.Itoa(int(ports[1])), "LOG_LEVEL=warn")
	demo := exec.CommandContext(ctx, qrgen, "demo", "-codes", strconv.Itoa(o.codes))
	demo.Env = env
	if out, err := demo.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make demo codes: %w\n%s", err, out)
	}
	list := []*contender{
		{name: "bare net/http", args: []string{self, "-bare", "127.0.0.1:" + strconv.Itoa(int(ports[0])), "-codes", strconv.Itoa(o.codes)}, env: os.Environ(), port: ports[0]},
		{name: "qrgen", args: []string{qrgen, "serve"}, env: env, port: ports[1]},
	}
	for i, peer := range []func(context.Context, options, string, uint16) (*contender, error){nginx, golink} {
		c, err := peer(ctx, o, dir, ports[2+i])
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: left out:", err)
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

func peakTable(o options, f field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d codes, random short URLs, a phone's headers, %d keep-alive connections, loader (wrk) and server on the same cores, "+
		"%d interleaved rounds of %s, medians. The bare handler answers the same 302 from a Go map; nginx answers every address alike (`return 302`); "+
		"golink counts in memory and writes once a minute. qrgen journals every scan and stores it in a PostgreSQL on the same cores.\n\n", o.codes, connections, o.rounds, o.duration)
	b.WriteString("| server | requests/s | ratio | p50 | p99 | p99.9 | p99, ratio |\n|---|---|---|---|---|---|---|\n")
	bare := f.bare()
	p99 := func(r result) float64 { return r.P99 }
	for _, c := range f.contenders {
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %.2f ms | %.2f ms | %.2f ms | %.2f |\n", c.name, c.of(result.rate), c.of(result.rate)/bare.of(result.rate),
			c.of(func(r result) float64 { return r.P50 })/1000, c.of(p99)/1000, c.of(func(r result) float64 { return r.P999 })/1000, c.of(p99)/bare.of(p99))
	}
	fmt.Fprintf(&b, "\nAll scans were stored %.1f s after the load (median; %s at most are asked).\n",
		f.qrgen().of(func(r result) float64 { return r.catchUp.Seconds() }), catchUpLimit)
	return b.String()
}

// serveBare is what to compare with: net/http, a map, and nothing else.
func serveBare(ctx context.Context, o options) error {
	targets := make(map[string]string, o.codes)
	for n := 1; n <= o.codes; n++ {
		targets[fmt.Sprintf("DEMO%06X", n)] = fmt.Sprintf("https://www.example.org/%032x", n)
	}
	server := &http.Server{Addr: o.bare, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, ok := targets[strings.TrimPrefix(r.URL.Path, "/R/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header()["Location"] = []string{target}
		w.Header()["Cache-Control"] = []string{"private, no-store"}
		w.WriteHeader(http.StatusFound)
	})}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// freePorts finds ports that nobody listens on.
func freePorts(n int) ([]uint16, error) {
	listeners := make([]*net.TCPListener, n)
	ports := make([]uint16, n)
	for i := range listeners {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, fmt.Errorf("find a port: %w", err)
		}
		listeners[i], ports[i] = l, netip.MustParseAddrPort(l.Addr().String()).Port()
	}
	// Closed only now, so that they are different ones.
	for _, l := range listeners {
		_ = l.Close()
	}
	return ports, nil
}
