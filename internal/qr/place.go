package qr

import "qrgen/internal/pdf"

// Place draws the drawing on a page of a PDF, its top left corner at x, y and
// so many mm wide, everything in mm from the page's top left corner.
func (d Drawing) Place(page *pdf.Page, x, y, width float64) {
	scale := width / d.Width()
	page.Shapes(x, y, scale, d.appendOperators(nil))
	if d.logo != nil {
		b := d.logoBox
		page.Picture(d.logo.pdf(), x+float64(b.x)/unit*scale, y+float64(b.y)/unit*scale, float64(b.width)/unit*scale, float64(b.height)/unit*scale)
	}
}

// appendOperators writes background and ink in the operators that PDF and our
// EPS share: m, l, c, h, f, rg.
func (d *Drawing) appendOperators(b []byte) []byte {
	if !d.transparent {
		b = pdf.AppendFill(b, pdf.Color(d.light))
		var all path
		all.rect(0, 0, d.width, d.height)
		b = append(all.appendOperators(b), "f\n"...)
	}
	b = pdf.AppendFill(b, pdf.Color(d.dark))
	return append(d.ink.appendOperators(b), "f\n"...)
}

// appendOperators writes the path, coordinates in modules.
func (p *path) appendOperators(b []byte) []byte {
	at := p.at
	for _, s := range p.steps {
		n := numbers[s]
		for _, v := range at[:n] {
			b = append(appendUnits(b, v), ' ')
		}
		b = append(b, "mlch"[s], '\n')
		at = at[n:]
	}
	return b
}

// pdf gives the logo as PDF holds pictures.
func (l *Logo) pdf() pdf.Picture {
	width, height := l.Size()
	rgb, alpha := newDeflater(nil), newDeflater(nil)
	opaque := true
	line, cover := make([]byte, 3*width), make([]byte, width)
	for y := range height {
		for x := range width {
			p := l.pixels.Pix[l.pixels.PixOffset(x, y):]
			copy(line[3*x:], p[:3])
			cover[x] = p[3]
			opaque = opaque && p[3] == 255
		}
		rgb.rows(line, 3, 1)
		alpha.rows(cover, 1, 1)
	}
	picture := pdf.Picture{Key: l.hash, Width: width, Height: height, RGB: rgb.close(), Alpha: alpha.close()}
	if opaque {
		picture.Alpha = nil
	}
	return picture
}
