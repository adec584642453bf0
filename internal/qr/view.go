package qr

import "image"

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
	sums      []uint64 // of the row of the view that is being filled
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
		line: make([]uint32, modules*module), sums: make([]uint64, modules*module),
	}
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
		for x, value := range v.line {
			v.sums[x] += uint64(value) * uint64(stop-start)
		}
		if start = stop; start == (y+1)*v.from {
			area := uint64(v.from * v.from)
			for x, sum := range v.sums {
				v.gray.Pix[y*v.gray.Stride+x] = uint8((sum + area/2) / area)
				v.sums[x] = 0
			}
		}
	}
}

// shrink sums a row up to the view's pixels: each is from wide, in 1/module of
// a file's pixel.
func (v *view) shrink(row []byte) {
	row = row[min(v.left, len(row)):]
	x, have := 0, v.module // the file's pixel, and what is left of it
	for i := range v.line {
		sum := uint32(0)
		for need := v.from; need > 0; {
			if x >= len(row) {
				break
			}
			n := min(need, have)
			sum += uint32(row[x]) * uint32(n)
			need -= n
			if have -= n; have == 0 {
				x, have = x+1, v.module
			}
		}
		v.line[i] = sum
	}
}
