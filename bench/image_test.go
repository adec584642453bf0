// Package bench measures the program beside simpler or well-known ways of
// doing the same.
package bench

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	qrcode "github.com/skip2/go-qrcode"

	"qrgen/internal/qr"
)

// shortURL is what the symbol of a managed code holds: version 2-M.
const shortURL = "HTTPS://QR.EXAMPLE.EDU/R/7K3QX9AB"

var widths = []int{512, 1024, 2048}

// BenchmarkImageEncode is payload → matrix, with skip2's search for the mask.
func BenchmarkImageEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		symbol(b)
	}
}

// BenchmarkImageSVG is matrix → SVG, without encoding and gate.
func BenchmarkImageSVG(b *testing.B) {
	s := symbol(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qr.Write(s, qr.Request{Style: qr.DefaultStyle(), Title: "Library", Desc: "QR code for " + shortURL}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkImagePNG is matrix → PNG, without encoding and gate.
func BenchmarkImagePNG(b *testing.B) {
	s := symbol(b)
	for _, width := range widths {
		size := pixels(b, width)
		b.Run(strconv.Itoa(width), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := qr.Write(s, qr.Request{Style: qr.DefaultStyle(), Format: qr.FormatPNG, Size: size}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkImageSkip2PNG is skip2's own PNG writer on the same payload. It
// builds the symbol again for each picture and offers no other way, so
// subtract BenchmarkImageEncode for the writer alone.
func BenchmarkImageSkip2PNG(b *testing.B) {
	for _, width := range widths {
		b.Run(strconv.Itoa(width), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := qrcode.Encode(shortURL, qrcode.Medium, width); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkImageQrencode is libqrencode's program on the same payload, with
// its start: it has no other door. BenchmarkImageTrue is a program that does
// nothing, for the start alone.
func BenchmarkImageQrencode(b *testing.B) {
	runProgram(b, "qrencode", "-l", "M", "-m", "4", "-s", "31", "-o", filepath.Join(b.TempDir(), "code.png"), shortURL)
}

func BenchmarkImageTrue(b *testing.B) { runProgram(b, "true") }

func runProgram(b *testing.B, name string, args ...string) {
	b.Helper()
	if _, err := exec.LookPath(name); err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		if out, err := exec.CommandContext(b.Context(), name, args...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

// BenchmarkImageRender is what a first download costs once the symbol is
// known: draw, read the bytes back, decode five times, compare, hash. Less the
// writer's own figure it is the gate. Each round has another title, and so has
// each round of a later -count, so that the memory of files is no help.
func BenchmarkImageRender(b *testing.B) {
	for _, format := range qr.Formats() {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rendered++
				request := qr.Request{Content: shortURL, Style: qr.DefaultStyle(), Format: format, Title: strconv.Itoa(rendered)}
				if _, err := qr.Render(request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var rendered int

// BenchmarkImageAgain is a file that was asked for before.
func BenchmarkImageAgain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qr.Render(qr.Request{Content: shortURL, Style: qr.DefaultStyle(), Format: qr.FormatPNG}); err != nil {
			b.Fatal(err)
		}
	}
}

func symbol(b *testing.B) *qr.Symbol {
	b.Helper()
	s, err := qr.Encode(shortURL, qr.M)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func pixels(b *testing.B, n int) qr.Size {
	b.Helper()
	size, err := qr.Pixels(n)
	if err != nil {
		b.Fatal(err)
	}
	return size
}
