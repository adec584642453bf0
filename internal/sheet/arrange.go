package sheet

// Distances on a label.
const (
	padding = 1.0 // from the label's edge: printers are off by as much
	beside  = 1.0 // between quiet zone and text beside it

	// quietModules is the quiet zone that every symbol gets on a label,
	// whatever its own (ISO/IEC 18004 §6.3.8).
	quietModules = 4

	leading = 1.2  // from line to line, in parts of the letters' size
	descent = 0.25 // below the baseline, in parts of the letters' size
)

// Symbol is what Arrange has to know of a drawing, in modules.
type Symbol struct {
	Width, Height float64
	Quiet         float64 // the quiet zone that is part of them
}

// Placed is what is on a label and where.
type Placed struct {
	Symbol Box
	Module float64 // width of a module
	Lines  []Line
}

// Line is a line of text that is Width wide with letters of Size.
type Line struct {
	Text        string
	X, Baseline float64
	Size, Width float64
	Title       bool
}

// Arrange puts a symbol and its text on a label. Nothing comes nearer to the
// label's edge than a millimetre, and no text into the quiet zone.
func (l Layout) Arrange(label Box, s Symbol, title, address string) Placed {
	inner := label.Inset(padding)
	switch {
	case l.Text == Nothing || title == "" && address == "":
		return place(inner, s)
	case l.Text == Beside:
		return arrangeBeside(inner, s, title, address)
	}
	return arrangeUnder(inner, s, title, address)
}

// place puts the symbol as large as it fits, with its whole quiet zone, into
// the middle of room.
func place(room Box, s Symbol) Placed {
	more := 2 * max(0, quietModules-s.Quiet)
	module := min(room.Width/(s.Width+more), room.Height/(s.Height+more))
	b := Box{Width: s.Width * module, Height: s.Height * module}
	b.X = room.X + (room.Width-b.Width)/2
	b.Y = room.Y + (room.Height-b.Height)/2
	return Placed{Symbol: b, Module: module}
}

// arrangeUnder centres title and address below the symbol. A title takes two
// lines where the label is high enough to spare them.
func arrangeUnder(inner Box, s Symbol, title, address string) Placed {
	size := clamp(inner.Height*0.085, 1.9, 3.6)
	most := 1
	if inner.Height >= 34 {
		most = 2
	}
	lines := textLines(title, address, size, most, inner.Width)
	height := heightOf(lines)
	room := inner
	room.Height -= height
	p := place(room, s)
	// The text follows the symbol, and both together stand in the middle.
	top := p.Symbol.Y + p.Symbol.Height + p.Module*max(0, quietModules-s.Quiet)
	for _, line := range lines {
		line.X = inner.X + (inner.Width-line.Width)/2
		line.Baseline = top + line.Size*(leading-descent)
		top += line.Size * leading
		p.Lines = append(p.Lines, line)
	}
	return p
}

// arrangeBeside puts the symbol on the left, as high as the label, and the
// text to its right.
func arrangeBeside(inner Box, s Symbol, title, address string) Placed {
	room := inner
	room.Width = min(inner.Width*0.6, inner.Height*s.Width/s.Height)
	p := place(room, s)
	left := room.X + room.Width + beside
	width := inner.X + inner.Width - left
	size := clamp(inner.Height*0.11, 2, 4.2)
	most := max(1, int((inner.Height-size*leading)/(size*leading)))
	lines := textLines(title, address, size, min(most, 4), width)
	top := inner.Y + (inner.Height-heightOf(lines))/2
	for _, line := range lines {
		line.X = left
		line.Baseline = top + line.Size*(leading-descent)
		top += line.Size * leading
		p.Lines = append(p.Lines, line)
	}
	return p
}

// textLines fits title and address into a width: the title in at most so many
// lines, the address in one.
func textLines(title, address string, size float64, most int, width float64) []Line {
	var lines []Line
	for _, words := range wrap(title, width/size, most) {
		lines = append(lines, Line{Text: words, Size: size, Width: widthOf(words) * size, Title: true})
	}
	if address != "" && width >= narrowest*size {
		smaller := max(1.6, size*0.82)
		// A smaller address can still be typed in, one without its end can't.
		if w := widthOf(address) * smaller; w > width {
			smaller = max(1.4, smaller*width/w)
		}
		words := keepEnd(address, width/smaller)
		lines = append(lines, Line{Text: words, Size: smaller, Width: widthOf(words) * smaller})
	}
	return lines
}

func heightOf(lines []Line) float64 {
	h := 0.0
	for _, line := range lines {
		h += line.Size * leading
	}
	return h
}

func clamp(v, least, most float64) float64 { return max(least, min(v, most)) }
