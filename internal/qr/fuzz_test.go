package qr

import (
	"strings"
	"testing"
	"unicode/utf8"

	"qrgen/internal/errs"
)

func FuzzParseColor(f *testing.F) {
	for _, s := range []string{"#000000", "#Ff00aA", "#12345", "red", "#12345é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseColor(s)
		if err == nil && c.String() != strings.ToLower(s) {
			t.Errorf("%q becomes %v", s, c)
		}
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func FuzzParseLevel(f *testing.F) {
	for _, s := range []string{"L", "m", "Q", "h", "", "\x0d", "LL"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		level, err := ParseLevel(s)
		if err == nil && !strings.EqualFold(level.String(), s) {
			t.Errorf("%q becomes %v", s, level)
		}
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	})
}

// Whatever the content and the title: a file that reads, or Invalid.
func FuzzRender(f *testing.F) {
	f.Add(shortURL, uint8(1), uint8(4), "Library", uint16(400))
	f.Add("Grüße 漢字 😀", uint8(3), uint8(0), "</title><script>", uint16(66))
	f.Add("\x00\xff", uint8(9), uint8(41), "\x00", uint16(15))
	f.Add("0123456789", uint8(0), uint8(40), "]]>", uint16(9999))
	f.Fuzz(func(t *testing.T, content string, level, quiet uint8, title string, width uint16) {
		style := Style{Level: Level(level), QuietZone: int(quiet), Light: White}
		size, err := Pixels(int(width))
		if err != nil {
			size = Size{}
		}
		for _, format := range []Format{FormatSVG, FormatPNG} {
			image, err := Render(Request{Content: content, Style: style, Format: format, Size: size, Title: title, Desc: title})
			if err != nil {
				e := errs.FieldsOf(err)
				if errs.KindOf(err) != errs.Invalid || len(e) == 0 {
					t.Errorf("%q: %v", content, err)
				}
				continue
			}
			if !utf8.Valid(image.Data) && format == FormatSVG {
				t.Error("SVG is not UTF-8")
			}
			if format == FormatSVG {
				parseSVG(t, image.Data)
			}
		}
	})
}
