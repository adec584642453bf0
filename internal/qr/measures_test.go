package qr

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Files of shapes measure what was asked for, to a hundredth of a millimetre,
// in programs that others wrote.
func TestFilesMeasureWhatWasAsked(t *testing.T) {
	t.Parallel()
	needTools(t, "rsvg-convert", "pdfinfo", "pdftoppm", "gs")
	dir := t.TempDir()
	for _, mm := range []float64{20, 33.37, 50.8, 254} {
		size, err := Millimetres(mm, 300)
		if err != nil {
			t.Fatal(err)
		}
		file := func(format Format) string {
			image, err := Render(Request{Content: shortURL, Style: DefaultStyle(), Format: format, Size: size})
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, strconv.FormatFloat(mm, 'f', -1, 64)+"."+format.String())
			if err := os.WriteFile(name, image.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			return name
		}
		pixels := int(math.Round(mm / mmPerInch * 100))
		is := func(what string, drawn image.Image) {
			if d := drawn.Bounds(); max(d.Dx()-pixels, pixels-d.Dx(), d.Dy()-pixels, pixels-d.Dy()) > 1 {
				t.Errorf("%v mm, %s: %v at 100 dpi, want %d", mm, what, d, pixels)
			}
		}
		is("rsvg-convert", decoded(t, output(t, "rsvg-convert", "--dpi-x", "100", "--dpi-y", "100", file(FormatSVG))))
		pdf := file(FormatPDF)
		is("pdftoppm", decoded(t, output(t, "pdftoppm", "-r", "100", "-png", pdf)))
		is("gs", decoded(t, output(t, "gs", "-q", "-dSAFER", "-dEPSCrop", "-dNOPAUSE", "-dBATCH", "-sDEVICE=png16m", "-r100", "-sOutputFile=-", file(FormatEPS))))
		for _, box := range []string{"MediaBox", "TrimBox"} {
			found := regexp.MustCompile(box + `: +0.00 +0.00 +([0-9.]+) +([0-9.]+)`).FindStringSubmatch(output(t, "pdfinfo", "-box", pdf))
			if len(found) != 3 || found[1] != found[2] {
				t.Fatalf("pdfinfo gives no %s: %q", box, found)
			}
			if points, _ := strconv.ParseFloat(found[1], 64); math.Abs(points/72*mmPerInch-mm) > 0.01 {
				t.Errorf("%v mm: %s is %v points wide", mm, box, points)
			}
		}
	}
}

func decoded(t *testing.T, file string) image.Image {
	t.Helper()
	m, err := png.Decode(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What other generators get wrong.
func TestWeakSpotsOfOthers(t *testing.T) {
	t.Parallel()
	size, _ := Millimetres(40, 300)
	starts := map[Format]string{
		FormatSVG: `<svg xmlns="http://www.w3.org/2000/svg"`, FormatPDF: "%PDF-1.4\n", FormatPNG: pngSignature,
		FormatJPEG: "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x01\x2c\x01\x2c", FormatWebP: "RIFF", FormatEPS: "%!PS-Adobe-3.0 EPSF-3.0\n",
	}
	for name, style := range looks(t) {
		for format, start := range starts {
			image, err := Render(Request{Content: shortURL, Style: style, Format: format, Size: size, Title: "Library"})
			if err != nil {
				t.Fatalf("%s %v: %v", name, format, err)
			}
			if !bytes.HasPrefix(image.Data, []byte(start)) { // the extension is right, and the JPEG has its 300 dpi
				t.Errorf("%s %v begins with %q", name, format, image.Data[:24])
			}
			switch format {
			case FormatSVG:
				for _, bad := range []string{"clip", "mask", "<style", "style=", "class=", "<g", "<use", "<text", "font", "transform", "filter"} {
					if strings.Contains(string(image.Data[:min(len(image.Data), 400)]), bad) {
						t.Errorf("%s: the SVG has %q", name, bad)
					}
				}
			case FormatPNG:
				if chunk(image.Data, "pHYs") == nil {
					t.Errorf("%s: the PNG has no resolution", name)
				}
			case FormatJPEG: // sharp modules: next to nothing between light and dark
				if name == "plain" {
					m, err := jpeg.Decode(bytes.NewReader(image.Data))
					if err != nil {
						t.Fatal(err)
					}
					between := 0
					for _, v := range asGray(m).Pix {
						if v > 40 && v < 215 {
							between++
						}
					}
					if between > len(asGray(m).Pix)/500 {
						t.Errorf("%d of %d pixels of the JPEG are neither light nor dark", between, len(asGray(m).Pix))
					}
				}
			}
		}
	}
	if DefaultStyle().QuietZone < 4 {
		t.Error("the quiet zone is below the standard's")
	}
}

// Readers of the gate: whatever the bytes, an answer.
func FuzzLook(f *testing.F) {
	s := mustEncode(f, shortURL, M)
	d, err := Draw(s, DefaultStyle(), nil)
	if err != nil {
		f.Fatal(err)
	}
	for i, format := range Formats() {
		image, err := d.file(Request{Format: format, Size: Size{pixels: 99}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), image.Data)
	}
	f.Fuzz(func(t *testing.T, format uint8, data []byte) {
		v, err := look(data, Format(format)%6, Size{}, &d)
		if err == nil && v.gray.Rect.Dx() != 33*v.module {
			t.Errorf("view is %v", v.gray.Rect)
		}
	})
}
