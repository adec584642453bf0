// Command corpus makes thousands of symbol files of all kinds, has three
// programs that others wrote read each, and writes docs/corpus.md: how many
// they missed, by grade. `make corpus` runs it; it fails if a file of grade A
// or B was missed.
package main

import (
	"context"
	"errors"
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
	verdicts := flag.String("verdicts", "bin/corpus.jsonl", "file that keeps what was read, so that a run goes on; remove it after an update of the decoders")
	flag.Parse()
	known, err := corpus.OpenVerdicts(*verdicts)
	if err == nil {
		err = errors.Join(run(ctx, *first, *files, *workers, *out, known), known.Close())
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, first, files, workers int, out string, known *corpus.Verdicts) error {
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
			list, err := corpus.Check(ctx, root, dir, at, min(batch, first+files-at), known)
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
		if missed := r.Missed(); len(missed) > 0 && r.Grade >= qr.GradeB {
			fmt.Fprintf(os.Stderr, "%d: grade %v missed by %v, at every size by %v: %v %+v %+v %q\n",
				r.Number, r.Grade, missed, r.Failed(), r.Request.Format, r.Request.Style, r.Request.Size, r.Request.Content)
		}
	}
	fmt.Fprintf(os.Stderr, "%d of %d\n", done, of)
}

// tally counts files by how they were read.
type tally struct {
	files          int
	missed, failed map[string]int // at first, at every size; by decoder
	broken         int            // files that one or more missed at every size
}

func (t *tally) add(r corpus.Result) {
	if t.missed == nil {
		t.missed, t.failed = map[string]int{}, map[string]int{}
	}
	t.files++
	for _, name := range r.Missed() {
		t.missed[name]++
	}
	failed := r.Failed()
	for _, name := range failed {
		t.failed[name]++
	}
	if len(failed) > 0 {
		t.broken++
	}
}

const head = `# Read by others

Written by ` + "`make corpus`" + `; do not edit.

%d requests over all formats, levels, shapes, colours, logos, frames, sizes and kinds of content (Latin, Greek, Cyrillic, CJK, right-to-left, emoji). %d were refused with a reason: too small, too long for the level, or grade D. The others were drawn by rsvg-convert, pdftoppm, Ghostscript and dwebp where they are not pictures already, at the resolution asked for, and read by three programs.

Every program misses some flawless pictures at one size that it reads at others. So a picture that is missed is shown again at other sizes, from a fifth to 1.6 times its own, as a camera would show it in a second. The first figure counts the files that were missed at every size, the second those missed at first.

`

// table writes the document and counts the broken promises.
func table(results []corpus.Result) (text string, broken int) {
	grades, formats := map[qr.Grade]*tally{}, map[qr.Format]*tally{}
	for _, g := range []qr.Grade{qr.GradeA, qr.GradeB, qr.GradeC} {
		grades[g] = &tally{}
	}
	for _, f := range qr.Formats() {
		formats[f] = &tally{}
	}
	refused := 0
	var late strings.Builder
	for _, r := range results {
		if r.Refused != "" {
			refused++
			continue
		}
		grades[r.Grade].add(r)
		formats[r.Request.Format].add(r)
		if missed := r.Missed(); len(missed) > 0 && r.Grade >= qr.GradeB {
			at := "never"
			if d := r.Distance(); d > 0 {
				at = fmt.Sprintf("at %g of its size", d)
			}
			fmt.Fprintf(&late, "| %d | %v | %v | %s | %s |\n", r.Number, r.Grade, r.Request.Format, strings.Join(missed, ", "), at)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, head, len(results), refused)
	b.WriteString("| grade | files | zbar | ZXing-C++ | qr.js |\n|---|---|---|---|---|\n")
	for _, g := range []qr.Grade{qr.GradeA, qr.GradeB, qr.GradeC} {
		fmt.Fprintf(&b, "| %v | %d |", g, grades[g].files)
		for _, d := range corpus.Decoders() {
			fmt.Fprintf(&b, " %d (%d) |", grades[g].failed[d.Name], grades[g].missed[d.Name])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n| format | files | missed by any at every size |\n|---|---|---|\n")
	for _, f := range qr.Formats() {
		fmt.Fprintf(&b, "| %v | %d | %d |\n", f, formats[f].files, formats[f].broken)
	}
	if late.Len() > 0 {
		b.WriteString("\nFiles of grade A or B that were missed at first:\n\n| sample | grade | format | missed by | read |\n|---|---|---|---|---|\n" + late.String())
	}
	return b.String(), grades[qr.GradeA].broken + grades[qr.GradeB].broken
}
