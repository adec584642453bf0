package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/image/webp"
)

// Tolerance is how many of 255 steps a pixel of a JPEG may differ between two
// readers: the standard leaves the rounding of the transform to them (T.83). A
// lossless picture has but one reading.
func Tolerance(format Format) int {
	if format == FormatJPEG {
		return 1
	}
	return 0
}

// ReadBack reads a picture as the gate does, but pixel by pixel: its modules
// are single pixels.
func ReadBack(data []byte, format Format, width, height int, paper Color) (*image.Gray, error) {
	read := func() (*view, error) { return readWebP(data, width, height, paper) }
	if format == FormatJPEG {
		read = func() (*view, error) { return readJPEG(data, width, height) }
	}
	v, err := read()
	if err != nil {
		return nil, err
	}
	return v.gray, nil
}

// ReadByLibrary reads a picture with libraries that share no code with ours.
func ReadByLibrary(data []byte, format Format, paper Color) (*image.Gray, error) {
	decode := jpeg.Decode
	if format == FormatWebP {
		decode = webp.Decode
	}
	picture, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	b := picture.Bounds()
	gray := image.NewGray(b)
	for y := range b.Dy() {
		row := gray.Pix[y*gray.Stride:][:b.Dx()]
		switch m := picture.(type) {
		case *image.Gray:
			copy(row, m.Pix[y*m.Stride:])
		case *image.YCbCr:
			copy(row, m.Y[y*m.YStride:]) // luma is what a camera sees without colour
		case *image.NRGBA:
			grayRow(row, m.Pix[y*m.Stride:][:4*b.Dx()], paper)
		default:
			return nil, fmt.Errorf("picture is a %T", picture)
		}
	}
	return gray, nil
}

// Compare says where two pictures differ by more than the tolerance.
func Compare(got, want *image.Gray, tolerance int) error {
	if got.Rect != want.Rect {
		return fmt.Errorf("picture is %v, the library's %v", got.Rect, want.Rect)
	}
	if bytes.Equal(got.Pix, want.Pix) { // sooner known, above all under the race detector
		return nil
	}
	for i, v := range got.Pix {
		if diff(v, want.Pix[i]) > tolerance {
			return fmt.Errorf("pixel %d, %d is %d, the library's %d", i%got.Stride, i/got.Stride, v, want.Pix[i])
		}
	}
	return nil
}

// agree fails where our reader takes a file that the library refuses, or sees
// another picture in it. It says whether ours takes it.
func agree(t testing.TB, data []byte, format Format, paper Color) bool {
	t.Helper()
	config := jpeg.DecodeConfig
	if format == FormatWebP {
		config = webp.DecodeConfig
	}
	size, err := config(bytes.NewReader(data))
	if err != nil || size.Width*size.Height > 1<<21 { // large ones take the library too long
		size.Width, size.Height = MinPixels, MinPixels
	}
	got, ours := ReadBack(data, format, size.Width, size.Height, paper)
	if ours != nil {
		return false
	}
	if err != nil {
		t.Errorf("we read a file of which the library says: %v", err)
		return true
	}
	if size.Width == MinPixels {
		return true
	}
	want, err := ReadByLibrary(data, format, paper)
	if err != nil {
		t.Errorf("we read a file of which the library says: %v", err)
		return true
	}
	if err := Compare(got, want, Tolerance(format)); err != nil {
		t.Error(err)
	}
	return true
}

// smallFiles are files of the format in different looks.
func smallFiles(t testing.TB, format Format) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, style := range looks(t) {
		symbol, err := style.Symbol("A")
		if err != nil {
			t.Fatal(err)
		}
		data, err := Write(symbol, Request{Style: style, Format: format, Size: Size{pixels: 120}})
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

// What is cut off anywhere, or goes on, is refused.
func TestReadersRefuseCutFiles(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{FormatJPEG, FormatWebP} {
		for name, data := range smallFiles(t, format) {
			if !agree(t, data, format, White) {
				t.Errorf("%s.%v is not read", name, format)
			}
			for n := 0; n < len(data); n += 1 + n/256 { // every one of the headers, and many later ones
				if agree(t, data[:n:n], format, White) {
					t.Errorf("%s.%v is read without its last %d bytes", name, format, len(data)-n)
				}
			}
			for _, more := range []string{"\x00", "\xFF", "\xFF\xD9", "\x00\x00"} {
				if agree(t, append(slices.Clip(data), more...), format, White) {
					t.Errorf("%s.%v is read with %q after it", name, format, more)
				}
			}
		}
	}
}

// A bit that is wrong is found, or changes the picture as it does for
// everybody.
func TestReadersAndWrongBits(t *testing.T) {
	t.Parallel()
	const flips = 40
	for _, format := range []Format{FormatJPEG, FormatWebP} {
		refused := 0
		for name, data := range smallFiles(t, format) {
			step := max(1, 8*len(data)/flips)
			for bit := 0; bit < 8*len(data); bit += step {
				data[bit/8] ^= 1 << (bit % 8)
				if !agree(t, data, format, White) {
					refused++
				}
				data[bit/8] ^= 1 << (bit % 8)
				if t.Failed() {
					t.Fatalf("%s.%v with bit %d wrong", name, format, bit)
				}
			}
		}
		t.Logf("%v: %d of about %d refused", format, refused, flips*len(looks(t)))
	}
}

// fuzzReader feeds a reader with anything: it must not panic nor take more
// memory than the file is worth, and whatever it reads, the library must read,
// too.
func fuzzReader(f *testing.F, format Format) {
	f.Helper()
	for name, style := range looks(f) { // tiny files, which are soon made smaller still
		style.QuietZone, style.Caption = 0, ""
		symbol, err := style.Symbol("A")
		if err != nil {
			f.Fatal(err)
		}
		data, err := Write(symbol, Request{Style: style, Format: format, Size: Size{pixels: symbol.Size() * minModulePixels}})
		if err != nil {
			f.Fatalf("%s: %v", name, err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := Drawing{width: 33 * unit, height: 33 * unit, light: White}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = look(data, format, Size{}, &d)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 2<<20+uint64(4*len(data)) {
			t.Errorf("%d bytes take %d bytes of memory", len(data), taken)
		}
		agree(t, data, format, White)
	})
}

func FuzzReadJPEG(f *testing.F) { fuzzReader(f, FormatJPEG) }
func FuzzReadWebP(f *testing.F) { fuzzReader(f, FormatWebP) }
