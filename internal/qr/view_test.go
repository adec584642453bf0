package qr

import (
	"image"
	"math/rand/v2"
	"testing"
)

// A pixel of the view is the mean of what it covers, whatever the sizes.
func TestViewIsTheMean(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		modules, high := 1+r.IntN(8), 1+r.IntN(4)
		from := 1 + r.IntN(40)
		rest := r.IntN(modules)
		width := modules*from + rest
		file := image.NewGray(image.Rect(0, 0, width, high*from+rest))
		v := newView(width, modules, high, viewModule)
		for y := 0; y < file.Rect.Dy(); {
			row := file.Pix[y*file.Stride:][:width]
			for x := range row {
				row[x] = uint8(r.UintN(256))
			}
			times := min(1+r.IntN(12), file.Rect.Dy()-y)
			for range times {
				copy(file.Pix[y*file.Stride:], row)
				y++
			}
			v.add(row, times)
		}
		for y := range v.gray.Rect.Dy() {
			for x := range v.gray.Rect.Dx() {
				// Everything in 1/module of a pixel.
				sum := 0
				for sy := y * from; sy < (y+1)*from; sy++ {
					for sx := x * from; sx < (x+1)*from; sx++ {
						sum += int(file.GrayAt(rest/2+sx/v.module, rest/2+sy/v.module).Y)
					}
				}
				if got, want := int(v.gray.GrayAt(x, y).Y), (sum+from*from/2)/(from*from); got != want {
					t.Fatalf("%d modules of %d px with %d over: %d, %d is %d, want %d", modules, from, rest, x, y, got, want)
				}
			}
		}
	}
}

// A picture out of focus: each pixel is the mean of its neighbours, and the
// last ones have themselves for those that are missing.
func TestSoften(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		in := image.NewGray(image.Rect(0, 0, 1+r.IntN(20), 1+r.IntN(20)))
		for i := range in.Pix {
			in.Pix[i] = uint8(r.UintN(256))
		}
		out := soften(in)
		for y := range in.Rect.Dy() {
			for x := range in.Rect.Dx() {
				sum := 4
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						sum += int(in.GrayAt(min(max(x+dx, 0), in.Rect.Dx()-1), min(max(y+dy, 0), in.Rect.Dy()-1)).Y)
					}
				}
				if got := int(out.GrayAt(x, y).Y); got != sum/9 {
					t.Fatalf("%v: %d, %d is %d, want %d", in.Rect, x, y, got, sum/9)
				}
			}
		}
	}
}

// A picture with less than a pixel a module is refused, not looked at.
func TestReadersRefuseNarrowPictures(t *testing.T) {
	t.Parallel()
	d := drawn(t, mustEncode(t, shortURL, M), DefaultStyle())
	for _, format := range []Format{FormatPNG, FormatJPEG, FormatWebP} {
		image, err := d.file(Request{Format: format, Size: Size{pixels: 99}})
		if err != nil {
			t.Fatal(err)
		}
		narrow := *d
		narrow.width = 200 * unit
		if _, err := look(image.Data, format, Size{}, &narrow); err == nil {
			t.Errorf("%v: 99 pixels for 200 modules are read", format)
		}
	}
}
