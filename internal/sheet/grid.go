// Package sheet lays codes out on label paper and writes the sheets as PDF.
//
// Grid is where the labels are, Arrange where symbol and text are on one of
// them, Write the document. Lengths are in millimetres from the top left
// corner of the page. Errors are *errs.Error values with words for people.
package sheet

import (
	"fmt"
	"math"
	"strings"

	"qrgen/internal/errs"
)

// Paper is a size of paper, upright.
type Paper struct {
	ID, Name      string
	Width, Height float64
}

// The papers: ISO 216 and ANSI/ASME Y14.1.
var (
	A4     = Paper{"a4", "A4", 210, 297}
	Letter = Paper{"letter", "US Letter", 8.5 * inch, 11 * inch}
)

const inch = 25.4

// ParsePaper reads "a4" or "letter".
func ParsePaper(s string) (Paper, error) {
	for _, p := range []Paper{A4, Letter} {
		if s == p.ID {
			return p, nil
		}
	}
	return Paper{}, errs.New(errs.Invalid, "Choose the paper A4 or US Letter.")
}

// Grid is a sheet of equal labels in columns and rows.
type Grid struct {
	Paper         Paper
	Columns, Rows int
	Label         Box     // the first label
	StepX, StepY  float64 // from one label's edge to the next label's
}

// Box is a rectangle.
type Box struct{ X, Y, Width, Height float64 }

// Inset is the box without a margin on each side.
func (b Box) Inset(margin float64) Box {
	return Box{b.X + margin, b.Y + margin, b.Width - 2*margin, b.Height - 2*margin}
}

// Labels is how many there are on a sheet.
func (g Grid) Labels() int { return g.Columns * g.Rows }

// At is the place of label i, from 0, row by row.
func (g Grid) At(i int) Box {
	b := g.Label
	b.X += float64(i%g.Columns) * g.StepX
	b.Y += float64(i/g.Columns) * g.StepY
	return b
}

// Right is where the last column ends.
func (g Grid) Right() float64 { return g.Label.X + float64(g.Columns-1)*g.StepX + g.Label.Width }

// Bottom is where the last row ends.
func (g Grid) Bottom() float64 { return g.Label.Y + float64(g.Rows-1)*g.StepY + g.Label.Height }

// Limits of grids.
const (
	MinLabel  = 10.0 // mm: room for the smallest symbol worth printing
	MaxAcross = 50   // columns or rows

	// slack is what the sizes of printed label paper add up to more than the
	// paper, by rounding.
	slack = 0.05
)

// check refuses labels that lie over each other or leave the paper, on the
// fields of Input.
func (g Grid) check() error {
	var bad errs.Fields
	refuse := func(field, format string, args ...any) {
		bad.Check(field, errs.New(errs.Invalid, fmt.Sprintf(format, args...)))
	}
	if over := g.Right() - g.Paper.Width; over > slack {
		refuse("columns", "%d columns do not fit: they end %s mm beyond the right edge of %s, which is %s mm wide. Take fewer columns, narrower labels or a smaller gap or margin.",
			g.Columns, mm(over), g.Paper.Name, mm(g.Paper.Width))
	}
	if over := g.Bottom() - g.Paper.Height; over > slack {
		refuse("rows", "%d rows do not fit: they end %s mm beyond the lower edge of %s, which is %s mm high. Take fewer rows, lower labels or a smaller gap or margin.",
			g.Rows, mm(over), g.Paper.Name, mm(g.Paper.Height))
	}
	return bad.Err()
}

// mm writes a length to a hundredth, rounded away from nothing.
func mm(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", math.Ceil(max(0, v*100-1e-6))/100), "0"), ".")
}

// Preset is label paper that shops sell.
type Preset struct {
	ID, Name string
	Grid     Grid
}

// Presets are the label papers we know, each with the measures that its maker
// gives for its templates: margins at the top and on the left, steps across
// and down.
func Presets() []Preset {
	metric := func(columns, rows int, width, height, left, top, stepX, stepY float64) Grid {
		return Grid{A4, columns, rows, Box{left, top, width, height}, stepX, stepY}
	}
	imperial := func(columns, rows int, width, height, left, top, stepX, stepY float64) Grid {
		return Grid{Letter, columns, rows, Box{left * inch, top * inch, width * inch, height * inch}, stepX * inch, stepY * inch}
	}
	return []Preset{
		{"L7160", "Avery L7160: A4, 21 labels of 63.5 × 38.1 mm", metric(3, 7, 63.5, 38.1, 7.25, 15.15, 66, 38.1)},
		{"L7163", "Avery L7163: A4, 14 labels of 99.1 × 38.1 mm", metric(2, 7, 99.1, 38.1, 4.65, 15.15, 101.6, 38.1)},
		{"L7651", "Avery L7651: A4, 65 labels of 38.1 × 21.2 mm", metric(5, 13, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2)},
		{"5160", "Avery 5160: Letter, 30 labels of 2⅝ × 1 in", imperial(3, 10, 2.625, 1, 0.1875, 0.5, 2.75, 1)},
		{"5163", "Avery 5163: Letter, 10 labels of 4 × 2 in", imperial(2, 5, 4, 2, 0.15625, 0.5, 4.1875, 2)},
		{"22805", "Avery 22805: Letter, 24 labels of 1½ × 1½ in", imperial(4, 6, 1.5, 1.5, 0.78125, 0.5, 1.8125, 1.7)},
	}
}

// PresetOwn is the name of a grid of the person's own in Input.Preset.
const PresetOwn = "own"
