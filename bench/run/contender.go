package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// contender is a server that redirects.
type contender struct {
	name string
	args []string
	env  []string
	port uint16
	path string // of short URLs; "/R/%s" where it is empty
	runs []result
}

// result is what wrk saw in one round. Times are in microseconds.
type result struct {
	Requests, Microseconds, P50, P99, P999, Failed float64
	catchUp                                        time.Duration // until nothing waited in the journal
}

func (r result) rate() float64 { return r.Requests / r.Microseconds * 1e6 }

func (c *contender) address() string { return "http://127.0.0.1:" + strconv.Itoa(int(c.port)) }

// of gives the median of a value over the rounds.
func (c *contender) of(value func(result) float64) float64 {
	list := make([]float64, len(c.runs))
	for i, r := range c.runs {
		list[i] = value(r)
	}
	return median(list)
}

// during starts the server, calls fn when it redirects, and stops it.
func (c *contender) during(ctx context.Context, fn func(pid int) error) (err error) {
	server := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	server.Env = c.env
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		if waitErr := server.Wait(); c.name == "qrgen" {
			err = errors.Join(err, waitErr)
		}
	}()
	if err := waitFor(ctx, c.address()+c.shortPath(1)); err != nil {
		return err
	}
	return fn(server.Process.Pid)
}

func (c *contender) pathFormat() string {
	if c.path == "" {
		return "/R/%s"
	}
	return c.path
}

// shortPath is the path of the nth demo code.
func (c *contender) shortPath(n int) string {
	return fmt.Sprintf(c.pathFormat(), fmt.Sprintf("DEMO%06X", n))
}

// load lets wrk ask for as much as the server gives.
func (c *contender) load(ctx context.Context, o options, lua string, round int) (r result, err error) {
	wrk := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(connections), "-d"+o.duration.String(), "-s", lua, c.address())
	wrk.Env = append(os.Environ(), "BENCH_CODES="+strconv.Itoa(o.codes), "BENCH_SEED="+strconv.Itoa(round+1),
		"BENCH_PATH="+c.pathFormat(), "BENCH_HEADERS="+phoneHeaders)
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

// waitFor waits until the server redirects.
func waitFor(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ticker := time.NewTicker(5 * time.Millisecond)
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

// ticksPerSecond is what /proc counts CPU time in: USER_HZ, 100 on every Linux
// that Go runs on.
const ticksPerSecond = 100

// cpuTime is what the processes have used so far.
func cpuTime(pids ...int) time.Duration {
	var ticks int64
	for _, pid := range pids {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		ticks += user + system
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// serverPIDs are the processes of the embedded PostgreSQL in a data folder.
func serverPIDs(ctx context.Context, dataDir string) []int {
	content, err := os.ReadFile(filepath.Join(dataDir, "postgres", "postmaster.pid"))
	if err != nil {
		return nil
	}
	line, _, _ := strings.Cut(string(content), "\n")
	parent, err := strconv.Atoi(line)
	if err != nil {
		return nil
	}
	pids := []int{parent}
	for field := range strings.FieldsSeq(output(ctx, "pgrep", "-P", line)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// metrics reads some of the program's own figures; labels are left out.
func (c *contender) metrics(ctx context.Context) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address()+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	values := map[string]float64{}
	for line := range readLines(response.Body) {
		if name, value, ok := strings.Cut(line, " "); ok && !strings.ContainsAny(name, "{#") {
			if v, err := strconv.ParseFloat(value, 64); err == nil {
				values[name] = v
			}
		}
	}
	return values, nil
}
