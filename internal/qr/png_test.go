package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"qrgen/internal/errs"
)

// decodePNG reads with image/png, which shares no code with our writer.
func decodePNG(t testing.TB, data []byte) *image.Paletted {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := img.(*image.Paletted)
	if !ok || len(p.Palette) != 2 {
		t.Fatalf("picture is a %T, want two colours", img)
	}
	return p
}

func asGray(img image.Image) *image.Gray {
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g
}

// Every pixel is where arithmetic says it must be.
func TestPNGPixels(t *testing.T) {
	t.Parallel()
	style := Style{Level: M, QuietZone: 4, Dark: Color{0, 0, 90}, Light: Color{250, 255, 250}}
	s := mustEncode(t, shortURL, M)
	for _, width := range []int{66, 67, 98, 99, 100, 131, 512, 1023, 1024, 2500} {
		data, err := pngOf(t, s, style, Size{pixels: width})
		if err != nil {
			t.Fatal(err)
		}
		img := decodePNG(t, data)
		if img.Rect != image.Rect(0, 0, width, width) {
			t.Fatalf("picture is %v, want %d", img.Rect, width)
		}
		module := width / 33
		margin := (width - 25*module) / 2
		if margin < 4*module {
			t.Errorf("%d px: quiet zone of %d px, want 4 × %d", width, margin, module)
		}
		for y := range width {
			for x := range width {
				inside := x >= margin && y >= margin
				dark := inside && s.Dark((x-margin)/module, (y-margin)/module)
				if (img.ColorIndexAt(x, y) == 1) != dark {
					t.Fatalf("%d px: pixel %d, %d is wrong", width, x, y)
				}
			}
		}
		if img.Palette[0] != (color.RGBA{250, 255, 250, 255}) || img.Palette[1] != (color.RGBA{0, 0, 90, 255}) {
			t.Errorf("palette %v", img.Palette)
		}
	}
}

// chunk gives the data of the first chunk of a kind.
func chunk(data []byte, kind string) []byte {
	for rest := data[8:]; len(rest) >= 12; {
		n := int(binary.BigEndian.Uint32(rest))
		if string(rest[4:8]) == kind {
			return rest[8 : 8+n]
		}
		rest = rest[12+n:]
	}
	return nil
}

func TestPNGResolution(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, M)
	for dpi, perMetre := range map[int]uint32{72: 2835, 150: 5906, 300: 11811, 600: 23622, 1200: 47244} {
		size, err := Millimetres(50.8, dpi)
		if err != nil {
			t.Fatal(err)
		}
		data, err := pngOf(t, s, DefaultStyle(), size)
		if err != nil {
			t.Fatal(err)
		}
		p := chunk(data, "pHYs")
		if len(p) != 9 || binary.BigEndian.Uint32(p) != perMetre || binary.BigEndian.Uint32(p[4:]) != perMetre || p[8] != 1 {
			t.Errorf("%d dpi: pHYs % x, want %d", dpi, p, perMetre)
		}
		if w := decodePNG(t, data).Rect.Dx(); w != 2*dpi { // 50.8 mm are 2 inches
			t.Errorf("%d dpi: %d px wide, want %d", dpi, w, 2*dpi)
		}
	}
	data, err := pngOf(t, s, DefaultStyle(), Size{pixels: 512})
	if err != nil || chunk(data, "pHYs") != nil {
		t.Errorf("a size in pixels has a resolution (%v)", err)
	}
}

func TestPNGRefusedSizes(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, M)
	for name, c := range map[string]struct {
		size  Size
		field string
		words string
	}{
		"1 pixel a module":  {Size{pixels: 65}, "size", "Choose 66 pixels or more."},
		"mm, few dots":      {Size{mm: 5, dpi: 72}, "mm", "Choose 23.3 mm at 72 dpi or more."},
		"too many pixels":   {Size{mm: 1000, dpi: 300}, "mm", "11,811 pixels; a picture has at most 10,000. Choose a lower resolution, at most 254 dpi"},
		"no resolution low": {Size{mm: 2000, dpi: 1200}, "mm", "at most 127 dpi"},
	} {
		_, err := pngOf(t, s, DefaultStyle(), c.size)
		if got := errs.FieldsOf(err)[c.field]; !strings.Contains(got, c.words) {
			t.Errorf("%s: message %q lacks %q", name, got, c.words)
		}
	}
	for _, size := range []Size{{pixels: 66}, {mm: 23.3, dpi: 72}} { // as the messages promise
		if _, err := pngOf(t, s, DefaultStyle(), size); err != nil {
			t.Errorf("%+v: %v", size, err)
		}
	}
}

func TestPNGGateSeesTheFile(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, M)
	good, err := pngOf(t, s, DefaultStyle(), Size{pixels: 300})
	if err != nil {
		t.Fatal(err)
	}
	if err := reads(t, good, FormatPNG, shortURL+"X", drawn(t, s, DefaultStyle())); err == nil {
		t.Error("a picture passes for another content")
	}
	for i := range good { // one damaged byte anywhere is seen
		bad := slices.Clone(good)
		bad[i] ^= 0x10
		if err := reads(t, bad, FormatPNG, shortURL, drawn(t, s, DefaultStyle())); err == nil {
			t.Errorf("byte %d of %d damaged: passes", i, len(good))
		}
	}
	for n := range good {
		if err := reads(t, good[:n], FormatPNG, shortURL, drawn(t, s, DefaultStyle())); err == nil {
			t.Errorf("cut at %d: passes", n)
		}
	}
	var other bytes.Buffer
	if err := png.Encode(&other, decodePNG(t, good)); err != nil {
		t.Fatal(err)
	}
	if err := reads(t, other.Bytes(), FormatPNG, shortURL, drawn(t, s, DefaultStyle())); err != nil {
		t.Logf("a picture by another writer: %v", err) // refused for its filters or read: both are right
	}
}

func TestDeflater(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		length := 3 + r.IntN(40)
		if n%10 == 0 {
			length = 3 + r.IntN(1300)
		}
		d := newDeflater(nil)
		var want []byte
		for range 1 + r.IntN(6) {
			row := make([]byte, length)
			for i := range row {
				if i > 0 && r.IntN(n%50+2) > 0 {
					row[i] = row[i-1]
				} else {
					row[i] = byte(r.Uint32())
				}
			}
			times := 1 + r.IntN(300)
			d.rows(row, 1+n%4, times)
			want = append(want, bytes.Repeat(row, times)...)
		}
		z, err := zlib.NewReader(bytes.NewReader(d.close()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z) // checks the checksum too
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("rows of %d bytes: %v, %d bytes of %d", length, err, len(got), len(want))
		}
	}
}
