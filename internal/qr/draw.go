package qr

import (
	"qrgen/internal/errs"
)

// Drawing is a symbol with all that belongs to it (quiet zone, frame, caption,
// text below, logo) as shapes without pixels: what every file and every print
// sheet is made of. It is at rest: nothing changes it, and it may be shared.
//
// It knows one ink. What is light is a hole in the ink, so that a symbol
// without a background shows the paper everywhere it should.
type Drawing struct {
	width, height int32 // in units
	ink           path
	whole         bool // every edge lies between modules: pixels need no shades
	dark, light   Color
	transparent   bool
	symbol        box   // the modules without the quiet zone
	line          int32 // the frame's
	logo          *Logo
	logoBox       box // where the logo's picture goes
	burden        int // percent of the error correction that the logo uses up
}

// box is a rectangle in units.
type box struct{ x, y, width, height int32 }

// Draw lays out a symbol in a style, with lines of text below it (empty ones
// are left out). The style must have passed Check. It is Invalid on the field
// "below" if the font lacks a letter.
func Draw(s *Symbol, style Style, below []string) (Drawing, error) {
	lines, err := layoutBelow(below)
	if err != nil {
		return Drawing{}, err
	}
	d := Drawing{
		dark: style.Dark, light: style.Light, transparent: style.Transparent,
	}
	quiet := int32(style.QuietZone) * unit
	side := int32(s.size)*unit + 2*quiet
	f := frameFor(style.Caption, side)
	d.line = f.line
	d.width, d.height = side+2*f.line, side+f.line+f.banner
	field, err := logoField(s, style)
	if err != nil {
		return Drawing{}, err
	}
	d.ink.growRects(s.size * s.size / 4) // half of the modules are dark, in runs of two
	left, top := f.line+quiet, f.line+quiet
	d.symbol = box{left, top, int32(s.size) * unit, int32(s.size) * unit}
	s.appendModules(&d.ink, left, top, style, field)
	if style.Logo != nil {
		d.logo = style.Logo
		d.logoBox = field.picture(style.Logo, left, top)
		d.burden = s.burden(field)
	}
	if err := f.draw(&d); err != nil {
		return Drawing{}, err
	}
	d.addBelow(lines)
	d.whole = d.ink.whole()
	return d, nil
}

// Width and Height are in modules.
func (d Drawing) Width() float64 { return float64(d.width) / unit }

// Height is in modules; see Width.
func (d Drawing) Height() float64 { return float64(d.height) / unit }

// frame is a line round the quiet zone with a banner for the caption at the
// bottom. The zero value is none.
type frame struct {
	caption      string
	line, banner int32 // in units: the line's width, the banner's height
}

// frameFor gives a frame whose proportions stay the same whatever the size of
// the symbol, in whole modules.
func frameFor(caption string, side int32) frame {
	if caption == "" {
		return frame{}
	}
	modules := side / unit
	return frame{caption, max(1, modules/40) * unit, max(5, (modules*17+50)/100) * unit}
}

// draw adds the frame with its caption cut out of the banner.
func (f frame) draw(d *Drawing) error {
	if f.caption == "" {
		return nil
	}
	d.ink.roundRect(0, 0, d.width, d.height, round(2*f.line), false)
	d.ink.roundRect(f.line, f.line, d.width-f.line, d.height-f.banner, round(f.line), true)
	t, err := boldText(f.caption)
	if err != nil {
		return errs.InvalidField("caption", messageOf(err))
	}
	size := f.banner * 62 / 100
	if widest := d.width - 4*f.line; t.width(size) > widest {
		size = int32(int64(size) * int64(widest) / int64(t.width(size)))
	}
	// Capital letters are 0.72 of the size high and stand in the middle.
	t.draw(&d.ink, (d.width-t.width(size))/2, d.height-f.banner/2+size*36/100, size, true)
	return nil
}
