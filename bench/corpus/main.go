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
		if len(r.Missed) > 0 && r.Grade >= qr.GradeB {
			fmt.Fprintf(os.Stderr, "%d: grade %v missed by %v: %v %+v %+v %q\n", r.Number, r.Grade, r.Missed, r.Request.Format, r.Request.Style, r.Request.Size, r.Request.Content)
		}
	}
	fmt.Fprintf(os.Stderr, "%d of %d\n", done, of)
}

// tally counts files, and those that a decoder missed.
type tally struct {
	files, missed int
	by            map[string]int
}

func (t *tally) add(missed []string) {
	t.files++
	if len(missed) == 0 {
		return
	}
	t.missed++
	for _, name := range missed {
		if t.by == nil {
			t.by = map[string]int{}
		}
		t.by[name]++
	}
}

const head = `# Read by others

Written by ` + "`make corpus`" + `; do not edit.

%d requests over all formats, levels, shapes, colours, logos, frames, sizes and kinds of content (Latin, Greek, Cyrillic, CJK, right-to-left, emoji). %d were refused with a reason: too small, too long for the level, or grade D. The others were drawn by rsvg-convert, pdftoppm, Ghostscript and dwebp where they are not pictures already, at the resolution asked for, and each was read once, as it is, by three programs.

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
	for _, r := range results {
		if r.Refused != "" {
			refused++
			continue
		}
		grades[r.Grade].add(r.Missed)
		formats[r.Request.Format].add(r.Missed)
	}
	var b strings.Builder
	fmt.Fprintf(&b, head, len(results), refused)
	b.WriteString("| grade | files |")
	for _, d := range corpus.Decoders() {
		fmt.Fprintf(&b, " missed by %s |", d.Name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(corpus.Decoders())) + "\n")
	for _, g := range []qr.Grade{qr.GradeA, qr.GradeB, qr.GradeC} {
		fmt.Fprintf(&b, "| %v | %d |", g, grades[g].files)
		for _, d := range corpus.Decoders() {
			fmt.Fprintf(&b, " %d |", grades[g].by[d.Name])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n| format | files | missed by any |\n|---|---|---|\n")
	for _, f := range qr.Formats() {
		fmt.Fprintf(&b, "| %v | %d | %d |\n", f, formats[f].files, formats[f].missed)
	}
	return b.String(), grades[qr.GradeA].missed + grades[qr.GradeB].missed
}
