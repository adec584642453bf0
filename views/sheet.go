package views

import (
	"strconv"
	"strings"
)

// Sheet is the page that prints codes on label paper.
type Sheet struct {
	Chosen  []SheetCode // in the order of printing; the first of them if there are many
	Hidden  string      // the numbers of those that are chosen and not shown
	More    int         // how many those are
	Search  *CodesQuery // every code that this search finds is chosen, and too many to name
	Total   int         // codes chosen
	Find    string      // what was looked for to add
	Found   []SheetCode // and not chosen yet
	Presets []SheetPreset
	Input   SheetInput
	Errors  map[string]string
	Preview SheetPreview
}

// SheetCode is a code that is chosen or could be.
type SheetCode struct {
	ID      int64
	Title   string
	Address string // host and path of the short URL, or what kind of code it is
}

// SheetPreset is label paper to choose.
type SheetPreset struct{ ID, Name string }

// SheetInput is the form as it was filled in; lengths in mm.
type SheetInput struct {
	Preset, Paper, Columns, Rows       string
	LabelWidth, LabelHeight, Left, Top string
	GapX, GapY, Copies, Start, Text    string
	CutMarks                           bool
}

// SheetPreview is what would be printed.
type SheetPreview struct {
	Problems []string // why nothing can be printed
	Summary  string   // "30 labels on 2 sheets of Avery 5160"
	Verdict  Verdict
	Advice   string // the module's width on this label, in words
	Warnings []string
	Pages    []SheetPage
	More     int // pages that are not shown
}

// Good says that the sheet can be downloaded.
func (p SheetPreview) Good() bool { return len(p.Problems) == 0 }

// SheetPage is one page, true to scale; lengths in mm.
type SheetPage struct {
	Number        int
	Width, Height float64
	Labels        []SheetLabel
	Marks         []SheetMark
}

// ViewBox is the page's size for SVG.
func (p SheetPage) ViewBox() string { return "0 0 " + length(p.Width) + " " + length(p.Height) }

// Alt says what the picture shows.
func (p SheetPage) Alt() string {
	printed, start := 0, 0
	for i, l := range p.Labels {
		if l.Image != "" {
			if printed++; start == 0 {
				start = i + 1
			}
		}
	}
	return "Page " + strconv.Itoa(p.Number) + ": " + Count(int64(printed), "label", "labels") + ", the first in place " + strconv.Itoa(start) + " of " + strconv.Itoa(len(p.Labels))
}

// SheetLabel is one label of a page.
type SheetLabel struct {
	X, Y, Width, Height                     float64
	Number                                  int    // its place on the page, from 1
	Used                                    bool   // peeled off before: nothing is printed there
	Start                                   bool   // the first to be printed
	Image                                   string // address of the symbol; empty on a label that stays empty
	ImageX, ImageY, ImageWidth, ImageHeight float64
	Lines                                   []SheetLine
}

// Class styles the label.
func (l SheetLabel) Class() string {
	switch {
	case l.Start:
		return "label-start"
	case l.Used:
		return "label-used"
	}
	return "label-edge"
}

// SheetLine is a line of text on a label.
type SheetLine struct {
	Text                     string
	X, Baseline, Size, Width float64
}

// SheetMark is a cut mark, from one point to another.
type SheetMark struct{ X0, Y0, X1, Y1 float64 }

// length writes millimetres for SVG.
func length(mm float64) string {
	s := strings.TrimRight(strconv.FormatFloat(mm, 'f', 3, 64), "0")
	return strings.TrimSuffix(s, ".")
}

// ChosenText is "3 codes chosen".
func (m Sheet) ChosenText() string {
	if m.Total == 0 {
		return "No code is chosen yet."
	}
	return Count(int64(m.Total), "code", "codes") + " chosen"
}

// measure is a field of the person's own grid.
func (m Sheet) measure(name, label, value string) inputField {
	return inputField{Name: name, Label: label, Value: value, Error: m.Errors[name], InputMode: "decimal"}
}
