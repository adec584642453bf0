package qr

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
)

// SVG draws the symbol as an SVG 1.1 document that is also safe to put inside
// an HTML page. The viewBox is in modules, quiet zone included; width and
// height are in mm where the size is, else in pixels. Title and desc are text
// for people who cannot see the picture; empty ones are left out.
//
// There is one path with one closed rectangle for each horizontal run of dark
// modules. Neighbouring rectangles of one path leave no hairline between them
// when a program smooths edges; separate shapes do. No style sheet, no clip
// path, so that Illustrator, Inkscape and Word open it alike. The style must have passed
// Check.
func (s *Symbol) SVG(style Style, size Size, title, desc string) []byte {
	side := s.size + 2*style.QuietZone
	b := make([]byte, 0, 512+len(title)+len(desc)+s.size*s.size*8)
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg"`...)
	for _, name := range [...]string{"width", "height"} {
		b = append(b, ' ')
		b = append(b, name...)
		b = append(b, `="`...)
		b = size.appendLength(b, side)
		b = append(b, '"')
	}
	n := strconv.Itoa(side)
	b = append(b, ` viewBox="0 0 `+n+` `+n+`" role="img" shape-rendering="crispEdges">`...)
	b = appendText(b, "title", title)
	b = appendText(b, "desc", desc)
	b = append(b, `<rect width="`+n+`" height="`+n+`" fill="`+style.Light.String()+`"/>`...)
	b = append(b, `<path fill="`+style.Dark.String()+`" d="`...)
	b = s.appendRuns(b, style.QuietZone)
	return append(b, "\"/></svg>\n"...)
}

// appendRuns writes the data of the path, "M4 4h7v1h-7z" for seven dark
// modules at the top left behind a quiet zone of 4.
func (s *Symbol) appendRuns(b []byte, quiet int) []byte {
	for y := range s.size {
		for x := 0; x < s.size; x++ {
			if !s.Dark(x, y) {
				continue
			}
			start := x
			for x < s.size && s.Dark(x, y) {
				x++
			}
			run := int64(x - start)
			b = strconv.AppendInt(append(b, 'M'), int64(start+quiet), 10)
			b = strconv.AppendInt(append(b, ' '), int64(y+quiet), 10)
			b = strconv.AppendInt(append(b, 'h'), run, 10)
			b = strconv.AppendInt(append(b, "v1h-"...), run, 10)
			b = append(b, 'z')
		}
	}
	return b
}

// appendLength writes the size as an SVG length.
func (s Size) appendLength(b []byte, modules int) []byte {
	switch {
	case s.pixels > 0:
		return strconv.AppendInt(b, int64(s.pixels), 10)
	case s.mm > 0:
		b = strconv.AppendFloat(b, s.mm, 'f', -1, 64)
	default:
		b = strconv.AppendInt(b, int64(modules), 10)
	}
	return append(b, "mm"...)
}

// appendText writes an element that holds text, without the characters that
// XML 1.0 §2.2 forbids even when escaped.
func appendText(b []byte, element, text string) []byte {
	text = strings.TrimSpace(strings.Map(xmlChar, text))
	if text == "" {
		return b
	}
	buf := bytes.NewBuffer(append(b, "<"+element+">"...))
	_ = xml.EscapeText(buf, []byte(text)) // a bytes.Buffer takes everything
	buf.WriteString("</" + element + ">")
	return buf.Bytes()
}

func xmlChar(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
		return r
	}
	return -1
}
