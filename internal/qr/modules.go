package qr

import (
	"slices"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

const (
	finderSize = 7 // modules a side (ISO/IEC 18004 §6.3.3)

	// A dot leaves a gap to its neighbours, and still covers 64 % of its
	// module: the decoders look at a module's middle.
	dotRadius = unit * 45 / 100
	// Rounded modules are round as far as can be.
	roundRadius = unit / 2
)

// appendModules adds the symbol's dark modules, the first of them at left, top,
// in the style's shapes, without those that the logo's field covers. The
// patterns by which decoders find their way, in the corners and within, stay in
// one piece.
func (s *Symbol) appendModules(p *path, left, top int32, style Style, logo field) {
	dark := s.Dark
	if logo != (field{}) {
		dark = func(x, y int) bool { return s.Dark(x, y) && !logo.covers(x, y) }
	}
	if style.Finders != style.Modules || style.Modules == Dots {
		all := dark
		dark = func(x, y int) bool { return all(x, y) && !s.inFinder(x, y) }
		far := int32(s.size-finderSize) * unit
		for _, at := range [...][2]int32{{0, 0}, {far, 0}, {0, far}} {
			appendFinder(p, left+at[0], top+at[1], style.Finders)
		}
	}
	switch style.Modules {
	case Square:
		s.appendSquare(p, left, top, dark)
	case Rounded:
		s.appendRounded(p, left, top, dark)
	case Dots:
		single := func(x, y int) bool { return dark(x, y) && !s.inAlignment(x, y) }
		s.appendDots(p, left, top, single)
		s.appendRounded(p, left, top, func(x, y int) bool { return dark(x, y) && s.inAlignment(x, y) })
	}
}

// inFinder says whether a module belongs to a finder pattern.
func (s *Symbol) inFinder(x, y int) bool {
	far := s.size - finderSize
	return y < finderSize && (x < finderSize || x >= far) || y >= far && x < finderSize
}

// inAlignment says whether a module belongs to an alignment pattern, a ring of
// five modules a side (ISO/IEC 18004 §6.3.6). The decoder's tables say where
// they are.
func (s *Symbol) inAlignment(x, y int) bool {
	version, err := decoder.Version_GetVersionForNumber(s.version)
	if err != nil {
		return false
	}
	centers := version.GetAlignmentPatternCenters()
	near := func(v int) bool {
		return slices.ContainsFunc(centers, func(c int) bool { return v >= c-2 && v <= c+2 })
	}
	return near(x) && near(y) && !s.inFinder(x, y)
}

// runs calls f for each horizontal run of dark modules: row y, from x0 to
// before x1.
func (s *Symbol) runs(dark func(x, y int) bool, f func(y, x0, x1 int)) {
	for y := range s.size {
		start := -1
		for x := range s.size + 1 { // none is dark outside
			switch is := dark(x, y); {
			case is && start < 0:
				start = x
			case !is && start >= 0:
				f(y, start, x)
				start = -1
			}
		}
	}
}

func (s *Symbol) appendSquare(p *path, left, top int32, dark func(x, y int) bool) {
	s.runs(dark, func(y, x0, x1 int) {
		y0 := top + int32(y)*unit
		p.rect(left+int32(x0)*unit, y0, left+int32(x1)*unit, y0+unit)
	})
}

// appendRounded adds runs whose corners are round where no dark module lies
// above or below them.
func (s *Symbol) appendRounded(p *path, left, top int32, dark func(x, y int) bool) {
	radius := func(x, y int) int32 {
		if dark(x, y) {
			return 0
		}
		return roundRadius
	}
	s.runs(dark, func(y, x0, x1 int) {
		r := corners{
			topLeft: radius(x0, y-1), topRight: radius(x1-1, y-1),
			bottomRight: radius(x1-1, y+1), bottomLeft: radius(x0, y+1),
		}
		y0 := top + int32(y)*unit
		p.roundRect(left+int32(x0)*unit, y0, left+int32(x1)*unit, y0+unit, r, false)
	})
}

func (s *Symbol) appendDots(p *path, left, top int32, dark func(x, y int) bool) {
	const gap = unit/2 - dotRadius
	for y := range s.size {
		for x := range s.size {
			if dark(x, y) {
				x0, y0 := left+int32(x)*unit+gap, top+int32(y)*unit+gap
				p.roundRect(x0, y0, x0+2*dotRadius, y0+2*dotRadius, round(dotRadius), false)
			}
		}
	}
}

// appendFinder adds a finder pattern with its corner at x, y: a ring of one
// module round a square of three.
func appendFinder(p *path, x, y int32, shape Shape) {
	radius := [...]struct{ outer, inner, middle int32 }{
		Square:  {0, 0, 0},
		Rounded: {2 * unit, unit, unit},
		Dots:    {2 * unit, unit, unit}, // as Rounded: zbar and jsQR look for straight sides and miss circles
	}[min(shape, Dots)]
	square := func(inset, r int32, hole bool) {
		p.roundRect(x+inset*unit, y+inset*unit, x+(finderSize-inset)*unit, y+(finderSize-inset)*unit, round(r), hole)
	}
	square(0, radius.outer, false)
	square(1, radius.inner, true)
	square(2, radius.middle, false)
}
