package qr

import (
	"image"
)

// spoils are what happens to prints, and to pictures of them.
var spoils = [...]struct {
	name string
	do   func(v *view, symbol box) *image.Gray
}{
	{"blurred", blurred},
	{"at 2 pixels a module", small},
	{"in poor light, without colours", dim},
	{"with a tenth of it dirty", dirty},
}

// try reads the picture as it is and spoilt, and grades it.
func try(v *view, symbol box, want string) Report {
	r := Report{Trials: []Trial{{Name: "as it is"}}}
	if r.err = seen(v.gray, symbol, v.modules, want); r.err != nil {
		return r
	}
	r.Trials[0].Passed = true
	failed := 0
	for _, s := range spoils {
		passed := seen(s.do(v, symbol), symbol, v.modules, want) == nil
		r.Trials = append(r.Trials, Trial{s.name, passed})
		if !passed {
			failed++
		}
	}
	r.Grade = max(GradeA-Grade(failed), GradeC)
	return r
}

// seen reads a picture whole or, as somebody who scans would hold the phone,
// with what is round the symbol and its quiet zone cut off: gozxing 0.1.1 takes
// text beside a symbol for a part of it.
func seen(m *image.Gray, symbol box, modules int, want string) error {
	err := Verify(m, want)
	if err == nil {
		return nil
	}
	pixels := func(units int32) int { return int(int64(units) * int64(m.Rect.Dx()) / (int64(modules) * unit)) }
	quiet := min(symbol.x, 4*unit)
	part := m.SubImage(image.Rect(
		pixels(symbol.x-quiet), pixels(symbol.y-quiet),
		pixels(symbol.x+symbol.width+quiet), pixels(symbol.y+symbol.height+quiet))).(*image.Gray)
	if part.Rect == m.Rect {
		return err
	}
	return Verify(part, want)
}

// blurred is the picture out of focus, by a little over a quarter of a module
// (standard deviation).
func blurred(v *view, _ box) *image.Gray {
	switch v.module {
	case viewModule:
		return soften(soften(v.gray))
	case minModulePixels:
		return soften(soften(doubled(v.gray)))
	}
	return soften(v.gray)
}

// doubled is the picture with four pixels for each.
func doubled(in *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, 2*in.Rect.Dx(), 2*in.Rect.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = in.Pix[y/2*in.Stride+x/2]
		}
	}
	return out
}

// soften gives each pixel the mean of the nine around it.
func soften(in *image.Gray) *image.Gray {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out := image.NewGray(in.Rect)
	sums := make([]uint32, w+2) // of three pixels, one below the other; the first and the last twice
	for y := range h {
		above, here, below := in.Pix[max(y-1, 0)*in.Stride:], in.Pix[y*in.Stride:], in.Pix[min(y+1, h-1)*in.Stride:]
		above, below = above[:w], below[:w]
		for x, v := range here[:w] {
			sums[x+1] = uint32(above[x]) + uint32(v) + uint32(below[x])
		}
		sums[0], sums[w+1] = sums[1], sums[w]
		row := out.Pix[y*out.Stride:][:w]
		left, middle := sums[0], sums[1]
		for x, right := range sums[2:][:w] {
			row[x] = uint8((left + middle + right + 4) / 9)
			left, middle = middle, right
		}
	}
	return out
}

// small is the picture from far away.
func small(v *view, _ box) *image.Gray {
	if v.module <= minModulePixels {
		return v.gray
	}
	w := v.gray.Rect.Dx()
	far := newView(w, w/v.module, v.gray.Rect.Dy()/v.module, minModulePixels)
	for y := range v.gray.Rect.Dy() {
		far.add(v.gray.Pix[y*v.gray.Stride:][:w], 1)
	}
	return far.gray
}

// dim is the picture with a third of its contrast, and grain.
func dim(v *view, _ box) *image.Gray {
	out := image.NewGray(v.gray.Rect)
	noise := uint32(1)
	for i, p := range v.gray.Pix {
		noise = noise*1664525 + 1013904223
		out.Pix[i] = uint8(60 + int(p)/3 + int(noise>>28) - 8)
	}
	return out
}

// dirty is the picture with a spot of a tenth of the symbol's area, half way
// to the lower right corner, where no finder pattern is.
func dirty(v *view, symbol box) *image.Gray {
	out := image.NewGray(v.gray.Rect)
	copy(out.Pix, v.gray.Pix)
	pixels := func(units int32) int { return int(int64(units) * int64(v.module) / unit) }
	side := pixels(symbol.width * 316 / 1000) // √0.1
	left, top := pixels(symbol.x+symbol.width*55/100), pixels(symbol.y+symbol.height*55/100)
	for y := top; y < top+side; y++ {
		for x := left; x < left+side; x++ {
			out.Pix[y*out.Stride+x] = 90
		}
	}
	return out
}
