package qr

import (
	"cmp"
	"slices"
)

// filler turns a path into pixels, band by band from top to bottom. The share
// of each pixel that lies inside is exact but for rounding, and all arithmetic
// is in integers: the same on every machine.
type filler struct {
	width int
	edges []edge // sorted by y0
	next  int    // edges before it have ended above the last band
	sums  []int32
}

// edge is a straight line downwards, y0 < y1, in 1/256 of a pixel; winding is
// 1, or -1 where the path runs upwards.
type edge struct {
	x0, y0, x1, y1 int32
	winding        int32
}

// subpixel is how finely a pixel is divided, in each direction.
const (
	subpixelBits = 8
	subpixel     = 1 << subpixelBits
)

// ratio scales units to pixels: a module is num/den pixels wide.
type ratio struct{ num, den int64 }

// subpixels gives a coordinate in 1/256 of a pixel, rounded.
func (r ratio) subpixels(v int32) int32 {
	n, d := int64(v)*r.num*subpixel*2+r.den*unit, 2*r.den*unit
	if n < 0 {
		n -= d - 1
	}
	return int32(n / d)
}

// newFiller takes a path to be drawn at a scale with its origin at left, top,
// in pixels.
func newFiller(p path, scale ratio, left, top, width int) *filler {
	f := &filler{width: width, edges: make([]edge, 0, len(p.at))}
	dx, dy := int32(left)<<subpixelBits, int32(top)<<subpixelBits
	var startX, startY, x, y int32
	at := p.at
	point := func(i int) (int32, int32) { return scale.subpixels(at[i]) + dx, scale.subpixels(at[i+1]) + dy }
	for _, s := range p.steps {
		switch s {
		case stepMove:
			x, y = point(0)
			startX, startY = x, y
		case stepLine:
			nx, ny := point(0)
			f.line(x, y, nx, ny)
			x, y = nx, ny
		case stepCurve:
			ax, ay := point(0)
			bx, by := point(2)
			nx, ny := point(4)
			f.curve([8]int32{x, y, ax, ay, bx, by, nx, ny})
			x, y = nx, ny
		case stepClose:
			f.line(x, y, startX, startY)
			x, y = startX, startY
		}
		at = at[numbers[s]:]
	}
	slices.SortStableFunc(f.edges, func(a, b edge) int { return cmp.Compare(a.y0, b.y0) })
	return f
}

func (f *filler) line(x0, y0, x1, y1 int32) {
	switch {
	case y0 < y1:
		f.edges = append(f.edges, edge{x0, y0, x1, y1, 1})
	case y0 > y1:
		f.edges = append(f.edges, edge{x1, y1, x0, y0, -1})
	}
}

// curve adds a cubic Bézier curve as straight lines, more of them the longer
// it is.
func (f *filler) curve(c [8]int32) {
	length := int64(0)
	for i := range 6 {
		length += abs64(int64(c[i+2] - c[i]))
	}
	n := int64(4)
	for n < 64 && n*n*subpixel*2 < length*4 {
		n *= 2
	}
	x, y := c[0], c[1]
	for i := int64(1); i <= n; i++ {
		a, b := n-i, i
		w := [4]int64{a * a * a, 3 * a * a * b, 3 * a * b * b, b * b * b}
		var px, py int64
		for k := range 4 {
			px += w[k] * int64(c[2*k])
			py += w[k] * int64(c[2*k+1])
		}
		nx, ny := int32(divide(px, n*n*n)), int32(divide(py, n*n*n))
		f.line(x, y, nx, ny)
		x, y = nx, ny
	}
}

func abs64(v int64) int64 { return max(v, -v) }

// divide rounds to the nearest.
func divide(a, b int64) int64 {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

// band gives the coverage of the rows from y to before y+len(rows), 0 to 256 a
// pixel. Bands must be asked for from top to bottom.
func (f *filler) band(y int, rows [][]uint16) {
	stride := f.width + 2
	if need := stride * len(rows); cap(f.sums) < need {
		f.sums = make([]int32, need)
	}
	f.sums = f.sums[:stride*len(rows)]
	clear(f.sums)
	top, bottom := int32(y)<<subpixelBits, int32(y+len(rows))<<subpixelBits
	for f.next < len(f.edges) && f.edges[f.next].y1 <= top {
		f.next++
	}
	for _, e := range f.edges[f.next:] {
		if e.y0 >= bottom {
			break
		}
		if e.y1 > top {
			f.scan(e, top, bottom)
		}
	}
	for i, row := range rows {
		sum := int32(0)
		for x, v := range f.sums[i*stride:][:f.width] {
			sum += v
			row[x] = uint16(min(max(sum, -sum)>>(subpixelBits+1), subpixel))
		}
	}
}

// scan adds the part of an edge between top and bottom, row by row.
func (f *filler) scan(e edge, top, bottom int32) {
	from, to := max(e.y0, top), min(e.y1, bottom)
	x := e.at(from)
	for y := from; y < to; {
		row := (y - top) >> subpixelBits
		next := min(to, top+(row+1)<<subpixelBits)
		nx := e.at(next)
		f.add(f.sums[int(row)*(f.width+2):][:f.width+2], x, nx, (next-y)*e.winding)
		x, y = nx, next
	}
}

// at is where the edge is at height y.
func (e edge) at(y int32) int32 {
	if e.x0 == e.x1 {
		return e.x0
	}
	return e.x0 + int32(divide(int64(e.x1-e.x0)*int64(y-e.y0), int64(e.y1-e.y0)))
}

// add notes that from here on to the right, height more of a row is inside.
// The edge goes from xa to xb within the row: pixels under it get their share.
func (f *filler) add(sums []int32, xa, xb, height int32) {
	limit := int32(f.width) << subpixelBits
	xa, xb = min(max(min(xa, xb), 0), limit), min(max(xa, xb, 0), limit)
	first, last := xa>>subpixelBits, xb>>subpixelBits
	if first == last {
		part(sums, first, xa, xb, height)
		return
	}
	done := int32(0)
	for c := first; c <= last; c++ {
		from, to := max(xa, c<<subpixelBits), min(xb, (c+1)<<subpixelBits)
		until := int32(int64(height) * int64(to-xa) / int64(xb-xa))
		part(sums, c, from, to, until-done)
		done = until
	}
}

// part adds the piece of an edge that lies in one pixel.
func part(sums []int32, c, from, to, height int32) {
	right := from + to - 2*c<<subpixelBits // twice the mean distance from the pixel's left side
	sums[c] += height * (2*subpixel - right)
	sums[c+1] += height * right
}
