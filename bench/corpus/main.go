// Command corpus makes thousands of symbol files of all kinds, has three
// programs that others wrote read each, and writes docs/corpus.md: how many
// they missed, by grade. `make corpus` runs it; it fails if a file of grade A
// or B was missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"qrgen/internal/qr"
	"qrgen/internal/qr/corpus"
)

const batch = 40

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	files := flag.Int("files", 20_000, "files to make")
	first := flag.Int("first", 0, "number of the first sample")
	workers := flag.Int("workers", 2, "batches at a time")
	out := flag.String("out", "docs/corpus.md", "file to write")
	flag.Parse()
	err := run(ctx, *first, *files, *workers, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, first, files, workers int, out string) error {
	var mu sync.Mutex
	var results []corpus.Result
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for at := first; at < first+files; at += batch {
		group.Go(func() error {
			dir, err := os.MkdirTemp("", "corpus")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(dir) }()
			root, err := filepath.Abs(".")
			if err != nil {
				return err
			}
			list, err := corpus.Check(ctx, root, dir, at, min(batch, first+files-at))
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			results = append(results, list...)
			report(list, len(results), files)
			return nil
		})
	}
	// What was done before an interruption is worth a table, too.
	if err := group.Wait(); err != nil && len(results) == 0 {
		return err
	}
	slices.SortFunc(results, func(a, b corpus.Result) int { return a.Number - b.Number })
	text, broken := table(results)
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d files of grade A or B were missed", broken)
	}
	return nil
}

// report says what was missed, as it happens.
func report(list []corpus.Result, done, of int) {
	for _, r := range list {
		if len(r.Failed) > 0 && r.Grade >= qr.GradeB {
			fmt.Fprintf(os.Stderr, "%d: grade %v missed by %v: %v %+v %+v %q\n", r.Number, r.Grade, r.Failed, r.Request.Format, r.Request.Style, r.Request.Size, r.Request.Content)
		}
	}
	fmt.Fprintf(os.Stderr, "%d of %d\n", done, of)
}

// count adds one to each program's count at a grade.
func count(counts map[qr.Grade]map[string]int, g qr.Grade, programs []string) {
	for _, name := range programs {
		if counts[g] == nil {
			counts[g] = map[string]int{}
		}
		counts[g][name]++
	}
}

// table writes the document and counts the broken promises.
func table(results []corpus.Result) (text string, broken int) {
	made, refused := map[qr.Grade]int{}, 0
	missed, blinked := map[qr.Grade]map[string]int{}, map[qr.Grade]map[string]int{}
	formats := map[qr.Format][2]int{}
	for _, r := range results {
		if r.Refused != "" {
			refused++
			continue
		}
		made[r.Grade]++
		counts := formats[r.Request.Format]
		counts[0]++
		if len(r.Failed) > 0 {
			counts[1]++
		}
		formats[r.Request.Format] = counts
		count(missed, r.Grade, r.Failed)
		count(blinked, r.Grade, r.Blinked)
		if len(r.Failed) > 0 && r.Grade >= qr.GradeB {
			broken++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Read by others\n\nWritten by `make corpus`; do not edit.\n\n"+
		"%d requests over all formats, levels, shapes, colours, logos, frames, sizes and kinds of content (Latin, Greek, Cyrillic, CJK, right-to-left, emoji). "+
		"%d were refused with a reason: too small, too long for the level, or grade D. "+
		"The others were drawn by rsvg-convert, pdftoppm, Ghostscript and dwebp where they are not pictures already, at the resolution asked for, and read by three programs.\n\n"+
		"Every program misses some flawless pictures at one size that it reads at others. So a picture that is missed is shown again "+
		"at other sizes, from a fifth to 1.6 times its own, as a camera would show it in a second. The first figure counts the files that were missed at every size, the second those missed at first.\n\n", len(results), refused)
	b.WriteString("| grade | files | zbar | ZXing-C++ | jsQR |\n|---|---|---|---|---|\n")
	for _, g := range []qr.Grade{qr.GradeA, qr.GradeB, qr.GradeC} {
		fmt.Fprintf(&b, "| %v | %d |", g, made[g])
		for _, d := range corpus.Decoders() {
			fmt.Fprintf(&b, " %d (%d) |", missed[g][d.Name], blinked[g][d.Name])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n| format | files | missed by any at every size |\n|---|---|---|\n")
	for _, f := range qr.Formats() {
		fmt.Fprintf(&b, "| %v | %d | %d |\n", f, formats[f][0], formats[f][1])
	}
	return b.String(), broken
}
