package pdf

import (
	"fmt"
	"slices"
)

// Page is a page in the making. What is drawn later lies on top.
type Page struct {
	w             *Writer
	width, height float64
	content       []byte
	images        []int
}

// Shapes draws the operators of a content stream (PDF 1.4 §4.4) in a frame of
// their own: its origin is at x, y, its unit is scale millimetres long, and
// its y axis points down, like the page's.
func (p *Page) Shapes(x, y, scale float64, operators []byte) {
	s := finite(scale) * perMM
	// The conversions keep a processor from joining a product and a sum in one
	// step, which rounds differently.
	top := p.height*perMM - float64(finite(y)*perMM)
	p.content = fmt.Appendf(p.content, "q %s 0 0 %s %s %s cm\n", decimal(s), decimal(-s), decimal(finite(x)*perMM), decimal(top))
	p.content = append(p.content, operators...)
	p.content = append(p.content, "Q\n"...)
}

// Color is sRGB, 8 bits a channel.
type Color struct{ R, G, B uint8 }

// AppendFill appends the operator that chooses the colour of shapes.
func AppendFill(b []byte, c Color) []byte {
	return fmt.Appendf(b, "%s %s %s rg\n", channel(c.R), channel(c.G), channel(c.B))
}

// channel writes a share of 255 so that it comes back as the same number.
func channel(v uint8) string {
	s := fmt.Sprintf("%.4f", float64(v)/255)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// Rule draws a black line of the given width from one point to another.
func (p *Page) Rule(x0, y0, x1, y1, width float64) {
	at := func(x, y float64) string {
		return decimal(finite(x)*perMM) + " " + decimal(p.height*perMM-float64(finite(y)*perMM))
	}
	p.content = fmt.Appendf(p.content, "q %s w %s m %s l S Q\n", decimal(finite(width)*perMM), at(x0, y0), at(x1, y1))
}

// Picture is an image for Page.Picture: three bytes a pixel, row by row, and
// where not nil one byte a pixel that says how opaque it is. Both are zlib
// streams (PDF's FlateDecode). Key tells pictures apart: each is written once,
// however often it is drawn.
type Picture struct {
	Key           string
	Width, Height int
	RGB, Alpha    []byte
}

// Picture draws a picture into the rectangle with its corner at x, y.
func (p *Page) Picture(picture Picture, x, y, width, height float64) {
	n := p.w.picture(picture)
	if !slices.Contains(p.images, n) {
		p.images = append(p.images, n)
	}
	bottom := p.height*perMM - float64(finite(y+height)*perMM)
	p.content = fmt.Appendf(p.content, "q %s 0 0 %s %s %s cm /I%d Do Q\n",
		decimal(finite(width)*perMM), decimal(finite(height)*perMM), decimal(finite(x)*perMM), decimal(bottom), n)
}

// picture writes the picture's objects, once.
func (w *Writer) picture(picture Picture) int {
	if n, ok := w.images[picture.Key]; ok {
		return n
	}
	head := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/Filter/FlateDecode", picture.Width, picture.Height)
	mask := ""
	if picture.Alpha != nil {
		n := w.number()
		w.stream(n, head+"/ColorSpace/DeviceGray", picture.Alpha)
		mask = fmt.Sprintf("/SMask %d 0 R", n)
	}
	n := w.number()
	w.stream(n, head+"/ColorSpace/DeviceRGB"+mask, picture.RGB)
	w.images[picture.Key] = n
	return n
}
