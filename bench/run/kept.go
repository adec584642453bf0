package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	oldestAllowed = 2 * time.Second // how long a scan may wait in a load that is kept up
	rateStep      = 0.05            // of the bare handler's peak, between tries
	firstTry      = 0.6
)

// watched is what qrgen showed of itself during a load.
type watched struct {
	oldest   float64 // seconds: the longest that a scan waited
	stored   float64
	postgres time.Duration // CPU
	edits    int
}

// kept finds the highest rate that is kept up, and the latencies at a quarter
// of the peak.
func (f field) kept(ctx context.Context, o options) (string, error) {
	var b strings.Builder
	peak := f.bare().of(result.rate)
	b.WriteString("\n| load, at a fixed rate, with a person who edits a code each second | asked/s | answered/s | of bare's peak | longest wait of a scan for its storing | PostgreSQL's CPU a scan | p50 | p99 | p99.9 |\n|---|---|---|---|---|---|---|---|---|\n")
	try := func(name string, rate float64) (bool, error) {
		p, w, err := f.paced(ctx, o, rate)
		if err != nil {
			return false, fmt.Errorf("hold %.0f requests a second: %w", rate, err)
		}
		line := fmt.Sprintf("| %s, %s | %.0f | %.0f | %.2f | %.2f s | %.1f µs | %s | %s | %s |\n", name, o.sustain, rate, p.rate(), p.rate()/peak, w.oldest,
			float64(w.postgres.Microseconds())/w.stored, ms(p.quantile(.5)), ms(p.quantile(.99)), ms(p.quantile(.999)))
		fmt.Fprint(os.Stderr, line)
		b.WriteString(line)
		if p.failed > 0 {
			return false, fmt.Errorf("%d answers were not the redirect", p.failed)
		}
		return w.oldest <= oldestAllowed.Seconds() && p.rate() > 0.98*rate, nil
	}
	if _, err := try("a quarter of qrgen's peak", f.qrgen().of(result.rate)/4); err != nil {
		return "", err
	}
	for share := firstTry; share < 1; share += rateStep {
		if ok, err := try("kept up?", share*peak); err != nil || !ok {
			return b.String(), err
		}
	}
	return b.String(), nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

// paced loads qrgen at a rate and watches it, while a person edits.
func (f field) paced(ctx context.Context, o options, rate float64) (p paced, w watched, err error) {
	c := f.qrgen()
	err = c.during(ctx, func(int) error {
		before, err := c.metrics(ctx)
		if err != nil {
			return err
		}
		pids := serverPIDs(ctx, f.dataDir())
		spent := cpuTime(pids...)
		watching, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.watch(watching, &w)
		}()
		p, err = pace(ctx, c.port, c.shortPath, o, rate, o.sustain)
		stop()
		<-done
		if err != nil {
			return err
		}
		after, err := c.metrics(ctx)
		if err != nil {
			return err
		}
		w.stored = after["qrgen_scans_stored_total"] - before["qrgen_scans_stored_total"]
		w.postgres = cpuTime(serverPIDs(ctx, f.dataDir())...) - spent
		_, err = c.catchUp(ctx, time.Now())
		return err
	})
	return p, w, err
}

// watch looks at the journal four times a second and edits a code every
// second, until ctx ends.
func (c *contender) watch(ctx context.Context, w *watched) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if m, err := c.metrics(ctx); err == nil {
			w.oldest = max(w.oldest, m["qrgen_journal_oldest_scan_age_seconds"])
		}
		if n%4 == 0 && c.edit(ctx, n) == nil {
			w.edits++
		}
	}
}

// edit changes where the first demo code leads, through the API.
func (c *contender) edit(ctx context.Context, n int) error {
	body := bytes.NewBufferString(fmt.Sprintf(`{"target_url":"https://www.example.org/edit/%d"}`, n))
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, c.address()+"/api/v1/qr/1", body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("edit: %s", response.Status)
	}
	return nil
}

// profile writes a CPU profile of qrgen under full load.
func profile(ctx context.Context, o options, file string) error {
	_, err := withField(ctx, o, func(f field) (string, error) { return "", f.profile(ctx, o, file) })
	return err
}

func (f field) profile(ctx context.Context, o options, file string) error {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	c := *f.qrgen()
	c.env = append(slices.Clip(c.env), "CPU_PROFILE="+absolute)
	return c.during(ctx, func(int) error {
		_, err := c.load(ctx, o, f.lua, 0)
		return err
	})
}

// flame draws a profile.
func (f field) flame(ctx context.Context, o options) error {
	file := filepath.Join(f.dir, "cpu.pprof")
	if err := f.profile(ctx, o, file); err != nil {
		return err
	}
	traces, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", filepath.Join(f.dir, "qrgen"), file).Output()
	if err != nil {
		return fmt.Errorf("read the profile: %w", err)
	}
	return os.WriteFile(o.flame, drawFlames(parseTraces(string(traces))), 0o644)
}
