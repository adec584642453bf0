package qr

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"strconv"
	"strings"
)

// svg writes the drawing as an SVG 1.1 document that is also safe to put
// inside an HTML page. The viewBox is in modules; width and height are in mm
// where the size is, else in pixels. Title and desc are text for people who
// cannot see the picture; empty ones are left out.
//
// All ink is one path: neighbouring shapes of one path leave no hairline
// between them when a program smooths edges; separate ones do. No style sheet,
// no clip path, no font, so that Illustrator, Inkscape and Word open it alike.
func (d *Drawing) svg(size Size, title, desc string) []byte {
	b := make([]byte, 0, 512+len(title)+len(desc)+len(d.ink.at)*3)
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg"`...)
	if d.logo != nil {
		b = append(b, ` xmlns:xlink="http://www.w3.org/1999/xlink"`...)
	}
	width, height := string(appendUnits(nil, d.width)), string(appendUnits(nil, d.height))
	b = d.appendLengths(b, size)
	b = append(b, ` viewBox="0 0 `+width+` `+height+`" role="img"`...)
	if d.whole {
		b = append(b, ` shape-rendering="crispEdges"`...)
	}
	b = append(b, '>')
	b = appendText(b, "title", title)
	b = appendText(b, "desc", desc)
	if !d.transparent {
		b = append(b, `<rect width="`+width+`" height="`+height+`" fill="`+d.light.String()+`"/>`...)
	}
	b = append(b, `<path fill="`+d.dark.String()+`" d="`...)
	b = d.ink.appendSVG(b)
	b = append(b, `"/>`...)
	if d.logo != nil {
		b = d.appendLogo(b)
	}
	return append(b, "</svg>\n"...)
}

// appendSVG writes the data of a path, "M4 4h7v1h-7z" for seven dark modules
// at the top left behind a quiet zone of 4.
func (p *path) appendSVG(b []byte) []byte {
	var x, y, startX, startY int32
	at := p.at
	for i := 0; i < len(p.steps); i++ {
		if isRect(p.steps[i:], at) { // most of what there is
			b = appendSVGRect(b, at)
			x, y, at = at[0], at[1], at[rectNumbers:]
			i += len(rectSteps) - 1
			continue
		}
		s := p.steps[i]
		switch s {
		case stepMove:
			b = appendUnits(append(b, 'M'), at[0])
			b = appendUnits(append(b, ' '), at[1])
			x, y = at[0], at[1]
			startX, startY = x, y
		case stepLine:
			b = appendSVGLine(b, at[0]-x, at[1]-y)
			x, y = at[0], at[1]
		case stepCurve:
			b = append(b, 'c')
			for k := 0; k < 6; k += 2 {
				if k > 0 {
					b = append(b, ' ')
				}
				b = appendUnits(b, at[k]-x)
				b = appendUnits(append(b, ' '), at[k+1]-y)
			}
			x, y = at[4], at[5]
		case stepClose:
			b = append(b, 'z')
			x, y = startX, startY
		}
		at = at[numbers[s]:]
	}
	return b
}

func appendSVGRect(b []byte, at []int32) []byte {
	b = appendUnits(append(b, 'M'), at[0])
	b = appendUnits(append(b, ' '), at[1])
	b = appendSVGLine(b, at[2]-at[0], 0)
	b = appendSVGLine(b, 0, at[5]-at[1])
	return append(appendSVGLine(b, at[0]-at[2], 0), 'z')
}

func appendSVGLine(b []byte, dx, dy int32) []byte {
	switch {
	case dx == 0 && dy == 0:
		return b
	case dy == 0:
		return appendUnits(append(b, 'h'), dx)
	case dx == 0:
		return appendUnits(append(b, 'v'), dy)
	}
	b = appendUnits(append(b, 'l'), dx)
	return appendUnits(append(b, ' '), dy)
}

// appendUnits writes units as modules: "4", "-0.45".
func appendUnits(b []byte, v int32) []byte {
	if v < 0 {
		b = append(b, '-')
		v = -v
	}
	whole, rest := v/unit, v%unit
	switch { // most of a symbol's numbers are small
	case whole < 10:
		b = append(b, byte('0'+whole))
	case whole < 100:
		b = append(b, byte('0'+whole/10), byte('0'+whole%10))
	default:
		b = strconv.AppendInt(b, int64(whole), 10)
	}
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for rest > 0 {
		rest *= 10
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return b
}

// appendLengths writes width and height, the second in proportion.
func (d *Drawing) appendLengths(b []byte, size Size) []byte {
	for _, side := range [...]struct {
		name  string
		units int32
	}{{"width", d.width}, {"height", d.height}} {
		b = append(b, ` `+side.name+`="`...)
		switch {
		case size.pixels > 0:
			b = strconv.AppendFloat(b, inProportion(float64(size.pixels), side.units, d.width), 'f', -1, 64)
		case size.mm > 0:
			b = strconv.AppendFloat(b, inProportion(size.mm, side.units, d.width), 'f', -1, 64)
			b = append(b, "mm"...)
		default:
			b = append(appendUnits(b, side.units), "mm"...)
		}
		b = append(b, '"')
	}
	return b
}

// appendLogo writes the picture with its bytes inside, under the name that
// SVG 1.1 gives the link.
func (d *Drawing) appendLogo(b []byte) []byte {
	box := d.logoBox
	b = append(b, `<image x="`...)
	b = append(appendUnits(b, box.x), `" y="`...)
	b = append(appendUnits(b, box.y), `" width="`...)
	b = append(appendUnits(b, box.width), `" height="`...)
	b = append(appendUnits(b, box.height), `" preserveAspectRatio="none" xlink:href="data:image/png;base64,`...)
	b = base64.StdEncoding.AppendEncode(b, d.logo.png)
	return append(b, `"/>`...)
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
