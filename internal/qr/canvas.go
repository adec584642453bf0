package qr

import (
	"bytes"
	"image"
)

// shades is how many steps there are from light to dark at the edge of a round
// shape; they fit in half a byte.
const shades = 16

// canvas is a drawing at a size in pixels. Each module is a whole number of
// pixels, the same for all; pixels that are left over widen the margin evenly,
// so that the picture is exactly as wide as was asked for.
type canvas struct {
	d             *Drawing
	width, height int // pixels
	module        int // pixels a module
	left, top     int // pixels before the drawing
}

// minModulePixels is the smallest width of a module: zbar reads no symbol of 1
// pixel a module and all of 2.
const minModulePixels = 2

// canvas sizes the drawing's pixels. A size with less than 2 pixels a module,
// or above MaxPixels, is Invalid on the field "size" or "mm".
func (d *Drawing) canvas(size Size) (canvas, error) {
	width, err := size.width()
	if err != nil {
		return canvas{}, err
	}
	modules := int(d.width / unit)
	module := width / modules
	if module < minModulePixels {
		return canvas{}, size.tooSmall(modules)
	}
	rest := width - module*modules
	height := int(d.height/unit)*module + rest
	if height > MaxPixels {
		return canvas{}, size.tooHigh(height)
	}
	return canvas{d, width, height, module, rest / 2, rest / 2}, nil
}

// bandRows is how many rows of pixels are made at a time.
const bandRows = 32

// rows calls f with each row from top to bottom, equal neighbours once: a byte
// for each pixel, 0 (light) to shades-1 (dark). The row is only lent.
func (c canvas) rows(f func(row []byte, times int)) {
	m := merger{f: f}
	if c.d.whole {
		c.wholeRows(m.add)
	} else {
		c.shadedRows(m.add)
	}
	f(m.last, m.times)
}

// merger joins equal rows that follow each other.
type merger struct {
	f     func(row []byte, times int)
	last  []byte
	times int
}

func (m *merger) add(row []byte, times int) {
	switch {
	case times == 0:
		return
	case m.times > 0 && bytes.Equal(row, m.last):
		m.times += times
		return
	case m.times > 0:
		m.f(m.last, m.times)
	}
	m.last, m.times = append(m.last[:0], row...), times
}

// shadedRows gives the rows of any drawing.
func (c canvas) shadedRows(f func(row []byte, times int)) {
	fill := newFiller(c.d.ink, ratio{int64(c.module), 1}, c.left, c.top, c.width)
	coverage := make([][]uint16, bandRows)
	for i := range coverage {
		coverage[i] = make([]uint16, c.width)
	}
	row := make([]byte, c.width)
	for y := 0; y < c.height; y += bandRows {
		band := coverage[:min(bandRows, c.height-y)]
		fill.band(y, band)
		for _, cover := range band {
			for x, v := range cover {
				row[x] = byte((uint32(v)*(shades-1) + subpixel/2) >> subpixelBits)
			}
			f(row, 1)
		}
	}
}

// wholeRows gives the rows of a drawing without shades: one for each row of
// modules.
func (c canvas) wholeRows(f func(row []byte, times int)) {
	modules, high := int(c.d.width/unit), int(c.d.height/unit)
	fill := newFiller(c.d.ink, ratio{1, 1}, 0, 0, modules)
	cover := [][]uint16{make([]uint16, modules)}
	row := make([]byte, c.width)
	f(row, c.top)
	for y := range high {
		fill.band(y, cover)
		x := c.left
		for _, v := range cover[0] {
			shade := byte(0)
			if v > subpixel/2 {
				shade = shades - 1
			}
			setAll(row[x:x+c.module], shade)
			x += c.module
		}
		f(row, c.module)
	}
	clear(row)
	f(row, c.height-c.top-high*c.module)
}

// setAll gives every place of a list the same value.
func setAll[T any](list []T, value T) {
	for i := range list {
		list[i] = value
	}
}

// logo gives the logo at its size on the canvas and where its corner is; nil
// where there is none.
func (c canvas) logo() (picture *image.NRGBA, x, y int) {
	if c.d.logo == nil {
		return nil, 0, 0
	}
	pixel := func(v int32) int { return int(divide(int64(v)*int64(c.module), unit)) }
	b := c.d.logoBox
	x0, y0, x1, y1 := pixel(b.x), pixel(b.y), pixel(b.x+b.width), pixel(b.y+b.height)
	return resample(c.d.logo.pixels, max(1, x1-x0), max(1, y1-y0)), c.left + x0, c.top + y0
}

// ramp gives the colour of each shade and how opaque it is.
func (d *Drawing) ramp() (colors [shades]Color, alpha [shades]uint8) {
	mix := func(light, dark uint8, i int) uint8 {
		return uint8((int(light)*(shades-1-i) + int(dark)*i + (shades-1)/2) / (shades - 1))
	}
	for i := range shades {
		colors[i] = Color{mix(d.light.R, d.dark.R, i), mix(d.light.G, d.dark.G, i), mix(d.light.B, d.dark.B, i)}
		alpha[i] = 255
		if d.transparent {
			colors[i], alpha[i] = d.dark, uint8(i*255/(shades-1))
		}
	}
	return colors, alpha
}

// colorRows calls f with each row from top to bottom as red, green, blue and
// opacity, equal neighbours once. The row is only lent.
func (c canvas) colorRows(f func(row []byte, times int)) {
	colors, alpha := c.d.ramp()
	logo, left, top := c.logo()
	row := make([]byte, 4*c.width)
	y := 0
	c.rows(func(shade []byte, times int) {
		for x, v := range shade {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = colors[v].R, colors[v].G, colors[v].B, alpha[v]
		}
		if logo == nil || y+times <= top || y >= top+logo.Rect.Dy() {
			f(row, times)
			y += times
			return
		}
		plain := bytes.Clone(row[4*left : 4*(left+logo.Rect.Dx())])
		for range times {
			part := row[4*left:][:len(plain)]
			copy(part, plain)
			if line := y - top; line >= 0 && line < logo.Rect.Dy() {
				over(part, logo.Pix[line*logo.Stride:][:len(plain)])
			}
			f(row, 1)
			y++
		}
	})
}

// over lays pixels over those that are there, both with opacity.
func over(below, above []byte) {
	for i := 0; i+3 < len(below); i += 4 {
		a := uint32(above[i+3])
		under := uint32(below[i+3]) * (255 - a) / 255
		sum := a + under
		if sum == 0 {
			continue
		}
		for k := range 3 {
			below[i+k] = uint8((uint32(above[i+k])*a + uint32(below[i+k])*under + sum/2) / sum)
		}
		below[i+3] = uint8(sum)
	}
}
