package main

import (
	"bytes"
	"context"
	"errors"
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

	// A look at qrgen's metrics takes it some milliseconds, so there are no
	// more of them than edits where latencies are compared.
	lookEvery   = time.Second
	lookClosely = 250 * time.Millisecond // where the longest wait is sought
)

// watched is what qrgen showed of itself during a load.
type watched struct {
	oldest   float64 // seconds: the longest that a scan waited
	stored   float64
	postgres time.Duration // CPU
	edits    int
}

// held is a load at a fixed rate and what qrgen showed meanwhile.
type held struct {
	paced
	watched
}

// kept compares the latencies at a quarter of qrgen's peak and finds the
// highest rate that is kept up.
func (f field) kept(ctx context.Context, o options) (string, error) {
	var b strings.Builder
	peak := f.bare().of(result.rate)
	fmt.Fprintf(&b, "\nLoads at a fixed rate for %s each, with a person who edits a code each second; a quarter of qrgen's peak %d times, bare and qrgen in turn, medians. "+
		"The machine alone is what a request waits for a core on which nothing but a clock runs: the host takes the cores away at times.\n\n", o.sustain, o.rounds)
	b.WriteString("| server | load | asked/s | answered/s | of bare's peak | longest wait of a scan for its storing | PostgreSQL's CPU a scan | p50 | p99 | p99.9 |\n|---|---|---|---|---|---|---|---|---|---|\n")
	rate := f.qrgen().of(result.rate) / 4
	quarter := map[*contender][]held{}
	var alone [][]time.Duration
	for range o.rounds {
		alone = append(alone, standstill(rate))
		for _, c := range []*contender{f.bare(), f.qrgen()} {
			h, err := f.hold(ctx, o, c, rate, lookEvery)
			if err != nil {
				return "", fmt.Errorf("hold %.0f requests a second: %w", rate, err)
			}
			quarter[c] = append(quarter[c], h)
		}
	}
	b.WriteString(aloneLine(alone))
	b.WriteString(heldLine("bare net/http", "a quarter", rate, peak, quarter[f.bare()]))
	b.WriteString(heldLine("qrgen", "a quarter", rate, peak, quarter[f.qrgen()]))
	for share := firstTry; share < 1; share += rateStep {
		h, err := f.hold(ctx, o, f.qrgen(), share*peak, lookClosely)
		if err != nil {
			return "", fmt.Errorf("hold %.0f requests a second: %w", share*peak, err)
		}
		b.WriteString(heldLine("qrgen", "kept up?", share*peak, peak, []held{h}))
		if h.oldest > oldestAllowed.Seconds() || h.rate() < 0.98*share*peak {
			break
		}
	}
	return b.String(), nil
}

// aloneLine is the medians of what the machine takes by itself.
func aloneLine(rounds [][]time.Duration) string {
	of := func(q float64) float64 {
		list := make([]float64, len(rounds))
		for i, waits := range rounds {
			list[i] = milliseconds(quantile(waits, q))
		}
		return median(list)
	}
	line := fmt.Sprintf("| the machine alone | – | – | – | – | – | – | %.2f ms | %.2f ms | %.2f ms |\n", of(.5), of(.99), of(.999))
	fmt.Fprint(os.Stderr, line)
	return line
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// heldLine is the medians of some runs at the same rate.
func heldLine(server, load string, asked, peak float64, runs []held) string {
	of := func(value func(held) float64) float64 {
		list := make([]float64, len(runs))
		for i, h := range runs {
			list[i] = value(h)
		}
		return median(list)
	}
	wait := func(q float64) float64 { return of(func(h held) float64 { return milliseconds(h.quantile(q)) }) }
	rate := of(func(h held) float64 { return h.rate() })
	waits, costs := "–", "–"
	if runs[0].stored > 0 {
		waits = fmt.Sprintf("%.2f s", of(func(h held) float64 { return h.oldest }))
		costs = fmt.Sprintf("%.1f µs", of(func(h held) float64 { return float64(h.postgres.Microseconds()) / h.stored }))
	}
	line := fmt.Sprintf("| %s | %s | %.0f | %.0f | %.2f | %s | %s | %.2f ms | %.2f ms | %.2f ms |\n",
		server, load, asked, rate, rate/peak, waits, costs, wait(.5), wait(.99), wait(.999))
	fmt.Fprint(os.Stderr, line)
	return line
}

// hold loads a server at a rate; it looks at qrgen now and then, while a person
// edits.
func (f field) hold(ctx context.Context, o options, c *contender, rate float64, look time.Duration) (h held, err error) {
	err = c.during(ctx, func(int) error {
		if c != f.qrgen() {
			h.paced, err = pace(ctx, c.port, c.shortPath, o, rate, o.sustain)
			return errors.Join(err, h.refused())
		}
		before, err := c.metrics(ctx)
		if err != nil {
			return err
		}
		spent := cpuTime(serverPIDs(ctx, f.dataDir())...)
		watching, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.watch(watching, &h.watched, look)
		}()
		h.paced, err = pace(ctx, c.port, c.shortPath, o, rate, o.sustain)
		stop()
		<-done
		if err := errors.Join(err, h.refused()); err != nil {
			return err
		}
		after, err := c.metrics(ctx)
		if err != nil {
			return err
		}
		h.stored = after["qrgen_scans_stored_total"] - before["qrgen_scans_stored_total"]
		h.postgres = cpuTime(serverPIDs(ctx, f.dataDir())...) - spent
		_, err = c.catchUp(ctx, time.Now())
		return err
	})
	return h, err
}

// refused is an error where an answer was not the redirect.
func (h held) refused() error {
	if h.failed == 0 {
		return nil
	}
	return fmt.Errorf("%d answers were not the redirect", h.failed)
}

// watch looks at the journal every so often and edits a code every second,
// until ctx ends.
func (c *contender) watch(ctx context.Context, w *watched, look time.Duration) {
	looks, edits := time.NewTicker(look), time.NewTicker(time.Second)
	defer looks.Stop()
	defer edits.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			if m, err := c.metrics(ctx); err == nil {
				w.oldest = max(w.oldest, m["qrgen_journal_oldest_scan_age_seconds"])
			}
		case <-edits.C:
			if c.edit(ctx, w.edits) == nil {
				w.edits++
			}
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
