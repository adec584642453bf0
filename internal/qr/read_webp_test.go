package qr

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// webpOf makes a file of a stream.
func webpOf(write func(w *webpWriter)) []byte {
	w := &webpWriter{}
	write(w)
	w.flush()
	if len(w.out)%2 != 0 {
		w.out = append(w.out, 0)
	}
	out := append([]byte("RIFF"), make([]byte, 4)...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(w.out)+12))
	out = append(out, "WEBPVP8L"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(w.length))
	return append(out, w.out...)
}

// webpHeader begins a stream.
func webpHeader(w *webpWriter, width, height int, transparent uint32) {
	w.put(0x2F, 8)
	w.put(uint32(width-1), 14)
	w.put(uint32(height-1), 14)
	w.put(transparent, 1)
	w.put(0, 3)
}

// Any picture that has such steps is read, with codes of any length.
func TestWebPSteps(t *testing.T) {
	t.Parallel()
	for seed := range 60 {
		r := rand.New(rand.NewPCG(5, uint64(seed)))
		width, height := 16+r.IntN(40), 16+r.IntN(400)
		// The smaller k, the rarer the large values, and the longer their codes.
		k := 1 + r.IntN(8)
		value := func() byte {
			v := 0
			for v < 255 && r.IntN(k+1) > 0 {
				v++
			}
			return byte(v * 37)
		}
		transparent := r.IntN(2)
		var picture webpImage
		for n := 0; n < width*height; {
			before := len(picture.steps)
			times := min(1+r.IntN(1+r.IntN(9000)), width*height-n)
			switch {
			case n > 0 && r.IntN(4) == 0:
				picture.repeat(fromLeft, times)
			case n >= width && r.IntN(4) == 0:
				picture.repeat(fromAbove, times)
			default:
				alpha := byte(255)
				if transparent == 1 {
					alpha = value()
				}
				picture.literal(value(), value(), value(), alpha)
				times = 1
			}
			if len(picture.steps) == before {
				t.Fatal("no step")
			}
			n += times
		}
		if len(picture.steps) < 3 {
			continue // no picture of ours
		}
		data := webpOf(func(w *webpWriter) {
			webpHeader(w, width, height, uint32(transparent))
			w.put(0, 1)
			w.put(0, 2)
			picture.write(w)
		})
		if !agree(t, data, FormatWebP, Color{200, 220, 180}) {
			_, err := ReadBack(data, FormatWebP, width, height, White)
			t.Errorf("picture %d of %d × %d is not read: %v", seed, width, height, err)
		}
	}
}

func TestReadWebPRefuses(t *testing.T) {
	t.Parallel()
	plain := smallFiles(t, FormatWebP)["plain"]
	change := func(place int, to ...byte) []byte {
		return append(append(append([]byte(nil), plain[:place]...), to...), plain[place+len(to):]...)
	}
	const width, height = 16, 16
	colored := func(transparent uint32, steps func(m *webpImage)) []byte {
		return webpOf(func(w *webpWriter) {
			webpHeader(w, width, height, transparent)
			w.put(0, 1)
			w.put(0, 2)
			var m webpImage
			steps(&m)
			m.write(w)
		})
	}
	if !agree(t, colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255); m.repeat(fromLeft, width*height-1) }), FormatWebP, White) {
		t.Error("a picture of one colour is not read")
	}
	for name, file := range map[string][]byte{
		"empty":            nil,
		"PNG":              []byte(pngSignature),
		"lossy":            change(12, []byte("VP8 ")...),
		"another size":     change(4, plain[4]+2),
		"a longer picture": change(16, plain[16]+1),
		"no signature":     change(20, 0x2E),
		"version 1":        change(24, plain[24]|0x20),
		"a transform of another kind": webpOf(func(w *webpWriter) {
			webpHeader(w, width, height, 0)
			w.put(1, 1)
			w.put(2, 2) // green taken off
			w.put(0, 1)
			w.put(0, 2)
			m := webpImage{}
			m.literal(1, 2, 3, 255)
			m.repeat(fromLeft, width*height-1)
			m.write(w)
		}),
		"a cache of colours": webpOf(func(w *webpWriter) {
			webpHeader(w, width, height, 0)
			w.put(0, 1)
			w.put(1, 1)
			w.put(1, 4)
		}),
		"several sets of codes": webpOf(func(w *webpWriter) {
			webpHeader(w, width, height, 0)
			w.put(0, 1)
			w.put(0, 1)
			w.put(1, 1)
			w.put(0, 3)
		}),
		"a palette of 3":   withPalette(3, 1, 0),
		"a hidden opacity": colored(0, func(m *webpImage) { m.literal(1, 2, 3, 254); m.repeat(fromLeft, width*height-1) }),
		"nothing to the left": colored(0, func(m *webpImage) {
			m.repeat(fromLeft, 1)
			m.literal(1, 2, 3, 255)
			m.repeat(fromLeft, width*height-100)
		}),
		"nothing above":   colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255); m.repeat(fromAbove, width*height-1) }),
		"further away":    colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255); m.repeat(2, width*height-1) }),
		"too many pixels": colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255); m.repeat(fromLeft, width*height) }),
		"too few pixels":  colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255); m.repeat(fromLeft, width*height-100) }),
		"no bits at all":  colored(0, func(m *webpImage) { m.literal(1, 2, 3, 255) }),
		"an index in red": withPalette(16, 0, 1),
		"an opaque index": withPalette(16, 2, 0),
	} {
		if agree(t, file, FormatWebP, White) {
			t.Errorf("%s: is read", name)
		}
	}
	if !agree(t, withPalette(16, 0, 0), FormatWebP, White) {
		t.Error("a palette is not read")
	}
}

// withPalette makes a picture of 16 × 16 pixels with a palette; two values can
// be put where a palette has none.
func withPalette(colors int, opacity, red byte) []byte {
	return webpOf(func(w *webpWriter) {
		webpHeader(w, 16, 16, 0)
		w.put(1, 1)
		w.put(3, 2)
		w.put(uint32(colors-1), 8)
		var palette webpImage
		palette.literal(0, 0, 0, 255)
		for range colors - 1 {
			palette.literal(10, 9, 8, 0)
		}
		w.put(0, 1)
		palette.write(w)
		w.put(0, 1)
		w.put(0, 2)
		var pixels webpImage
		pixels.literal(red, 0x21, 0, 255-opacity)
		pixels.literal(0, 0xF3, 0, 255)
		pixels.repeat(fromLeft, 126)
		pixels.write(w)
	})
}

// Codes that mean nothing, or leave bits without a meaning, are refused.
func TestWebPPrefixCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lengths []uint8
		reads   bool
	}{
		{[]uint8{1, 1}, true},
		{[]uint8{0, 1, 0}, true},
		{[]uint8{2, 2, 1}, true},
		{[]uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15}, true},
		{[]uint8{0, 0}, false},
		{[]uint8{0, 2, 0}, false},
		{[]uint8{1, 2}, false},
		{[]uint8{1, 1, 1}, false},
		{[]uint8{1, 2, 2, 15}, false},
	} {
		if _, err := newWebPPrefix(c.lengths); (err == nil) != c.reads {
			t.Errorf("lengths %v: %v", c.lengths, err)
		}
	}
}
