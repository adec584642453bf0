package qr

import (
	"fmt"
	"slices"
)

// change is one step towards a style that reads.
type change struct {
	words string
	apply func(*Style) bool // false: there is nothing to change
}

// changes are in the order in which people mind them, least first.
var changes = [...]change{
	{"the light and the dark colour swapped", func(s *Style) bool {
		inverted := s.Light.luminance() < s.Dark.luminance()
		if inverted {
			s.Dark, s.Light = s.Light, s.Dark
		}
		return inverted
	}},
	{fmt.Sprintf("a quiet zone of %d modules", DefaultQuietZone), func(s *Style) bool {
		bad := s.QuietZone < DefaultQuietZone || s.QuietZone > MaxQuietZone
		if bad {
			s.QuietZone = DefaultQuietZone
		}
		return bad
	}},
	{"a darker dark colour", func(s *Style) bool { return s.darken(GoodContrast) }},
	{"a logo as large as error correction bears", func(s *Style) bool {
		changed := s.Logo != nil && s.LogoSize != 0
		s.LogoSize = 0
		return changed
	}},
	{"error correction level H", func(s *Style) bool {
		changed := s.Logo != nil && s.Level != H
		if changed {
			s.Level, s.AutoLevel = H, false
		}
		return changed
	}},
	{"rounded modules in place of dots", func(s *Style) bool {
		changed := s.Modules == Dots
		if changed {
			s.Modules = Rounded
		}
		return changed
	}},
	{"square modules and finder patterns", func(s *Style) bool {
		changed := s.Modules != Square || s.Finders != Square
		s.Modules, s.Finders = Square, Square
		return changed
	}},
	{"no frame", func(s *Style) bool {
		changed := s.Caption != ""
		s.Caption = ""
		return changed
	}},
	{"no logo", func(s *Style) bool {
		changed := s.Logo != nil
		s.Logo, s.LogoSize = nil, 0
		return changed
	}},
	{"black on white", func(s *Style) bool {
		changed := s.Dark != Black || s.Light != White
		s.Dark, s.Light = Black, White
		return changed
	}},
}

// darken takes light out of the dark colour until the contrast is reached.
func (s *Style) darken(contrast float64) bool {
	if Contrast(s.Dark, s.Light) >= contrast || s.Light.luminance() < s.Dark.luminance() {
		return false
	}
	dark := s.Dark
	for left := 95; left >= 0; left -= 5 {
		part := func(v uint8) uint8 { return uint8(int(v) * left / 100) }
		s.Dark = Color{part(dark.R), part(dark.G), part(dark.B)}
		if Contrast(s.Dark, s.Light) >= contrast {
			break
		}
	}
	return s.Dark != dark
}

// Nearest finds the style nearest to the request's with which the file reads
// at grade B or better, or at all, and says in words what is different from
// the one asked for: nothing, if that reads. The error is Render's for what no
// style can mend, such as content that is too long.
func Nearest(r Request) (Style, []string, error) {
	image, err := Render(r)
	if err == nil && image.Report.Grade >= GradeB {
		return r.Style, nil, nil
	}
	asked, first := r.Style, err
	var readable *Style
	var words []string
	try := func(style Style, said []string) bool {
		r.Style = style
		image, err := Render(r)
		if err == nil && readable == nil {
			readable, words = &style, said
		}
		if err == nil && image.Report.Grade >= GradeB {
			readable, words = &style, said
			return true
		}
		return false
	}
	if first == nil {
		readable = &asked
	}
	for _, c := range changes { // one change, if one does
		if style := asked; c.apply(&style) && try(style, []string{c.words}) {
			return style, words, nil
		}
	}
	style, said := asked, []string(nil)
	for _, c := range changes { // else one more with each attempt
		if c.apply(&style) {
			said = append(slices.Clip(said), c.words)
			if try(style, said) {
				return style, words, nil
			}
		}
	}
	if readable != nil {
		return *readable, words, nil
	}
	return asked, nil, first
}
