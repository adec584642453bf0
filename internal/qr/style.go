package qr

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

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
	if len(s) == 9 && s[0] == '#' || strings.EqualFold(s, "transparent") || strings.EqualFold(s, "none") {
		return Color{}, errs.New(errs.Invalid, "A colour here is never transparent: without ink there would be nothing to read. "+
			"Choose a colour such as #000000. For a code without a background, choose that instead of a light colour.")
	}
	return Color{}, errs.New(errs.Invalid, "Write the colour as # and six digits 0–9 or A–F, for example #1A2B3C.")
}

// String gives "#rrggbb".
func (c Color) String() string { return "#" + hex.EncodeToString([]byte{c.R, c.G, c.B}) }

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
	MaxCaption       = 40  // letters
)

// Style is how a symbol looks. It can be compared with ==; two logos are the
// same if they are one.
type Style struct {
	Level       Level
	AutoLevel   bool // use the highest level that does not make the symbol larger than Level does
	QuietZone   int  // modules on each side
	Dark, Light Color
	Transparent bool   // draw no background; Light is the paper the code is meant for. JPEG always has one
	Modules     Shape  // the shape of the modules
	Finders     Shape  // the shape of the three finder patterns
	Logo        *Logo  // in the middle; nil: none
	LogoSize    int    // percent of the symbol's width, MinLogoSize to MaxLogoSize; 0: as large as error correction bears
	Caption     string // below, in a frame round the code, such as "Scan me"; empty: no frame
}

// DefaultStyle is black on white at DefaultLevel with the quiet zone of the
// standard.
func DefaultStyle() Style {
	return Style{Level: DefaultLevel, QuietZone: DefaultQuietZone, Dark: Black, Light: White}
}

// Check refuses a style that would not scan, with everything that is wrong on
// the fields "level", "quiet_zone", "dark", "light", "modules", "finders",
// "logo_size" and "caption". A quiet zone below DefaultQuietZone passes; Advise
// warns about it.
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
	if s.Modules > Dots {
		refuse("modules", "Choose the shape square, rounded or dots.")
	}
	if s.Finders > Dots {
		refuse("finders", "Choose the shape square, rounded or dots.")
	}
	if s.LogoSize != 0 && (s.LogoSize < MinLogoSize || s.LogoSize > MaxLogoSize) {
		refuse("logo_size", "Enter a width of %d to %d percent of the code, or nothing for the largest that error correction bears.", MinLogoSize, MaxLogoSize)
	}
	s.checkColors(refuse)
	if err := checkCaption(s.Caption); err != nil {
		fields.Check("caption", err)
	}
	return fields.Err()
}

func (s Style) checkColors(refuse func(name, format string, args ...any)) {
	switch contrast := Contrast(s.Dark, s.Light); {
	case s.Dark == s.Light:
		refuse("dark", "The dark and the light colour are the same, so nothing could be read. Choose two different colours.")
	case s.Light.luminance() < s.Dark.luminance():
		refuse("light", "The light colour is darker than the dark one. Many phones do not read such inverted codes. Swap the two colours.")
	case contrast < MinContrast:
		refuse("dark", "The colours are too alike: their contrast is %.1f : 1, and scanners need at least %.0f : 1. "+
			"Choose a darker dark colour or a lighter light one.", math.Floor(contrast*10)/10, MinContrast)
	}
}

func checkCaption(caption string) error {
	switch {
	case caption == "":
		return nil
	case !utf8.ValidString(caption) || strings.ContainsFunc(caption, unicode.IsControl):
		return errs.New(errs.Invalid, "Write the caption as one line of plain text.")
	case strings.TrimSpace(caption) == "":
		return errs.New(errs.Invalid, "Write a caption, such as “Scan me”, or leave it empty for no frame.")
	case utf8.RuneCountInString(caption) > MaxCaption:
		return errs.New(errs.Invalid, fmt.Sprintf("The caption has %d letters and may have %d. Shorten it.", utf8.RuneCountInString(caption), MaxCaption))
	}
	_, err := boldText(caption)
	return err
}
