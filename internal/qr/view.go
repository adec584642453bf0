package qr

import (
	"encoding/binary"
	"fmt"
	"image"
)

// viewModule is how many pixels of a module the decoder is given: enough for
// it to find its way, few enough to be quick. Of a larger picture each pixel
// of the view is the mean of what it covers, as in a camera.
const viewModule = 4

// view is a picture in grey that the decoder is given: a file as it comes out
// of its reader, row by row, cut to the drawing and made smaller.
type view struct {
	gray    *image.Gray
	modules int // how wide it is
	module  int // pixels of a module in gray

	from      int // pixels of a module in the file
	left, top int // pixels before the drawing in the file
	y         int // rows read
	line      []uint32
	sums      []uint32 // of the row of the view that is being filled
}

// newView prepares for a file of so many pixels with a drawing of so many
// modules, placed as canvas does, and a module of at most so many pixels.
func newView(fileWidth, modules, high, module int) *view {
	from := max(1, fileWidth/modules)
	rest := fileWidth - from*modules
	module = min(from, module)
	return &view{
		gray: image.NewGray(image.Rect(0, 0, modules*module, high*module)), modules: modules, module: module,
		from: from, left: rest / 2, top: rest / 2,
		line: make([]uint32, modules*module), sums: make([]uint32, modules*module),
	}
}

// checkPixels refuses a picture that is smaller than a drawing of so many
// modules, or larger than any of ours.
func checkPixels(width, height, modules int) error {
	if width < max(modules, 1) || height < 1 || width > MaxPixels || height > MaxPixels {
		return fmt.Errorf("picture is %d × %d pixels", width, height)
	}
	return nil
}

// add takes the next rows of the file, all alike, with a byte for each pixel.
func (v *view) add(row []byte, times int) {
	height := v.gray.Rect.Dy()
	first := max(0, v.top-v.y)
	v.y += times
	if first >= times || v.y <= v.top {
		return
	}
	v.shrink(row)
	// From here on heights are in 1/module of a file's pixel, so that a pixel
	// of the view is from high.
	start := (v.y - times + first - v.top) * v.module
	for end := (v.y - v.top) * v.module; start < end; {
		y := start / v.from
		if y >= height {
			return
		}
		stop := min(end, (y+1)*v.from)
		sums := v.sums[:len(v.line)]
		for x, value := range v.line {
			sums[x] += value * uint32(stop-start)
		}
		if start = stop; start == (y+1)*v.from {
			area := uint32(v.from * v.from) // at most MaxPixels/21 squared, so that 255 times it fits
			to := v.gray.Pix[y*v.gray.Stride:][:len(sums)]
			for x, sum := range sums {
				to[x] = uint8((sum + area/2) / area)
			}
			clear(sums)
		}
	}
}

// shrink sums a row up to the view's pixels: each is from wide, in 1/module of
// a file's pixel. A file's pixel that two of them share counts whole, less what
// belongs to the other one.
func (v *view) shrink(row []byte) {
	row = row[v.left:]
	whole, part := v.from/v.module, v.from%v.module
	x, before := 0, 0 // the file's pixel, and how much of it belongs to the view's pixel before
	for i := range v.line {
		next, after := x+whole, before+part
		if after >= v.module {
			next, after = next+1, after-v.module
		}
		sum := uint32(0)
		if n := next - x; n <= 8 && x+8 <= len(row) {
			sum = total(binary.LittleEndian.Uint64(row[x:]) << (64 - 8*n)) // nearly always, and this is where the time goes
		} else {
			for _, value := range row[x:next] {
				sum += uint32(value)
			}
		}
		sum = sum*uint32(v.module) - uint32(before)*uint32(row[x])
		if after > 0 {
			sum += uint32(after) * uint32(row[next])
		}
		v.line[i] = sum
		x, before = next, after
	}
}

// total sums up eight bytes: in pairs, then all four pairs by a product, in
// whose highest part they meet.
func total(bytes uint64) uint32 {
	const low, each = 0x00FF00FF00FF00FF, 0x0001000100010001
	return uint32((bytes&low + bytes>>8&low) * each >> 48)
}
