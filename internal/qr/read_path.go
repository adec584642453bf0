package qr

import (
	"errors"
	"fmt"
)

// scanner reads numbers and letters from the text of a file.
type scanner struct {
	text string
	err  error
}

// units reads a decimal number of modules, with at most the places that we
// write.
func (s *scanner) units() int32 {
	t := s.text
	i, sign := 0, int64(1)
	if i < len(t) && t[i] == '-' {
		sign = -1
		i++
	}
	start, value := i, int64(0)
	for i < len(t) && t[i] >= '0' && t[i] <= '9' && value < 1e6 {
		value = value*10 + int64(t[i]-'0')
		i++
	}
	if i == start {
		s.fail("a number is missing before %q", abridge(t))
		return 0
	}
	value *= unit
	if i < len(t) && t[i] == '.' {
		i++
		for place := int64(unit / 10); i < len(t) && t[i] >= '0' && t[i] <= '9'; place /= 10 {
			value += place * int64(t[i]-'0')
			if place == 0 {
				s.fail("a number has too many places")
			}
			i++
		}
	}
	s.text = t[i:]
	return int32(sign * value)
}

// token skips what is given, which must come next.
func (s *scanner) token(want string) {
	if s.err != nil {
		return
	}
	if len(s.text) < len(want) || s.text[:len(want)] != want {
		s.fail("%q is missing before %q", want, abridge(s.text))
		return
	}
	s.text = s.text[len(want):]
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
	s.text = ""
}

// readPathData reads the data of an SVG path as appendSVG writes it.
func readPathData(text string) (path, error) {
	var p path
	s := &scanner{text: text}
	var x, y, startX, startY int32
	open := false
	for s.text != "" {
		command := s.text[0]
		s.text = s.text[1:]
		if !open && command != 'M' {
			return path{}, errors.New("path has no beginning")
		}
		switch command {
		case 'M':
			x = s.units()
			s.token(" ")
			y = s.units()
			startX, startY, open = x, y, true
			p.add(stepMove, x, y)
		case 'h':
			x += s.units()
			p.add(stepLine, x, y)
		case 'v':
			y += s.units()
			p.add(stepLine, x, y)
		case 'l':
			x += s.units()
			s.token(" ")
			y += s.units()
			p.add(stepLine, x, y)
		case 'c':
			var at [6]int32
			for i := range at {
				if i > 0 {
					s.token(" ")
				}
				at[i] = s.units() + [2]int32{x, y}[i%2]
			}
			x, y = at[4], at[5]
			p.add(stepCurve, at[:]...)
		case 'z':
			x, y, open = startX, startY, false
			p.add(stepClose)
		default:
			return path{}, fmt.Errorf("path has the command %q", command)
		}
	}
	if s.err == nil && open {
		s.err = errors.New("path is not closed")
	}
	return p, s.err
}
