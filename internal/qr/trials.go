package qr

import (
	"image"
)

// try reads the picture as it is and after what happens to prints, and grades
// it.
func try(v *view, want string) Report {
	r := Report{}
	if r.err = Verify(v.gray, want); r.err != nil {
		r.Trials = []Trial{{"as it is", false}}
		return r
	}
	r.Trials = append(r.Trials, Trial{"as it is", true})
	failed := 0
	for _, t := range [...]struct {
		name  string
		spoil func(*view) *image.Gray
	}{
		{"blurred", blurred},
		{"at 2 pixels a module", small},
		{"in poor light, without colours", dim},
		{"with a tenth of it dirty", dirty},
	} {
		passed := Verify(t.spoil(v), want) == nil
		r.Trials = append(r.Trials, Trial{t.name, passed})
		if !passed {
			failed++
		}
	}
	r.Grade = [...]Grade{GradeA, GradeB, GradeC, GradeC, GradeC}[failed]
	return r
}

// blurred is the picture out of focus: each pixel is the mean of a square as
// wide as a module, twice.
func blurred(v *view) *image.Gray {
	m := v.gray
	for range 2 {
		m = boxBlur(m, v.module/2)
	}
	return m
}

// boxBlur gives each pixel the mean of the square that reaches so far from it.
func boxBlur(in *image.Gray, reach int) *image.Gray {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out, across := image.NewGray(in.Rect), image.NewGray(in.Rect)
	blurLines(across.Pix, in.Pix, w, h, 1, in.Stride, reach)
	blurLines(out.Pix, across.Pix, h, w, in.Stride, 1, reach)
	return out
}

// blurLines blurs in one direction: lines of length n, step apart from pixel
// to pixel and stride from line to line.
func blurLines(out, in []uint8, n, lines, step, stride, reach int) {
	for l := range lines {
		at := l * stride
		sum, count := 0, 0
		for i := range min(reach, n) {
			sum += int(in[at+i*step])
			count++
		}
		for i := range n {
			if i+reach < n {
				sum += int(in[at+(i+reach)*step])
				count++
			}
			if i-reach-1 >= 0 {
				sum -= int(in[at+(i-reach-1)*step])
				count--
			}
			out[at+i*step] = uint8((sum + count/2) / count)
		}
	}
}

// small is the picture from far away.
func small(v *view) *image.Gray {
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
func dim(v *view) *image.Gray {
	out := image.NewGray(v.gray.Rect)
	noise := uint32(1)
	for i, p := range v.gray.Pix {
		noise = noise*1664525 + 1013904223
		out.Pix[i] = uint8(60 + int(p)/3 + int(noise>>28) - 8)
	}
	return out
}

// dirty is the picture with a spot of a tenth of its area, half way to the
// lower right corner, where no finder pattern is.
func dirty(v *view) *image.Gray {
	out := image.NewGray(v.gray.Rect)
	copy(out.Pix, v.gray.Pix)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	side := w * 316 / 1000 // √0.1
	for y := h * 55 / 100; y < min(h, h*55/100+side); y++ {
		for x := w * 55 / 100; x < min(w, w*55/100+side); x++ {
			out.Pix[y*out.Stride+x] = 90
		}
	}
	return out
}
