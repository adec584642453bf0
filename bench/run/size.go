package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const manyCodes = 1_000_000

// measureSize starts the program with a million codes: with its database, and
// without one.
func measureSize(ctx context.Context, o options) (string, error) {
	o.codes = manyCodes
	return withField(ctx, o, func(f field) (string, error) {
		var begin time.Time
		var resident float64
		start := func(c *contender) (time.Duration, error) {
			var took time.Duration
			begin = time.Now()
			err := c.during(ctx, func(pid int) error {
				took = time.Since(begin)
				if _, err := c.load(ctx, o, f.lua, 0); err != nil {
					return err
				}
				resident = max(resident, residentMiB(pid))
				return nil
			})
			return took, err
		}
		first, err := start(f.qrgen())
		if err != nil {
			return "", err
		}
		second, err := start(f.qrgen())
		if err != nil {
			return "", err
		}
		cut := *f.qrgen()
		cut.env = append(slices.Clip(cut.env), "DATABASE_URL=postgres://nobody@127.0.0.1:1/none")
		alone, err := start(&cut)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("| from the program's start to the first redirect, %d codes | |\n|---|---|\n"+
			"| embedded PostgreSQL's start, codes from the database | %.2f s |\n| the same with a snapshot | %.2f s |\n| database down, codes from the snapshot | %.2f s |\n"+
			"| most memory resident, under full load | %.0f MiB |\n", manyCodes, first.Seconds(), second.Seconds(), alone.Seconds(), resident), nil
	})
}

// residentMiB is the most memory that a process has had at once.
func residentMiB(pid int) float64 {
	kib, _, _ := strings.Cut(after(filepath.Join("/proc", strconv.Itoa(pid), "status"), "VmHWM"), " ")
	n, _ := strconv.ParseFloat(kib, 64)
	return n / 1024
}

func readLines(r io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		lines := bufio.NewScanner(r)
		for lines.Scan() && yield(lines.Text()) { //nolint:revive // yield is the body
		}
	}
}
