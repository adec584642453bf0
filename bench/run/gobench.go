package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// row is one Go benchmark: its values by unit, one for each round.
type row struct {
	name   string
	values map[string][]float64
}

// unit is how a benchmark's values of one kind are shown.
type unit struct {
	name, title, format string
	scale               float64
}

var units = []unit{
	{"ns/op", "time", "%.1f µs", 1000},
	{"ratio", "ratio", "%.3f", 1},
	{"B/op", "bytes", "%.0f", 1},
	{"allocs/op", "allocations", "%.0f", 1},
	{"median-ms", "median", "%.1f ms", 1},
	{"p95-ms", "p95", "%.1f ms", 1},
	{"scans/s", "scans/s", "%.0f", 1},
	{"pgCPUµs/scan", "PostgreSQL's CPU a scan", "%.1f µs", 1},
	{"bytes/scan", "bytes a scan", "%.1f", 1},
	{"bytes/scanpacked", "packed", "%.1f", 1},
}

// benchmarks measures the Go benchmarks of a package whose names match, one
// after the other in each round. Where base names one of them, the times of
// all are also given as ratios of its.
func benchmarks(pkg, pattern, base, intro string) func(context.Context, options) (string, error) {
	return func(ctx context.Context, o options) (string, error) {
		var t table
		for range o.rounds {
			cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchmem", "-count", "1", "-timeout", "1h", pkg)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				return "", fmt.Errorf("read the benchmarks: %w", err)
			}
			if err := cmd.Start(); err != nil {
				return "", fmt.Errorf("start the benchmarks: %w", err)
			}
			t.parse(bufio.NewScanner(out))
			if err := cmd.Wait(); err != nil {
				return "", fmt.Errorf("run the benchmarks: %w", err)
			}
		}
		t.addRatios(base)
		return fmt.Sprintf("%d rounds. %s\n\n%s", o.rounds, intro, t.markdown()), nil
	}
}

// table is benchmarks in the order in which they ran first.
type table []*row

// row is the row of a name, which is made where there is none.
func (t *table) row(name string) *row {
	for _, r := range *t {
		if r.name == name {
			return r
		}
	}
	r := &row{name: name, values: map[string][]float64{}}
	*t = append(*t, r)
	return r
}

// addRatios divides each time by that of base in the same round.
func (t *table) addRatios(base string) {
	if base == "" {
		return
	}
	of := t.row(base).values["ns/op"]
	for _, r := range *t {
		for i, v := range r.values["ns/op"] {
			if i < len(of) {
				r.values["ratio"] = append(r.values["ratio"], v/of[i])
			}
		}
	}
}

func (t *table) markdown() string {
	rows := *t
	var b, rule strings.Builder
	b.WriteString("| benchmark |")
	rule.WriteString("\n|---|")
	shown := slices.DeleteFunc(slices.Clone(units), func(u unit) bool {
		return !slices.ContainsFunc(rows, func(r *row) bool { return r.values[u.name] != nil })
	})
	for _, u := range shown {
		fmt.Fprintf(&b, " %s |", u.title)
		rule.WriteString("---|")
	}
	b.WriteString(rule.String() + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s |", r.name)
		for _, u := range shown {
			cell := ""
			if v, ok := r.values[u.name]; ok {
				cell = fmt.Sprintf(u.format, median(v)/u.scale)
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// parse adds the values of one run of go test.
func (t *table) parse(lines *bufio.Scanner) {
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
		r := t.row(name)
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r.values[fields[i+1]] = append(r.values[fields[i+1]], v)
			}
		}
	}
}
