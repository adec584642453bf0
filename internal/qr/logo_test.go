package qr

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qrgen/internal/errs"
)

// quarters is a picture whose four quarters have different colours: red and
// green above blue and white.
func quarters(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.NRGBA{{{220, 0, 0, 255}, {0, 200, 0, 255}}, {{0, 0, 220, 255}, {255, 255, 255, 255}}}[2*y/h][2*x/w]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 95}) })
}

// withOrientation puts an EXIF segment behind the start of a JPEG.
func withOrientation(file []byte, orientation byte, order binary.AppendByteOrder, mark string) []byte {
	tiff := []byte(mark)
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2) // entries
	for _, e := range [][3]uint16{{271, 3, 7}, {274, 3, uint16(orientation)}} {
		tiff = order.AppendUint16(tiff, e[0])
		tiff = order.AppendUint16(tiff, e[1])
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, e[2])
		tiff = order.AppendUint16(tiff, 0)
	}
	body := append([]byte("Exif\x00\x00"), append(tiff, 0, 0, 0, 0)...)
	out := binary.BigEndian.AppendUint16(append([]byte{}, 0xFF, 0xD8, 0xFF, 0xE1), uint16(len(body)+2))
	return append(append(out, body...), file[2:]...)
}

func TestParseLogo(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"PNG": asPNG(t, quarters(80, 40)), "JPEG": asJPEG(t, quarters(80, 40)), "grey": asPNG(t, image.NewGray(image.Rect(0, 0, 80, 40))),
	} {
		l, err := ParseLogo(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w, h := l.Size(); w != 80 || h != 40 || len(l.Hash()) != 64 {
			t.Errorf("%s: %d × %d, %s", name, w, h, l.Hash())
		}
		again, err := OpenLogo(l.PNG())
		if err != nil || again.Hash() != l.Hash() || !bytes.Equal(again.PNG(), l.PNG()) {
			t.Errorf("%s: opened again it is %v, %v", name, again, err)
		}
		if bytes.Contains(l.PNG(), []byte("Exif")) {
			t.Errorf("%s: EXIF got through", name)
		}
	}
	l, err := ParseLogo(asPNG(t, quarters(1500, 600)))
	if err != nil {
		t.Fatal(err)
	}
	if w, h := l.Size(); w != 512 || h != 204 {
		t.Errorf("a large logo becomes %d × %d", w, h)
	}
	if c := l.pixels.NRGBAAt(500, 10); c != (color.NRGBA{0, 200, 0, 255}) {
		t.Errorf("its upper right is %v", c)
	}
}

// A camera that was held turned or mirrored says so; the logo is upright.
func TestLogoOrientation(t *testing.T) {
	t.Parallel()
	upright := quarters(64, 32)
	for orientation := 1; orientation <= 8; orientation++ {
		// The picture as such a camera stores it: orient undone by its inverse.
		inverse := map[int]int{6: 8, 8: 6}[orientation]
		if inverse == 0 {
			inverse = orientation
		}
		stored := orient(upright, inverse)
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {

			l, err := ParseLogo(withOrientation(asJPEG(t, stored), byte(orientation), order, mark))
			if err != nil {
				t.Fatal(err)
			}
			w, h := l.Size()
			if w != 64 || h != 32 {
				t.Errorf("orientation %d: %d × %d", orientation, w, h)
				continue
			}
			for _, p := range []image.Point{{8, 8}, {56, 8}, {8, 24}, {56, 24}} {
				want, got := upright.NRGBAAt(p.X, p.Y), l.pixels.NRGBAAt(p.X, p.Y)
				if diff(want.R, got.R)+diff(want.G, got.G)+diff(want.B, got.B) > 40 {
					t.Errorf("orientation %d %s: %v is %v, want %v", orientation, mark, p, got, want)
				}
			}
		}
	}
}

func diff(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

// bomb is a PNG that says it has so many pixels, and little else.
func bomb(w, h uint32) []byte {
	var b bytes.Buffer
	b.WriteString(pngSignature)
	header := binary.BigEndian.AppendUint32(nil, w)
	header = append(binary.BigEndian.AppendUint32(header, h), 8, 6, 0, 0, 0)
	out := chunkWriter{&b}
	out.chunk("IHDR", header)
	d := newDeflater(nil)
	d.rows(make([]byte, 4*1000+1), 4, 100)
	out.chunk("IDAT", d.close())
	out.chunk("IEND", nil)
	return b.Bytes()
}

func TestRefusedLogos(t *testing.T) {
	t.Parallel()
	moving := encoded(t, func(b *bytes.Buffer) error {
		frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.White, color.Black})
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}})
	})
	good := asPNG(t, quarters(80, 40))
	for name, c := range map[string]struct {
		file  []byte
		words string
	}{
		"empty":            {nil, "an empty file"},
		"60 megapixels":    {bomb(10_000, 6_000), "10000 × 6000 pixels"},
		"more than fits":   {bomb(1<<31-1, 1<<31-1), "damaged"},
		"too many bytes":   {make([]byte, MaxLogoBytes+1), "1.0 MiB"},
		"SVG":              {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "an SVG drawing"},
		"SVG without XML":  {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "an SVG drawing"},
		"HTML":             {[]byte("<!DOCTYPE html><script>alert(1)</script>"), "a web page"},
		"animated GIF":     {moving, "moving picture"},
		"animated PNG":     {append(good[:33:33], append([]byte("\x00\x00\x00\x08acTL\x00\x00\x00\x02\x00\x00\x00\x00\xf3\x8d\x93\x70"), good[33:]...)...), "moving picture"},
		"cut":              {good[:len(good)/2], "damaged"},
		"header only":      {good[:20], "damaged"},
		"text":             {[]byte("hello"), "not"},
		"PDF":              {[]byte("%PDF-1.4"), "application/pdf"},
		"nothing to see":   {asPNG(t, image.NewNRGBA(image.Rect(0, 0, 9, 9))), "transparent all over"},
		"damaged JPEG":     {asJPEG(t, quarters(80, 40))[:200], "damaged"},
		"JPEG with no end": {[]byte("\xff\xd8\xff\xe1\x00"), "damaged"},
	} {
		l, err := ParseLogo(c.file)
		message := errs.FieldsOf(err)["logo"]
		if l != nil || errs.KindOf(err) != errs.Invalid || name != "text" && !strings.Contains(message, c.words) {
			t.Errorf("%s: %v, message %q lacks %q", name, err, message, c.words)
		}
	}
}

// A JPEG for print has four inks; Go's reader makes screen colours of them.
func TestCMYKLogo(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := jpeg.Decode(bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	} else if _, ok := m.(*image.CMYK); !ok {
		t.Fatalf("the file is a %T", m)
	}
	l, err := ParseLogo(file)
	if err != nil {
		t.Fatal(err)
	}
	w, h := l.Size()
	if c := l.pixels.NRGBAAt(w/2, h/2); c.A != 255 || diff(c.R, 200) > 40 || c.G > 60 || c.B > 60 {
		t.Errorf("its red middle is %v", c)
	}
}

// Whatever is uploaded: a logo that can be drawn, or Invalid.
func FuzzParseLogo(f *testing.F) {
	f.Add(asPNG(f, quarters(8, 4)))
	f.Add(withOrientation(asJPEG(f, quarters(8, 8)), 6, binary.BigEndian, "MM"))
	f.Add(bomb(10_000, 6_000))
	f.Add([]byte("GIF89a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLogo(data)
		if err != nil {
			if errs.FieldsOf(err)["logo"] == "" {
				t.Error(err)
			}
			return
		}
		if w, h := l.Size(); w < 1 || h < 1 || w > logoSide || h > logoSide {
			t.Errorf("%d × %d", w, h)
		}
		if _, err := OpenLogo(l.PNG()); err != nil {
			t.Error(err)
		}
	})
}
