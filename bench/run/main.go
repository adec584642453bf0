// Command run measures the program and writes bench/RESULTS.md: the redirect
// beside other servers, images, lists and statistics. `make bench` runs all of
// it, `make bench-redirect` the first part.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	rounds   int
	codes    int
	duration time.Duration
	sustain  time.Duration
	bare     string // serve as the bare handler on this address
	out      string
	only     string
	flame    string
	pgo      string
}

// section is a part of the report that can be measured by itself.
type section struct {
	name, title string
	measure     func(context.Context, options) (string, error)
}

var sections = []section{
	{"redirect", "Redirect", measureRedirects},
	{"store", "Storing scans", benchmarks("./internal/scans", "^BenchmarkStore$", "",
		"What a scan costs PostgreSQL, and takes on the disk with its index, while its month is written to and once it is packed.")},
	{"size", "A million codes", measureSize},
	{"images", "Images", benchmarks("./bench", "^BenchmarkImage", "ImageSkip2PNG/1024",
		"A code's short URL, level M. Ratios are of skip2's own PNG of 1024 pixels. ImageSVG and ImagePNG are beyond encoding, ImageRender includes the gate; "+
			"ImageQrencode is libqrencode's program with its start, ImageTrue a start alone.")},
	{"sheets", "Print sheets", benchmarks("./internal/sheet", "^BenchmarkWrite$", "",
		"A PDF of 1,000 labels, each another code, with titles and short addresses, encoding included and the gate not.")},
	{"lists", "Lists", benchmarks("./bench", "^BenchmarkList", "",
		"The whole answer of `GET /codes` over 100,000 codes, without the network; median and 95th percentile of many requests.")},
	{"analytics", "Analytics", once(benchmarks("./bench", "^BenchmarkAnalytics$", "",
		"Every page about scans over 10,000,000 scans of 100,000 codes in 400 days: 1,000,000 of the busiest code, some 5,000 of the largest whose figures all come from the raw rows, 25 of the quietest. "+
			"queries: what the page asks of the database; page: the whole answer, without the network. Median and 95th percentile of many requests."))},
}

// once measures in one round: what takes minutes to load and has its own many
// requests.
func once(measure func(context.Context, options) (string, error)) func(context.Context, options) (string, error) {
	return func(ctx context.Context, o options) (string, error) {
		o.rounds = 1
		return measure(ctx, o)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each measurement; medians are reported")
	flag.IntVar(&o.codes, "codes", 100_000, "codes in the database")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "length of one round under load")
	flag.DurationVar(&o.sustain, "sustain", time.Minute, "length of a load that must be kept up")
	flag.StringVar(&o.bare, "bare", "", "serve as the bare net/http handler on this address")
	flag.StringVar(&o.out, "out", "bench/RESULTS.md", "file to write")
	flag.StringVar(&o.only, "only", "", "sections to measure, separated by commas; the others stay as they are")
	flag.StringVar(&o.flame, "flame", "bench/redirect.svg", "flame graph to write")
	flag.StringVar(&o.pgo, "pgo", "", "write a CPU profile under load to this file and do nothing else")
	flag.Parse()
	var err error
	switch {
	case o.bare != "":
		err = serveBare(ctx, o)
	case o.pgo != "":
		err = profile(ctx, o, o.pgo)
	default:
		err = measure(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// measure runs the sections that were asked for and writes each into the
// report as soon as it is there.
func measure(ctx context.Context, o options) error {
	wanted := strings.Split(o.only, ",")
	on := machine(ctx) // before the report itself is a change since the commit
	for _, s := range sections {
		if o.only != "" && !slices.Contains(wanted, s.name) {
			continue
		}
		text, err := s.measure(ctx, o)
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		if err := report(o.out, s.title, on+"\n"+text); err != nil {
			return err
		}
	}
	return nil
}

// report puts a section's text into the file, in place of the one it has.
func report(file, title, text string) error {
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parts := map[string]string{}
	for _, part := range strings.Split(string(content), "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		parts[name] = strings.TrimSpace(body)
	}
	parts[title] = strings.TrimSpace(text)
	var b strings.Builder
	b.WriteString("# Results\n\nWritten by `make bench`; do not edit. Times are medians.\n")
	for _, s := range sections {
		if part := parts[s.title]; part != "" {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.title, part)
		}
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
