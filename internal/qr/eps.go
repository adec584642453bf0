package qr

import (
	"bytes"
	"encoding/ascii85"
	"fmt"
	"math"
	"strconv"
	"strings"

	"qrgen/internal/pdf"
)

const (
	pointsPerMM = 72 / mmPerInch
	pixelsPerMM = 96 / mmPerInch // what a pixel of CSS and SVG measures
)

// onPaper gives the drawing's width and height in mm, for files made of
// shapes: a size in pixels counts 96 to the inch, as in SVG.
func (d *Drawing) onPaper(size Size) (width, height float64) {
	switch {
	case size.mm > 0:
		width = size.mm
	case size.pixels > 0:
		width = float64(size.pixels) / pixelsPerMM
	default:
		width = d.Width()
	}
	return width, inProportion(width, d.height, d.width)
}

// pdf writes the drawing as a PDF of one page, exactly as large as it is.
func (d *Drawing) pdf(size Size, title string) ([]byte, error) {
	var b bytes.Buffer
	w := pdf.New(&b, pdf.Options{Title: title})
	width, height := d.onPaper(size)
	d.Place(w.Page(width, height), 0, 0, width)
	err := w.Close()
	return b.Bytes(), err
}

// epsShort gives the operators the names that PDF has for them.
const epsShort = `%%BeginProlog
/qrgen 8 dict def qrgen begin
/m {moveto} bind def
/l {lineto} bind def
/c {curveto} bind def
/h {closepath} bind def
/f {fill} bind def
/rg {setrgbcolor} bind def
end
%%EndProlog
`

// eps writes the drawing as Encapsulated PostScript 3.0, for layout programs
// and printers that take no PDF. PostScript knows no opacity: a logo lies on
// the light colour.
func (d *Drawing) eps(size Size, title string) []byte {
	width, height := d.onPaper(size)
	width, height = width*pointsPerMM, height*pointsPerMM
	exact := func(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }
	b := []byte("%!PS-Adobe-3.0 EPSF-3.0\n")
	b = fmt.Appendf(b, "%%%%BoundingBox: 0 0 %d %d\n", int(math.Ceil(width-1e-6)), int(math.Ceil(height-1e-6)))
	b = fmt.Appendf(b, "%%%%HiResBoundingBox: 0 0 %s %s\n", exact(width), exact(height))
	b = fmt.Appendf(b, "%%%%Title: %s\n%%%%Creator: qrgen\n%%%%LanguageLevel: 3\n%%%%DocumentData: Clean7Bit\n%%%%EndComments\n", plainASCII(title))
	b = append(b, epsShort...)
	b = fmt.Appendf(b, "gsave qrgen begin\n0 %s translate %s %s scale\n", exact(height), exact(width/d.Width()), exact(-width/d.Width()))
	b = d.appendOperators(b)
	if d.logo != nil {
		b = d.appendEPSLogo(b)
	}
	return append(b, "end grestore\n%%EOF\n"...)
}

// appendEPSLogo writes the picture as text (ASCII85) that holds a zlib stream.
func (d *Drawing) appendEPSLogo(b []byte) []byte {
	w, h := d.logo.Size()
	data := newDeflater(nil)
	line := make([]byte, 3*w)
	for y := range h {
		for x := range w {
			p := d.logo.pixels.Pix[d.logo.pixels.PixOffset(x, y):]
			for k, light := range [...]uint8{d.light.R, d.light.G, d.light.B} {
				line[3*x+k] = uint8((int(p[k])*int(p[3]) + int(light)*(255-int(p[3])) + 127) / 255)
			}
		}
		data.rows(line, 3, 1)
	}
	z := data.close()
	text := make([]byte, ascii85.MaxEncodedLen(len(z)))
	text = text[:ascii85.Encode(text, z)]
	b = append(b, "gsave "...)
	for _, v := range [...]int32{d.logoBox.x, d.logoBox.y} {
		b = append(appendUnits(b, v), ' ')
	}
	b = append(b, "translate "...)
	for _, v := range [...]int32{d.logoBox.width, d.logoBox.height} {
		b = append(appendUnits(b, v), ' ')
	}
	b = fmt.Appendf(b, "scale /DeviceRGB setcolorspace\n<</ImageType 1 /Width %d /Height %d /BitsPerComponent 8 /Decode [0 1 0 1 0 1] /ImageMatrix [%d 0 0 %d 0 0]\n"+
		"/DataSource currentfile /ASCII85Decode filter /FlateDecode filter>> image\n", w, h, w, h)
	for len(text) > 0 {
		n := min(len(text), 80)
		b = append(append(b, text[:n]...), '\n')
		text = text[n:]
	}
	return append(b, "~>\ngrestore\n"...)
}

// plainASCII writes text for a comment: one short line of ASCII.
func plainASCII(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
	return s[:min(len(s), 200)]
}
