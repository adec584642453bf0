package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// row is one Go benchmark: its values by unit, one for each round.
type row struct {
	name   string
	values map[string][]float64
}

// measureBenchmarks runs the Go benchmarks of this folder and tabulates the
// medians.
func measureBenchmarks(ctx context.Context, o options) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-count", strconv.Itoa(o.rounds), "./bench")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("read the benchmarks: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start the benchmarks: %w", err)
	}
	rows := parseBenchmarks(bufio.NewScanner(out))
	if err := cmd.Wait(); err != nil {
		return "", fmt.Errorf("run the benchmarks: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n## Images and lists\n\nMedians of %d rounds. Lists: the whole answer of `GET /codes` over %d codes, without the network; median and 95th percentile of many requests.\n\n", o.rounds, 100_000)
	b.WriteString("| benchmark | time | bytes | allocations | median | p95 |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		cell := func(unit, format string, scale float64) string {
			if v, ok := r.values[unit]; ok {
				return fmt.Sprintf(format, median(v)/scale)
			}
			return ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.name, cell("ns/op", "%.1f µs", 1000), cell("B/op", "%.0f", 1),
			cell("allocs/op", "%.0f", 1), cell("median-ms", "%.1f ms", 1), cell("p95-ms", "%.1f ms", 1))
	}
	return b.String(), nil
}

func parseBenchmarks(lines *bufio.Scanner) []*row {
	var rows []*row
	byName := map[string]*row{}
	for lines.Scan() {
		fmt.Fprintln(os.Stderr, lines.Text())
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if dash := strings.LastIndexByte(name, '-'); dash > 0 {
			name = name[:dash]
		}
		r := byName[name]
		if r == nil {
			r = &row{name: name, values: map[string][]float64{}}
			byName[name] = r
			rows = append(rows, r)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r.values[fields[i+1]] = append(r.values[fields[i+1]], v)
			}
		}
	}
	return rows
}
