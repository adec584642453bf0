// Package bench measures the program beside simpler or well-known ways of
// doing the same.
package bench

import (
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

// BenchmarkImageRender is what a download costs once the symbol is cached:
// draw, read the bytes back, decode, compare, hash. Less the writer's own
// figure it is the gate.
func BenchmarkImageRender(b *testing.B) {
	render := func(name string, format qr.Format, size qr.Size) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := qr.Render(qr.Request{Content: shortURL, Style: qr.DefaultStyle(), Format: format, Size: size, Title: "Library"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	render("SVG", qr.FormatSVG, qr.Size{})
	for _, width := range append(widths, qr.MaxPixels) {
		render("PNG"+strconv.Itoa(width), qr.FormatPNG, pixels(b, width))
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
