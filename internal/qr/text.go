package qr

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"qrgen/internal/errs"
)

// Text is drawn as shapes, so that a file needs no font where it is opened.
// The Go fonts (BSD licence, in golang.org/x/image) have the letters of the
// European languages: Latin with its accents, Greek and Cyrillic.
var (
	regular = sync.OnceValue(func() *typeface { return openTypeface(goregular.TTF) })
	bold    = sync.OnceValue(func() *typeface { return openTypeface(gobold.TTF) })
)

// typeface is an open font and the coordinates of its em square.
type typeface struct {
	font *sfnt.Font
	em   fixed.Int26_6
}

func openTypeface(ttf []byte) *typeface {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("parse the font that this program brings: %v", err))
	}
	return &typeface{f, fixed.Int26_6(f.UnitsPerEm())}
}

// text is one line, ready to be drawn at any size.
type text struct {
	face    *typeface
	glyphs  []sfnt.GlyphIndex
	advance []fixed.Int26_6 // of each glyph, in parts of em
}

func regularText(s string) (text, error) { return newText(regular(), s) }
func boldText(s string) (text, error)    { return newText(bold(), s) }

// newText looks the letters up. A letter that the font lacks is Invalid: a
// printed code with boxes where its name should be helps nobody.
func newText(face *typeface, s string) (text, error) {
	t := text{face: face}
	var buf sfnt.Buffer
	var missing []string
	for _, r := range s {
		if unicode.IsSpace(r) {
			r = ' '
		}
		g, err := face.font.GlyphIndex(&buf, r)
		if err != nil || g == 0 {
			if letter := string(r); len(missing) < 5 && !strings.Contains(strings.Join(missing, ""), letter) {
				missing = append(missing, letter)
			}
			continue
		}
		a, err := face.font.GlyphAdvance(&buf, g, face.em, font.HintingNone)
		if err != nil {
			return text{}, fmt.Errorf("measure %q: %w", r, err)
		}
		t.glyphs = append(t.glyphs, g)
		t.advance = append(t.advance, a)
	}
	if len(missing) > 0 {
		return text{}, errs.New(errs.Invalid, fmt.Sprintf(
			"Our font has no %s. It has Latin letters with their accents, Greek and Cyrillic. Write this text with those, or leave it out.",
			strings.Join(missing, " ")))
	}
	return t, nil
}

// width is how wide the line is at a size, both in units.
func (t text) width(size int32) int32 {
	var sum fixed.Int26_6
	for _, a := range t.advance {
		sum += a
	}
	return scaleBy(sum, size, t.face.em)
}

// scaleBy turns a length in parts of em into units, rounded.
func scaleBy(v fixed.Int26_6, size int32, em fixed.Int26_6) int32 {
	n := int64(v)*int64(size)*2 + int64(em)
	d := 2 * int64(em)
	if n < 0 {
		n -= d - 1 // rounds down, too
	}
	return int32(n / d)
}

// draw adds the line's letters with the baseline's left end at x, y: as ink,
// or cut out of ink.
func (t text) draw(p *path, x, y, size int32, hole bool) {
	var buf sfnt.Buffer
	var pen fixed.Int26_6
	for i, g := range t.glyphs {
		segments, err := t.face.font.LoadGlyph(&buf, g, t.face.em, nil)
		if err != nil {
			continue // newText has looked every one of them up
		}
		at := func(v fixed.Point26_6) (int32, int32) {
			return x + scaleBy(pen+v.X, size, t.face.em), y + scaleBy(v.Y, size, t.face.em)
		}
		appendGlyph(p, segments, at, hole)
		pen += t.advance[i]
	}
}

// appendGlyph adds the outlines of one letter. TrueType's outer outlines run
// clockwise, like ours.
func appendGlyph(p *path, segments sfnt.Segments, at func(fixed.Point26_6) (int32, int32), hole bool) {
	var x, y int32 // the pen
	fromStep, fromAt := len(p.steps), len(p.at)
	end := func() {
		if len(p.steps) == fromStep {
			return
		}
		p.add(stepClose)
		if hole {
			p.reverse(fromStep, fromAt)
		}
		fromStep, fromAt = len(p.steps), len(p.at)
	}
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			end()
			x, y = at(s.Args[0])
			p.add(stepMove, x, y)
		case sfnt.SegmentOpLineTo:
			x, y = at(s.Args[0])
			p.add(stepLine, x, y)
		case sfnt.SegmentOpQuadTo:
			cx, cy := at(s.Args[0])
			ex, ey := at(s.Args[1])
			p.add(stepCurve, x+(cx-x)*2/3, y+(cy-y)*2/3, ex+(cx-ex)*2/3, ey+(cy-ey)*2/3, ex, ey)
			x, y = ex, ey
		case sfnt.SegmentOpCubeTo:
			ax, ay := at(s.Args[0])
			bx, by := at(s.Args[1])
			x, y = at(s.Args[2])
			p.add(stepCurve, ax, ay, bx, by, x, y)
		}
	}
	end()
}

// messageOf gives an error's words for people.
func messageOf(err error) string {
	var f errs.Fields
	f.Check("", err)
	return errs.FieldsOf(f.Err())[""]
}
