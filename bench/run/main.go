// Command run measures the program and writes bench/RESULTS.md: images and
// lists by Go's benchmarks, the redirect beside other servers under wrk.
// `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type options struct {
	rounds   int
	codes    int
	duration time.Duration
	bare     string // serve as the bare handler on this address
	out      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each measurement; medians are reported")
	flag.IntVar(&o.codes, "codes", 100_000, "codes in the database")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "length of one round under load")
	flag.StringVar(&o.bare, "bare", "", "serve as the bare net/http handler on this address")
	flag.StringVar(&o.out, "out", "bench/RESULTS.md", "file to write")
	flag.Parse()
	var err error
	if o.bare != "" {
		err = serveBare(ctx, o)
	} else {
		err = measure(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// measure runs everything and writes the report.
func measure(ctx context.Context, o options) error {
	var report strings.Builder
	fmt.Fprintf(&report, "# Results\n\nWritten by `make bench`; do not edit.\n\n%s\n", machine(ctx))
	redirects, err := measureRedirects(ctx, o)
	if err != nil {
		return err
	}
	report.WriteString(redirects)
	benchmarks, err := measureBenchmarks(ctx, o)
	if err != nil {
		return err
	}
	report.WriteString(benchmarks)
	return os.WriteFile(o.out, []byte(report.String()), 0o644)
}
