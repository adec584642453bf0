package qr

import (
	"fmt"
	"math"

	"qrgen/internal/errs"
)

// Limits of a file's width.
const (
	MinPixels, MaxPixels           = 16, 10_000
	MinMillimetres, MaxMillimetres = 5, 2_000
	MinDPI, MaxDPI                 = 72, 1200

	DefaultPixels = 1024 // width of a PNG when no size was asked for
	DefaultDPI    = 300  // for callers of Millimetres who were told none
)

// Size is how wide a file is, quiet zone and frame included: pixels, or
// millimetres at a resolution. It is as high, but for text below and a frame. The zero value is each format's default: a PNG
// of DefaultPixels, an SVG of 1 mm a module.
type Size struct {
	pixels int
	mm     float64
	dpi    int
}

// Pixels asks for n pixels, MinPixels to MaxPixels; else Invalid on the field
// "size".
func Pixels(n int) (Size, error) {
	if n < MinPixels || n > MaxPixels {
		return Size{}, errs.InvalidField("size", fmt.Sprintf("Enter a size of %d to %s pixels.", MinPixels, thousands(MaxPixels)))
	}
	return Size{pixels: n}, nil
}

// Millimetres asks for a width on paper, MinMillimetres to MaxMillimetres, and
// the resolution of formats made of pixels, MinDPI to MaxDPI; else Invalid on
// the field "mm" or "dpi". A width that takes more than MaxPixels is refused
// by PNG, not here: it is no trouble to an SVG.
func Millimetres(mm float64, dpi int) (Size, error) {
	if !(mm >= MinMillimetres && mm <= MaxMillimetres) { // NaN is refused too
		return Size{}, errs.InvalidField("mm", fmt.Sprintf("Enter a width of %d to %s mm.", MinMillimetres, thousands(MaxMillimetres)))
	}
	if dpi < MinDPI || dpi > MaxDPI {
		return Size{}, errs.InvalidField("dpi", fmt.Sprintf("Enter a resolution of %d to %s dpi.", MinDPI, thousands(MaxDPI)))
	}
	return Size{mm: mm, dpi: dpi}, nil
}

const mmPerInch = 25.4

// Resolution is the dots an inch that were asked for; DefaultDPI where none
// were.
func (s Size) Resolution() int {
	if s.mm > 0 {
		return s.dpi
	}
	return DefaultDPI
}

// width is the width of a picture in pixels; Invalid above MaxPixels.
func (s Size) width() (int, error) {
	switch {
	case s.pixels > 0:
		return s.pixels, nil
	case s.mm == 0:
		return DefaultPixels, nil
	}
	n := int(math.Round(s.mm / mmPerInch * float64(s.dpi)))
	if n > MaxPixels {
		return 0, errs.InvalidField("mm", fmt.Sprintf(
			"%g mm at %d dpi takes %s pixels; a picture has at most %s. Choose a lower resolution, at most %d dpi, or SVG, PDF or EPS, which have no pixels.",
			s.mm, s.dpi, thousands(n), thousands(MaxPixels), int(MaxPixels*mmPerInch/s.mm)))
	}
	return n, nil
}

// inProportion gives the length of one side where another has a known length,
// to a ten-thousandth.
func inProportion(length float64, side, other int32) float64 {
	if side == other {
		return length
	}
	return math.Round(length*float64(side)/float64(other)*1e4) / 1e4
}

// tooHigh refuses a picture whose text makes it higher than MaxPixels.
func (s Size) tooHigh(height int) error {
	field := "size"
	if s.mm > 0 {
		field = "mm"
	}
	return errs.InvalidField(field, fmt.Sprintf("With its text the picture would be %s pixels high, and it has at most %s. Choose a smaller size, or SVG or PDF.",
		thousands(height), thousands(MaxPixels)))
}

// tooSmall says which size would hold so many modules.
func (s Size) tooSmall(modules int) error {
	const words = "This size is too small: the code is %d modules wide with its quiet zone, and each takes at least %d pixels. Choose %s or more."
	pixels := modules * minModulePixels
	if s.mm == 0 {
		return errs.InvalidField("size", fmt.Sprintf(words, modules, minModulePixels, fmt.Sprintf("%d pixels", pixels)))
	}
	smallest := math.Ceil(float64(pixels)/float64(s.dpi)*mmPerInch*10) / 10
	return errs.InvalidField("mm", fmt.Sprintf(words, modules, minModulePixels, fmt.Sprintf("%g mm at %d dpi", smallest, s.dpi)))
}

// screen is how many whole pixels wide a module is at the size, on paper at
// its resolution; for formats without pixels.
func (s Size) screen(modules int) int {
	switch {
	case s.pixels > 0:
		return s.pixels / modules
	case s.mm > 0:
		return int(s.mm/mmPerInch*float64(s.dpi)) / modules
	}
	return DefaultDPI * 10 / 254 // a module is a millimetre wide
}
