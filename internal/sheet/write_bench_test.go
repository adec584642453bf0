package sheet_test

import (
	"fmt"
	"io"
	"testing"

	"qrgen/internal/qr"
	"qrgen/internal/sheet"
)

// BenchmarkWrite writes a thousand labels, each another code.
func BenchmarkWrite(b *testing.B) {
	in := sheet.DefaultInput()
	in.Preset = "L7651"
	layout, err := sheet.Parse(in)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var n counter
		err := sheet.Write(&n, "Bench", layout, 1000, func(i int) (sheet.Item, error) { return numbered(i) })
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "B/file")
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

var _ io.Writer = new(counter)

// numbered is a code whose short ID is its number.
func numbered(i int) (sheet.Item, error) {
	style := qr.DefaultStyle()
	symbol, err := style.Symbol(fmt.Sprintf("HTTPS://QR.EXAMPLE.EDU/R/%08d", i))
	if err != nil {
		return sheet.Item{}, err
	}
	d, err := qr.Draw(symbol, style, nil)
	return sheet.Item{Drawing: d, Quiet: style.QuietZone, Title: fmt.Sprintf("Bicycle stand number %d", i), Address: fmt.Sprintf("qr.example.edu/r/%08d", i)}, err
}
