package main

import (
	"context"
	_ "embed"
	"encoding/json"
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
	"syscall"
	"time"
)

const connections = 64

//go:embed redirect.lua
var script []byte

// contender is a server that redirects.
type contender struct {
	name string
	args []string
	env  []string
	port uint16
	runs []result
}

// result is what wrk saw in one round. Times are in microseconds.
type result struct {
	Requests, Microseconds, P50, P99, P999, Failed float64
}

// measureRedirects puts each contender under load in turn, round after round.
func measureRedirects(ctx context.Context, o options) (string, error) {
	dir, err := os.MkdirTemp("", "qrgen-bench")
	if err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	lua := filepath.Join(dir, "redirect.lua")
	if err := os.WriteFile(lua, script, 0o600); err != nil {
		return "", fmt.Errorf("write wrk's script: %w", err)
	}
	contenders, err := prepare(ctx, o, dir)
	if err != nil {
		return "", err
	}
	for round := range o.rounds {
		for _, c := range contenders {
			r, err := c.run(ctx, o, lua, round)
			if err != nil {
				return "", fmt.Errorf("measure %s: %w", c.name, err)
			}
			c.runs = append(c.runs, r)
			fmt.Fprintf(os.Stderr, "round %d: %s: %.0f/s, p99 %.2f ms\n", round+1, c.name, r.Requests/r.Microseconds*1e6, r.P99/1000)
		}
	}
	return redirectTable(o, contenders), nil
}

// prepare builds the programs and fills the database.
func prepare(ctx context.Context, o options, dir string) ([]*contender, error) {
	qrgen, self := filepath.Join(dir, "qrgen"), filepath.Join(dir, "run")
	for binary, source := range map[string]string{qrgen: "./cmd/qrgen", self: "./bench/run"} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "DATA_DIR="+filepath.Join(dir, "data"), "PORT="+strconv.Itoa(int(ports[1])), "LOG_LEVEL=warn")
	demo := exec.CommandContext(ctx, qrgen, "demo", "-codes", strconv.Itoa(o.codes))
	demo.Env = env
	if out, err := demo.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make demo codes: %w\n%s", err, out)
	}
	return []*contender{
		{name: "bare net/http", args: []string{self, "-bare", "127.0.0.1:" + strconv.Itoa(int(ports[0])), "-codes", strconv.Itoa(o.codes)}, env: os.Environ(), port: ports[0]},
		{name: "qrgen", args: []string{qrgen, "serve"}, env: env, port: ports[1]},
	}, nil
}

// run starts the server, lets wrk load it and stops it.
func (c *contender) run(ctx context.Context, o options, lua string, round int) (r result, err error) {
	server := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	server.Env = c.env
	if err := server.Start(); err != nil {
		return r, fmt.Errorf("start: %w", err)
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		err = errors.Join(err, server.Wait())
	}()
	address := "http://127.0.0.1:" + strconv.Itoa(int(c.port))
	if err := waitFor(ctx, address+"/R/DEMO000001"); err != nil {
		return r, err
	}
	wrk := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(connections), "-d"+o.duration.String(), "-s", lua, address)
	wrk.Env = append(os.Environ(), "BENCH_CODES="+strconv.Itoa(o.codes), "BENCH_SEED="+strconv.Itoa(round+1))
	out, err := wrk.CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("run wrk: %w\n%s", err, out)
	}
	_, line, found := strings.Cut(string(out), "RESULT ")
	if !found {
		return r, fmt.Errorf("wrk gave no result:\n%s", out)
	}
	if err := json.NewDecoder(strings.NewReader(line)).Decode(&r); err != nil {
		return r, fmt.Errorf("read wrk's result: %w", err)
	}
	if r.Failed > 0 {
		return r, fmt.Errorf("%.0f requests failed", r.Failed)
	}
	return r, nil
}

func redirectTable(o options, contenders []*contender) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## Redirect\n\n%d codes, random short URLs, %d keep-alive connections, wrk and server on the same cores, "+
		"%d interleaved rounds of %s, medians. The bare handler answers the same 302 from a Go map.\n\n", o.codes, connections, o.rounds, o.duration)
	b.WriteString("| server | requests/s | ratio | p50 | p99 | p99.9 |\n|---|---|---|---|---|---|\n")
	of := func(c *contender, value func(result) float64) float64 {
		list := make([]float64, len(c.runs))
		for i, r := range c.runs {
			list[i] = value(r)
		}
		return median(list)
	}
	rate := func(r result) float64 { return r.Requests / r.Microseconds * 1e6 }
	for _, c := range contenders {
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %.2f ms | %.2f ms | %.2f ms |\n", c.name, of(c, rate), of(c, rate)/of(contenders[0], rate),
			of(c, func(r result) float64 { return r.P50 })/1000, of(c, func(r result) float64 { return r.P99 })/1000,
			of(c, func(r result) float64 { return r.P999 })/1000)
	}
	return b.String()
}

// serveBare is what to compare with: net/http, a map, and nothing else.
func serveBare(ctx context.Context, o options) error {
	targets := make(map[string]string, o.codes)
	for n := 1; n <= o.codes; n++ {
		targets[fmt.Sprintf("DEMO%06X", n)] = fmt.Sprintf("https://www.example.org/%032x", n)
	}
	server := &http.Server{Addr: o.bare, ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

// waitFor waits until the server redirects.
func waitFor(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusFound {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", address, ctx.Err())
		case <-ticker.C:
		}
	}
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
