package qr

import (
	"bytes"
	"image"
)

// raster is a picture of two colours as read back from a file: bands of equal
// rows from top to bottom. Bit x of a row, the highest bit of a byte first, is
// one pixel; 1 has the colour dark.
type raster struct {
	width, height int
	bands         []band
	light, dark   Color
}

type band struct {
	row    []byte
	height int
}

func (b band) dark(x int) bool { return b.row[x>>3]&(0x80>>(x&7)) != 0 }

// add appends one row below the others. The row is copied if it is kept.
func (r *raster) add(row []byte) {
	r.height++
	if n := len(r.bands); n > 0 && bytes.Equal(r.bands[n-1].row, row) {
		r.bands[n-1].height++
		return
	}
	r.bands = append(r.bands, band{bytes.Clone(row), 1})
}

// decodedModule is the width in pixels of a module of the picture that the
// decoder is given: enough for it to find its way, few enough to be quick.
const decodedModule = 3

// gray gives the picture for the decoder. Where every edge between light and
// dark lies on one grid of n pixels, as it must in a picture of whole modules,
// each n × n square of one colour becomes a smaller square: nothing that could
// mislead a decoder is lost, because a single stray pixel makes n 1, and then
// the picture is left as it is.
func (r *raster) gray() *image.Gray {
	columns, rows := r.edges()
	cell := gridOf(columns, gridOf(rows, 0))
	scale := scaling{1, 1}
	switch {
	case cell > decodedModule:
		scale = scaling{decodedModule, cell}
	case cell == 1 && r.width*r.height <= maxEnlarged:
		scale = scaling{decodedModule, 1}
	}
	left, top := first(columns), first(rows)
	xs, ys := scale.pixels(r.width, left), scale.pixels(r.height, top)
	img := image.NewGray(image.Rect(0, 0, len(xs), len(ys)))
	light, dark := r.light.gray(), r.dark.gray()
	at, end := 0, 0 // the band that holds row y
	for i, y := range ys {
		for end <= y {
			end += r.bands[at].height
			at++
		}
		line := img.Pix[i*img.Stride:][:len(xs)]
		for j, x := range xs {
			if r.bands[at-1].dark(x) {
				line[j] = dark
			} else {
				line[j] = light
			}
		}
	}
	return img
}

// maxEnlarged bounds, in pixels, the pictures of one pixel a module that are
// enlarged: SVGs up to version 40 with the widest quiet zone.
const maxEnlarged = (177 + 2*MaxQuietZone) * (177 + 2*MaxQuietZone)

// edges gives the columns and the rows at which the colour changes, without
// repeats and in no order.
func (r *raster) edges() (columns, rows []int) {
	seen := make([]bool, r.width)
	y := 0
	for i, b := range r.bands {
		if i > 0 {
			rows = append(rows, y)
		}
		y += b.height
		var before byte // the last bit of the byte before
		for k, v := range b.row {
			if change := v ^ (v>>1 | before<<7); change != 0 {
				for bit := range 8 {
					if x := k*8 + bit; change&(0x80>>bit) != 0 && x > 0 && x < r.width {
						seen[x] = true
					}
				}
			}
			before = v & 1
		}
	}
	for x, s := range seen {
		if s {
			columns = append(columns, x)
		}
	}
	return columns, rows
}

// gridOf gives the greatest n of which all distances between the edges, and
// the n given, are multiples.
func gridOf(edges []int, n int) int {
	for _, e := range edges {
		n = gcd(n, e-edges[0])
	}
	return n
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func first(edges []int) int {
	if len(edges) == 0 {
		return 0
	}
	return edges[0]
}

// scaling turns every from pixels into to pixels.
type scaling struct{ to, from int }

// pixels lists for each column of the new picture the column of the old one
// that it shows. Squares begin at origin; what lies before it and what does
// not fill a square is margin, of which whole pixels are kept.
func (s scaling) pixels(width, origin int) []int {
	before := origin * s.to / s.from
	after := (width - origin) * s.to / s.from
	list := make([]int, before+after)
	for i := range list {
		// The middle of the new pixel, in halves, counted from the origin.
		middle := (2*(i-before) + 1) * s.from
		x := origin + floorDiv(middle, 2*s.to)
		list[i] = min(max(x, 0), width-1)
	}
	return list
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
