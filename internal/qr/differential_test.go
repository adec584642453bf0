package qr_test

import (
	"fmt"
	"testing"

	"qrgen/internal/qr"
	"qrgen/internal/qr/corpus"
)

// Our own readers see in our own files what the libraries see, pixel by pixel:
// that is what their word in the gate is worth.
func TestReadersAgreeWithLibraries(t *testing.T) {
	t.Parallel()
	samples := 48 // of a few hundred pixels, but for one: under the race detector the libraries take seconds for a million
	if testing.Short() {
		samples = 16
	}
	const workers = 4
	for w := range workers {
		t.Run(fmt.Sprint(w), func(t *testing.T) {
			t.Parallel()
			made := 0
			for n := w; n < samples; n += workers {
				request := corpus.Sample(2_000_000 + n)
				width := 200 + 7*n
				if n == 7 {
					width = 1500
				}
				size, err := qr.Pixels(width)
				if n%3 == 2 { // a JPEG that tells its resolution
					size, err = qr.Millimetres(20+float64(n)/2, 200)
				}
				if request.Size = size; err != nil {
					t.Fatal(err)
				}
				for _, format := range []qr.Format{qr.FormatJPEG, qr.FormatWebP} {
					request.Format = format
					if readTwice(t, request) {
						made++
					}
					if t.Failed() {
						t.Fatalf("sample %d: %v %+v %q", n, format, request.Style, request.Content)
					}
				}
			}
			if made < samples/workers {
				t.Errorf("%d files were made of %d samples", made, samples/workers)
			}
		})
	}
}

// readTwice makes a file, if its style and size allow one, and reads it with
// both readers.
func readTwice(t *testing.T, request qr.Request) bool {
	t.Helper()
	symbol, err := request.Style.Symbol(request.Content)
	if err != nil {
		return false
	}
	data, err := qr.Write(symbol, request)
	if err != nil {
		return false
	}
	want, err := qr.ReadByLibrary(data, request.Format, request.Style.Light)
	if err != nil {
		t.Error(err)
		return true
	}
	got, err := qr.ReadBack(data, request.Format, want.Rect.Dx(), want.Rect.Dy(), request.Style.Light)
	if err == nil {
		err = qr.Compare(got, want, qr.Tolerance(request.Format))
	}
	if err != nil {
		t.Error(err)
	}
	return true
}
