package qr

import (
	"encoding/hex"
	"fmt"
	"math"

	"qrgen/internal/errs"
)

// Color is an opaque sRGB colour, 8 bits a channel. The zero value is black.
type Color struct{ R, G, B uint8 }

// Black and White are the default colours.
var (
	Black = Color{}
	White = Color{255, 255, 255}
)

// ParseColor reads "#RRGGBB" in either case. Anything else is Invalid.
func ParseColor(s string) (Color, error) {
	var c [3]byte
	if len(s) == 7 && s[0] == '#' {
		if _, err := hex.Decode(c[:], []byte(s[1:])); err == nil {
			return Color{c[0], c[1], c[2]}, nil
		}
	}
	return Color{}, errs.New(errs.Invalid, "Write the colour as # and six digits 0–9 or A–F, for example #1A2B3C.")
}

// String gives "#rrggbb".
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// luminance is the relative luminance of WCAG 2.2, 0 (black) to 1 (white).
func (c Color) luminance() float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// gray is what a scanner's camera makes of the colour, 0 to 255 (luma of
// ITU-R BT.601).
func (c Color) gray() uint8 {
	return uint8((299*int(c.R) + 587*int(c.G) + 114*int(c.B) + 500) / 1000)
}

// Contrast is the contrast ratio of WCAG 2.2 between two colours in either
// order: 1 (the same) to 21 (black and white).
func Contrast(a, b Color) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// What a style may ask for.
const (
	MinContrast      = 3.0 // below it Style.Check refuses
	GoodContrast     = 7.0 // below it Advise warns
	MaxQuietZone     = 40  // modules
	DefaultQuietZone = 4   // modules; ISO/IEC 18004 §6.3.8 asks for no less
)

// Style is how a symbol looks. QuietZone is in modules on each side.
type Style struct {
	Level       Level
	QuietZone   int
	Dark, Light Color
}

// DefaultStyle is black on white at DefaultLevel with the quiet zone of the
// standard.
func DefaultStyle() Style {
	return Style{Level: DefaultLevel, QuietZone: DefaultQuietZone, Dark: Black, Light: White}
}

// Check refuses a style that would not scan, with everything that is wrong on
// the fields "level", "quiet_zone", "dark" and "light". A quiet zone below
// DefaultQuietZone passes; Advise warns about it.
func (s Style) Check() error {
	var fields errs.Fields
	refuse := func(name, format string, args ...any) {
		fields.Check(name, errs.New(errs.Invalid, fmt.Sprintf(format, args...)))
	}
	if s.Level > H {
		refuse("level", "Choose the error correction level L, M, Q or H.")
	}
	if s.QuietZone < 0 || s.QuietZone > MaxQuietZone {
		refuse("quiet_zone", "Enter a quiet zone of 0 to %d modules; %d is the standard.", MaxQuietZone, DefaultQuietZone)
	}
	switch contrast := Contrast(s.Dark, s.Light); {
	case s.Dark == s.Light:
		refuse("dark", "The dark and the light colour are the same, so nothing could be read. Choose two different colours.")
	case s.Light.luminance() < s.Dark.luminance():
		refuse("light", "The light colour is darker than the dark one. Many phones do not read such inverted codes. Swap the two colours.")
	case contrast < MinContrast:
		refuse("dark", "The colours are too alike: their contrast is %.1f : 1, and scanners need at least %.0f : 1. "+
			"Choose a darker dark colour or a lighter light one.", math.Floor(contrast*10)/10, MinContrast)
	}
	return fields.Err()
}
