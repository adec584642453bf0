package qr

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"qrgen/internal/errs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata. These files may never change: what
// people have printed and cached must come out the same for ever.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed: %d bytes, want %d", name, len(got), len(want))
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	mm, _ := Millimetres(30, 300)
	blue := Style{Level: H, QuietZone: 2, Dark: Color{0x1a, 0x2b, 0x6c}, Light: Color{0xff, 0xf8, 0xe0}}
	logoFile, err := os.ReadFile(filepath.Join("testdata", "mark.png"))
	if err != nil {
		t.Fatal(err)
	}
	logo, err := OpenLogo(logoFile)
	if err != nil {
		t.Fatal(err)
	}
	logoStyle, glass := looks(t)["logo"], looks(t)["glass"]
	logoStyle.Logo, glass.Logo = logo, logo
	wifi := `WIFI:T:WPA;S:Büro "Süd";P:geheim\;;;`
	for name, c := range map[string]struct {
		content string
		style   Style
		size    Size
	}{
		"default": {shortURL, DefaultStyle(), Size{}},
		"30mm":    {shortURL, DefaultStyle(), mm},
		"200px":   {shortURL, DefaultStyle(), Size{pixels: 200}},
		"style":   {wifi, blue, Size{pixels: 300}},
		"full-h":  {strings.Repeat("0123456789abcdef", 79), Style{Level: H, Light: White}, Size{pixels: 1000}},
		"rounded": {shortURL, looks(t)["rounded"], mm},
		"mixed":   {shortURL, looks(t)["mixed"], mm},
		"caption": {shortURL, looks(t)["caption"], mm},
		"logo":    {shortURL, logoStyle, mm},
		"glass":   {shortURL, glass, mm},
	} {
		for _, format := range Formats() {
			image, err := Render(Request{Content: c.content, Style: c.style, Format: format, Size: c.size, Title: "Library & café", Desc: "QR code"})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			golden(t, name+"."+format.String(), image.Data)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	size, _ := Pixels(400)
	for _, format := range []Format{FormatSVG, FormatPNG} {
		a, err := Render(Request{Content: shortURL, Style: DefaultStyle(), Format: format, Size: size, Title: "t", Desc: "d"})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := Render(Request{Content: shortURL, Style: DefaultStyle(), Format: format, Size: size, Title: "t", Desc: "d"})
		if !bytes.Equal(a.Data, b.Data) || a.ETag != b.ETag {
			t.Errorf("%v: the same input gives other bytes", format)
		}
		if !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(a.ETag) {
			t.Errorf("%v: ETag %s is not strong and quoted", format, a.ETag)
		}
		if sum := sha256.Sum256(a.Data); !strings.Contains(a.ETag, hex.EncodeToString(sum[:16])) {
			t.Errorf("%v: ETag is not made of the bytes", format)
		}
		other, _ := Render(Request{Content: shortURL, Style: DefaultStyle(), Format: format, Size: Size{pixels: 401}, Title: "t", Desc: "d"})
		if other.ETag == a.ETag {
			t.Errorf("%v: other bytes have the same ETag", format)
		}
		if a.ContentType != format.ContentType() || a.Symbol.Version() != 2 {
			t.Errorf("%v: %q, version %d", format, a.ContentType, a.Symbol.Version())
		}
		if want := map[Format]int{FormatPNG: 400}[format]; a.Width != want {
			t.Errorf("%v: %d px wide, want %d", format, a.Width, want)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	bad := DefaultStyle()
	bad.Light = Black
	for field, call := range map[string]func() (Image, error){
		"content": func() (Image, error) {
			return Render(Request{Content: "", Style: DefaultStyle(), Format: FormatSVG, Size: Size{}})
		},
		"dark": func() (Image, error) {
			return Render(Request{Content: "a", Style: bad, Format: FormatSVG, Size: Size{}})
		},
		"size": func() (Image, error) {
			return Render(Request{Content: shortURL, Style: DefaultStyle(), Format: FormatPNG, Size: Size{pixels: 20}, Title: "", Desc: ""})
		},
	} {
		image, err := call()
		if errs.KindOf(err) != errs.Invalid || errs.FieldsOf(err)[field] == "" || image.Data != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for in, contentType := range map[string]string{
		"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "eps": "application/postscript",
	} {
		f, err := ParseFormat(in)
		if err != nil || f.String() != in || f.ContentType() != contentType {
			t.Errorf("ParseFormat(%q) = %v, %v", in, f, err)
		}
	}
	for _, in := range []string{"", "PNG", "gif", "svg "} {
		if _, err := ParseFormat(in); errs.FieldsOf(err)["format"] == "" {
			t.Errorf("ParseFormat(%q): %v", in, err)
		}
	}
}

// Colours that pass Check pass the decoder too, down to the least contrast.
func TestColoursThatPassAreRead(t *testing.T) {
	t.Parallel()
	steps := []uint8{0, 0x33, 0x66, 0x99, 0xcc, 0xff}
	var colors []Color
	for _, r := range steps {
		for _, g := range steps {
			for _, b := range steps {
				colors = append(colors, Color{r, g, b})
			}
		}
	}
	s := mustEncode(t, shortURL, M)
	passed := 0
	for i, dark := range colors {
		for j, light := range colors {
			style := Style{Level: M, QuietZone: 4, Dark: dark, Light: light}
			if contrast := Contrast(dark, light); style.Check() != nil || contrast > 3.6 && (i+j)%100 != 0 {
				continue
			}
			passed++
			if err := reads(t, svgOf(t, s, style, Size{}, "", ""), FormatSVG, shortURL, drawn(t, s, style)); err != nil {
				t.Errorf("%v on %v, contrast %.2f: %v", dark, light, Contrast(dark, light), err)
			}
		}
	}
	t.Logf("%d pairs of colours", passed)
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, Q)
	style := DefaultStyle()
	style.Level = Q
	want := svgOf(t, s, style, Size{}, "t", "d")
	wantPNG, _ := pngOf(t, s, style, Size{})
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 10 {
				if !bytes.Equal(svgOf(t, s, style, Size{}, "t", "d"), want) {
					t.Error("SVG differs")
				}
				image, err := Render(Request{Content: shortURL, Style: style, Format: FormatPNG, Size: Size{}, Title: "", Desc: ""})
				if err != nil || !bytes.Equal(image.Data, wantPNG) {
					t.Errorf("PNG differs: %v", err)
				}
				if _, err := Render(Request{Content: fmt.Sprint("other ", g, i), Style: style, Format: FormatSVG, Size: Size{}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCache(t *testing.T) {
	t.Parallel()
	c := newCache[string](20, func(v string) int { return len(v) })
	made := 0
	get := func(key string) string {
		v, err := c.get(key, func() (string, error) {
			made++
			if key == "" {
				return "", errors.New("no key")
			}
			return strings.Repeat(key, 4), nil
		})
		if key != "" && (err != nil || v != strings.Repeat(key, 4)) {
			t.Errorf("get(%q) = %q, %v", key, v, err)
		}
		return v
	}
	for _, key := range []string{"a", "b", "c", "d", "e", "a", "a"} { // five of 4 are 20
		get(key)
	}
	if made != 5 || c.used != 20 {
		t.Errorf("made %d, uses %d", made, c.used)
	}
	get("f") // pushes out b, the least recently used
	get("a")
	if made != 6 {
		t.Error("the recently used value is gone")
	}
	get("b")
	get("")
	get("")
	get("long")
	if made != 10 || c.used != 20 || c.recent.Len() != 5 || len(c.entries) != 5 {
		t.Errorf("made %d, uses %d for %d", made, c.used, len(c.entries))
	}
}
