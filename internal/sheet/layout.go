package sheet

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"qrgen/internal/errs"
)

// Text says where title and short address stand on a label.
type Text string

// The places for text.
const (
	Under   Text = "under"
	Beside  Text = "beside" // to the right: a larger symbol on wide labels
	Nothing Text = "none"
)

// Limits of a sheet.
const (
	MaxCopies = 1_000  // of each code
	MaxLabels = 10_000 // in one document
)

// Input is a sheet as a page or an API client asks for it: text, nothing
// checked. The measures count for a preset of the person's own only.
type Input struct {
	Preset                             string
	Paper, Columns, Rows               string
	LabelWidth, LabelHeight, Left, Top string // mm
	GapX, GapY                         string // mm
	Copies, Start                      string
	Text                               string
	CutMarks                           bool
}

// DefaultInput is what a form starts with: an empty sheet of L7160, and
// measures for an own grid that fit.
func DefaultInput() Input {
	return Input{
		Preset: "L7160", Paper: A4.ID, Columns: "3", Rows: "8", LabelWidth: "60", LabelHeight: "32", Left: "10", Top: "15", GapX: "5", GapY: "1",
		Copies: "1", Start: "1", Text: string(Under),
	}
}

// Layout is a checked Input.
type Layout struct {
	Grid     Grid
	Name     string // of the label paper, short: "Avery 5160"
	Copies   int
	Start    int // the first label to print on, from 1
	Text     Text
	CutMarks bool
}

// Parse checks an input. The error is Invalid and names every field that is
// wrong: preset, paper, columns, rows, label_width, label_height, left, top,
// gap_x, gap_y, copies, start, text.
func Parse(in Input) (Layout, error) {
	l := Layout{CutMarks: in.CutMarks}
	var bad errs.Fields
	l.Grid, l.Name = in.grid(&bad)
	l.Copies = whole(&bad, "copies", in.Copies, MaxCopies, "The copies of each code are a whole number from 1 to %d.")
	if most := l.Grid.Labels(); most > 0 {
		l.Start = whole(&bad, "start", in.Start, most, "The label to start at is a whole number from 1 to %d, as many as the sheet has. Count them row by row.")
	}
	switch l.Text = Text(in.Text); l.Text {
	case Under, Beside, Nothing:
	default:
		bad.Check("text", errs.New(errs.Invalid, "Choose text under the code, beside it, or none."))
	}
	return l, bad.Err()
}

// grid gives the label paper; no labels if something about it is wrong.
func (in Input) grid(bad *errs.Fields) (Grid, string) {
	if in.Preset == PresetOwn {
		return in.own(bad), "own labels"
	}
	for _, p := range Presets() {
		if p.ID == in.Preset {
			return p.Grid, "Avery " + p.ID
		}
	}
	bad.Check("preset", errs.New(errs.Invalid, "Choose one of the label papers, or your own measures."))
	return Grid{}, ""
}

func (in Input) own(bad *errs.Fields) Grid {
	var g Grid
	before := bad.Len()
	paper, err := ParsePaper(in.Paper)
	bad.Check("paper", err)
	g.Paper = paper
	g.Columns = whole(bad, "columns", in.Columns, MaxAcross, "The columns are a whole number from 1 to %d.")
	g.Rows = whole(bad, "rows", in.Rows, MaxAcross, "The rows are a whole number from 1 to %d.")
	length := func(field, text string, least, most float64, what string) float64 {
		v, err := parseLength(text)
		if err != nil || v < least || v > most {
			bad.Check(field, errs.New(errs.Invalid, fmt.Sprintf("%s a number of millimetres from %s to %s, such as 12.5.", what, mm(least), mm(most))))
		}
		return v
	}
	g.Label.Width = length("label_width", in.LabelWidth, MinLabel, paper.widest(), "The width of a label is")
	g.Label.Height = length("label_height", in.LabelHeight, MinLabel, paper.highest(), "The height of a label is")
	g.Label.X = length("left", in.Left, 0, paper.widest(), "The left margin is")
	g.Label.Y = length("top", in.Top, 0, paper.highest(), "The upper margin is")
	g.StepX = g.Label.Width + length("gap_x", in.GapX, 0, paper.widest(), "The gap between columns is")
	g.StepY = g.Label.Height + length("gap_y", in.GapY, 0, paper.highest(), "The gap between rows is")
	if bad.Len() > before {
		return Grid{}
	}
	if err := g.check(); err != nil {
		bad.Join(err)
		return Grid{}
	}
	return g
}

// widest is the largest width that makes sense; on a paper that is not known,
// that of the widest.
func (p Paper) widest() float64  { return max(p.Width, A4.Width) }
func (p Paper) highest() float64 { return max(p.Height, Letter.Height) }

// parseLength reads a number of millimetres, with a point or a comma.
func parseLength(s string) (float64, error) {
	s = strings.Replace(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "mm")), ",", ".", 1)
	if strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) {
		return 0, strconv.ErrSyntax // exponents, hexadecimal numbers, signs, Inf, NaN
	}
	v, err := strconv.ParseFloat(s, 64)
	if err == nil && math.IsInf(v, 0) {
		err = strconv.ErrRange
	}
	return v, err
}

// whole reads a whole number from 1 to most, which the message names.
func whole(bad *errs.Fields, field, text string, most int, message string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > most {
		bad.Check(field, errs.New(errs.Invalid, fmt.Sprintf(message, most)))
		return 0
	}
	return n
}

// Count is how many labels so many codes take; Invalid on the field "copies"
// if that is too many for one document.
func (l Layout) Count(codes int) (int, error) {
	n := codes * l.Copies
	if n > MaxLabels {
		return n, errs.InvalidField("copies", fmt.Sprintf(
			"%d copies of %d codes are %d labels, and one document has at most %d. Print fewer copies, or the codes in parts.", l.Copies, codes, n, MaxLabels))
	}
	return n, nil
}

// Pages is how many sheets so many labels take.
func (l Layout) Pages(labels int) int {
	return (l.Start - 1 + labels + l.Grid.Labels() - 1) / l.Grid.Labels()
}

// Place is where label i of the document is, from 0: its page, from 0, and its
// box.
func (l Layout) Place(i int) (page int, box Box) {
	n := l.Start - 1 + i
	return n / l.Grid.Labels(), l.Grid.At(n % l.Grid.Labels())
}
