package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// testLogo is a picture with an opaque and a transparent half.
func testLogo(t testing.TB) *Logo {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	for y := range 40 {
		for x := range 60 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(200 - 2*x), 30, uint8(3 * x), uint8(min(255, 4*x+20))})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	l, err := ParseLogo(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// looks are the styles that tests go through.
func looks(t testing.TB) map[string]Style {
	t.Helper()
	style := func(change func(*Style)) Style {
		s := DefaultStyle()
		change(&s)
		return s
	}
	return map[string]Style{
		"plain":       DefaultStyle(),
		"transparent": style(func(s *Style) { s.Transparent = true }),
		"rounded":     style(func(s *Style) { s.Modules, s.Finders = Rounded, Rounded }),
		"dots":        style(func(s *Style) { s.Modules, s.Finders, s.Dark = Dots, Dots, Color{0x10, 0x20, 0x70} }),
		"mixed":       style(func(s *Style) { s.Modules, s.Finders, s.Transparent = Dots, Rounded, true }),
		"logo":        style(func(s *Style) { s.Logo, s.Level = testLogo(t), H }),
		"glass":       style(func(s *Style) { s.Logo, s.Level, s.Transparent = testLogo(t), Q, true }),
		"caption":     style(func(s *Style) { s.Caption, s.Dark = "Scan mé, Ångström", Color{0x60, 0, 0} }),
		"everything": style(func(s *Style) {
			s.Caption, s.Logo, s.Modules, s.Finders, s.AutoLevel, s.Light, s.Level = "Scan me", testLogo(t), Rounded, Dots, true, Color{255, 250, 220}, Q
		}),
	}
}

// Every format in every look reads back, and the same twice.
func TestFormatsAndLooks(t *testing.T) {
	t.Parallel()
	mm, _ := Millimetres(40, 300)
	for name, style := range looks(t) {
		for _, format := range Formats() {
			for _, size := range []Size{{}, mm, {pixels: 250}} {
				r := Request{Content: shortURL, Style: style, Format: format, Size: size, Title: "Library", Below: []string{"Größe & Café", "qr.example.edu/r/7k3qx9ab"}}
				a, err := Render(r)
				if err != nil {
					t.Errorf("%s %v %v: %v", name, format, size, err)
					continue
				}
				if least := map[bool]Grade{true: GradeC, false: GradeB}[style.Logo != nil]; a.Report.Grade < least {
					t.Errorf("%s %v %v: %v", name, format, size, a.Report)
				}
				b, _ := Render(r)
				if !bytes.Equal(a.Data, b.Data) || a.ETag != b.ETag || len(a.SHA256) != 64 {
					t.Errorf("%s %v: the same request gives other bytes", name, format)
				}
				if dir := os.Getenv("QRGEN_LOOK"); dir != "" {
					_ = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%v.%v", name, size, format)), a.Data, 0o600)
				}
			}
		}
	}
}
