package sheet

import (
	"fmt"
	"io"

	"qrgen/internal/errs"
	"qrgen/internal/pdf"
	"qrgen/internal/qr"
)

// Module widths on paper, in mm.
const (
	GoodModule  = 0.4 // what any office printer and phone camera bear
	SmallModule = 0.3 // what a good printer and a steady hand bear
	LeastModule = 0.2 // narrower is refused: two and a half dots at 300 dpi
)

// Item is one code on a sheet. Title and Address are as Printable gives them.
type Item struct {
	Drawing        qr.Drawing
	Quiet          int // modules of quiet zone in the drawing
	Title, Address string
}

// Arrange puts the item on a label. It is Invalid if the symbol's modules
// would be too narrow to print.
func (i Item) Arrange(l Layout, label Box) (Placed, error) {
	p := l.Arrange(label, Symbol{Width: i.Drawing.Width(), Height: i.Drawing.Height(), Quiet: float64(i.Quiet)}, i.Title, i.Address)
	if p.Module < LeastModule {
		return p, errs.New(errs.Invalid, fmt.Sprintf(
			"“%s” would have modules of %.2f mm on these labels, and below %.1f mm no printer draws them apart. Take a larger label, or put less text on it.",
			i.Title, p.Module, LeastModule))
	}
	return p, nil
}

// Write writes the document, each of the items as often as the layout says.
// Item gives them one by one, so that no more than a page is kept in memory.
func Write(w io.Writer, title string, l Layout, items int, item func(i int) (Item, error)) error {
	doc := pdf.New(w, pdf.Options{Title: title, Compress: true})
	var page *pdf.Page
	last := -1
	for i := range items {
		one, err := item(i)
		if err != nil {
			return err
		}
		for k := range l.Copies {
			n, label := l.Place(i*l.Copies + k)
			if n != last {
				page = doc.Page(l.Grid.Paper.Width, l.Grid.Paper.Height)
				last = n
				l.drawMarks(page)
			}
			if err := one.draw(page, l, label); err != nil {
				return err
			}
		}
	}
	return doc.Close()
}

func (i Item) draw(page *pdf.Page, l Layout, label Box) error {
	p, err := i.Arrange(l, label)
	if err != nil {
		return err
	}
	i.Drawing.Place(page, p.Symbol.X, p.Symbol.Y, p.Symbol.Width)
	for _, line := range p.Lines {
		if err := qr.PlaceText(page, line.Text, line.X, line.Baseline, line.Size); err != nil {
			return err
		}
	}
	return nil
}

// Mark is a cut mark from one point to another.
type Mark struct{ X0, Y0, X1, Y1 float64 }

// Cut marks are as long as the margins let them be.
const (
	markLongest  = 5.0
	markShortest = 1.0
	markApart    = 0.5 // from the labels, so that a cut beside it leaves none of it
	markWidth    = 0.1
)

// Marks are the cut marks of a page: short lines in the margins, in line with
// the labels' edges. Complete is whether every margin has room for them.
func (l Layout) Marks() (marks []Mark, complete bool) {
	if !l.CutMarks {
		return nil, true
	}
	g := l.Grid
	room := func(margin float64) float64 { return min(markLongest, margin-markApart-1) } // printers leave a margin blank
	left, right := room(g.Label.X), room(g.Paper.Width-g.Right())
	top, bottom := room(g.Label.Y), room(g.Paper.Height-g.Bottom())
	for i := range g.Columns {
		x := g.Label.X + float64(i)*g.StepX
		for _, x := range []float64{x, x + g.Label.Width} {
			marks = addMark(marks, top, Mark{x, g.Label.Y - markApart - top, x, g.Label.Y - markApart})
			marks = addMark(marks, bottom, Mark{x, g.Bottom() + markApart, x, g.Bottom() + markApart + bottom})
		}
	}
	for i := range g.Rows {
		y := g.Label.Y + float64(i)*g.StepY
		for _, y := range []float64{y, y + g.Label.Height} {
			marks = addMark(marks, left, Mark{g.Label.X - markApart - left, y, g.Label.X - markApart, y})
			marks = addMark(marks, right, Mark{g.Right() + markApart, y, g.Right() + markApart + right, y})
		}
	}
	return marks, min(left, right, top, bottom) >= markShortest
}

func addMark(marks []Mark, long float64, m Mark) []Mark {
	if long < markShortest || len(marks) > 0 && marks[len(marks)-1] == m {
		return marks
	}
	return append(marks, m)
}

func (l Layout) drawMarks(page *pdf.Page) {
	marks, _ := l.Marks()
	for _, m := range marks {
		page.Rule(m.X0, m.Y0, m.X1, m.Y1, markWidth)
	}
}
