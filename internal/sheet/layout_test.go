package sheet_test

import (
	"math"
	"strings"
	"testing"

	"qrgen/internal/errs"
	"qrgen/internal/sheet"
)

// own is a good grid of the person's own, changed by f.
func own(f func(*sheet.Input)) sheet.Input {
	in := sheet.DefaultInput()
	in.Preset = sheet.PresetOwn
	f(&in)
	return in
}

// The makers' own numbers: what is printed on the packet, and margins that are
// the same on both sides of the paper.
func TestPresetsAreTheMakers(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		labels        int
		width, height float64
	}{
		"L7160": {21, 63.5, 38.1}, "L7163": {14, 99.1, 38.1}, "L7651": {65, 38.1, 21.2},
		"5160": {30, 66.675, 25.4}, "5163": {10, 101.6, 50.8}, "22805": {24, 38.1, 38.1},
	}
	for _, p := range sheet.Presets() {
		w, g := want[p.ID], p.Grid
		delete(want, p.ID)
		if g.Labels() != w.labels || !near(g.Label.Width, w.width) || !near(g.Label.Height, w.height) {
			t.Errorf("%s: %d labels of %.2f × %.2f mm", p.ID, g.Labels(), g.Label.Width, g.Label.Height)
		}
		if left, right := g.Label.X, g.Paper.Width-g.Right(); !near(left, right) {
			t.Errorf("%s: margins of %.3f and %.3f mm on the sides", p.ID, left, right)
		}
		if top, bottom := g.Label.Y, g.Paper.Height-g.Bottom(); !near(top, bottom) {
			t.Errorf("%s: margins of %.3f mm at the top and %.3f mm at the bottom", p.ID, top, bottom)
		}
	}
	if len(want) > 0 {
		t.Errorf("no preset for %v", want)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.01 }

func TestParse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    sheet.Input
		field string // empty: it is good
		words string
	}{
		"as it comes":       {sheet.DefaultInput(), "", ""},
		"own":               {own(func(*sheet.Input) {}), "", ""},
		"comma and unit":    {own(func(in *sheet.Input) { in.LabelWidth, in.Top = " 60,5 mm", "15 " }), "", ""},
		"no preset":         {sheet.Input{Copies: "1", Start: "1", Text: "none"}, "preset", "Choose one"},
		"paper":             {own(func(in *sheet.Input) { in.Paper = "a5" }), "paper", "A4 or US Letter"},
		"columns":           {own(func(in *sheet.Input) { in.Columns = "4" }), "columns", "4 columns do not fit: they end 55 mm beyond the right edge of A4"},
		"rows":              {own(func(in *sheet.Input) { in.Rows = "9" }), "rows", "they end 14 mm beyond the lower edge"},
		"no columns":        {own(func(in *sheet.Input) { in.Columns = "0" }), "columns", "from 1 to 50"},
		"half a row":        {own(func(in *sheet.Input) { in.Rows = "1.5" }), "rows", "whole number"},
		"tiny":              {own(func(in *sheet.Input) { in.LabelHeight = "9" }), "label_height", "from 10 to"},
		"huge":              {own(func(in *sheet.Input) { in.LabelWidth = "9999" }), "label_width", "from 10 to 210"},
		"negative":          {own(func(in *sheet.Input) { in.GapX = "-1" }), "gap_x", "from 0"},
		"exponent":          {own(func(in *sheet.Input) { in.Left = "1e1" }), "left", "such as 12.5"},
		"no number":         {own(func(in *sheet.Input) { in.Top = "NaN" }), "top", "such as 12.5"},
		"nothing":           {own(func(in *sheet.Input) { in.GapY = "" }), "gap_y", "such as 12.5"},
		"beyond":            {own(func(in *sheet.Input) { in.Start = "25" }), "start", "from 1 to 24"},
		"too many copies":   {own(func(in *sheet.Input) { in.Copies = "1001" }), "copies", "from 1 to 1000"},
		"text":              {own(func(in *sheet.Input) { in.Text = "over" }), "text", "under the code"},
		"presets ignore it": {func() sheet.Input { in := sheet.DefaultInput(); in.Columns = "x"; return in }(), "", ""},
	} {
		_, err := sheet.Parse(c.in)
		got := errs.FieldsOf(err)[c.field]
		if (err == nil) != (c.field == "") || !strings.Contains(got, c.words) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.words)
		}
	}
}

func TestCountIsBounded(t *testing.T) {
	t.Parallel()
	in := sheet.DefaultInput()
	in.Copies, in.Start = "1000", "21"
	l, err := sheet.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := l.Count(10); n != 10_000 || err != nil {
		t.Errorf("10 codes: %d labels, %v", n, err)
	}
	if _, err := l.Count(11); errs.FieldsOf(err)["copies"] == "" {
		t.Errorf("11 codes: %v", err)
	}
	if got := l.Pages(1) + l.Pages(2); got != 3 { // the last label of the first sheet, then another sheet
		t.Errorf("pages: %d, want 1 and 2", got)
	}
	if page, box := l.Place(1); page != 1 || box != l.Grid.At(0) {
		t.Errorf("the second label is on page %d at %v", page, box)
	}
}

// Whatever is typed, labels that pass lie on the paper and not on each other,
// and what is on them lies on them.
func FuzzParse(f *testing.F) {
	f.Add("own", "a4", "3", "8", "60", "32", "10", "15", "5", "1", "1", "1", "under", 33.0, 4.0, "Bicycle stand", "qr.example.edu/r/7k3qx9ab")
	f.Add("own", "letter", "50", "1", "10", "10", "0", "0", "0,5", "0", "9", "3", "beside", 21.0, 0.0, "x", "")
	f.Add("5160", "", "", "", "", "", "", "", "", "", "2", "30", "none", 185.0, 40.0, "", "")
	f.Add("own", "a4", "1", "1", "1e2", "NaN", "Inf", "0x10", "-0", "٣", "", "", "", 29.0, 4.0, strings.Repeat("W", 100), strings.Repeat("i", 200))
	f.Fuzz(func(t *testing.T, preset, paper, columns, rows, width, height, left, top, gapX, gapY, copies, start, text string, side, quiet float64, title, address string) {
		l, err := sheet.Parse(sheet.Input{
			Preset: preset, Paper: paper, Columns: columns, Rows: rows, LabelWidth: width, LabelHeight: height,
			Left: left, Top: top, GapX: gapX, GapY: gapY, Copies: copies, Start: start, Text: text, CutMarks: true,
		})
		if err != nil {
			if errs.KindOf(err) != errs.Invalid || len(errs.FieldsOf(err)) == 0 {
				t.Fatalf("no word on what to do: %v", err)
			}
			return
		}
		page := sheet.Box{Width: l.Grid.Paper.Width, Height: l.Grid.Paper.Height}
		for i := range min(l.Grid.Labels(), 200) {
			if b := l.Grid.At(i); !within(b, page, 0.06) {
				t.Fatalf("label %d is off the paper: %+v", i, b)
			}
		}
		if n := l.Grid.Labels(); n > 1 && overlap(l.Grid.At(0), l.Grid.At(1)) {
			t.Fatalf("labels lie over each other: %+v", l.Grid)
		}
		if !(side >= 21 && side <= 300) || !(quiet >= 0 && quiet <= 40) {
			return
		}
		words, _ := sheet.Printable(title)
		short, _ := sheet.Printable(address)
		label := l.Grid.At(0)
		checkPlaced(t, label, l.Arrange(label, sheet.Symbol{Width: side, Height: side, Quiet: quiet}, words, short), quiet)
	})
}

// checkPlaced holds a label to what Arrange promises.
func checkPlaced(t *testing.T, label sheet.Box, p sheet.Placed, quiet float64) {
	t.Helper()
	inner := label.Inset(1)
	if p.Symbol.Width <= 0 {
		return // no room at all: Item.Arrange refuses it by the module's width
	}
	zone := p.Symbol.Inset(-p.Module * max(0, 4-quiet))
	if !within(zone, inner, 1e-6) {
		t.Fatalf("the quiet zone %+v leaves the label %+v", zone, inner)
	}
	for _, line := range p.Lines {
		b := sheet.Box{X: line.X, Y: line.Baseline - line.Size*0.95, Width: line.Width, Height: line.Size * 1.2}
		if !within(b, label, 0.3) {
			t.Fatalf("the line %q at %+v leaves the label %+v", line.Text, b, label)
		}
		if line.Width > inner.Width+1e-6 {
			t.Fatalf("the line %q is %.2f mm wide on a label of %.2f mm", line.Text, line.Width, label.Width)
		}
		if overlap(b, p.Symbol.Inset(0.05)) {
			t.Fatalf("the line %q at %+v lies over the symbol %+v", line.Text, b, p.Symbol)
		}
	}
}

func within(b, outer sheet.Box, slack float64) bool {
	return b.X >= outer.X-slack && b.Y >= outer.Y-slack && b.X+b.Width <= outer.X+outer.Width+slack && b.Y+b.Height <= outer.Y+outer.Height+slack
}

func overlap(a, b sheet.Box) bool {
	const touch = 1e-6
	return a.X+touch < b.X+b.Width && b.X+touch < a.X+a.Width && a.Y+touch < b.Y+b.Height && b.Y+touch < a.Y+a.Height
}
