package qr

import (
	"image"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"qrgen/internal/errs"
)

// shortURL is what the symbol of a managed code holds.
const shortURL = "HTTPS://QR.EXAMPLE.EDU/R/7K3QX9AB"

func mustEncode(t testing.TB, content string, level Level) *Symbol {
	t.Helper()
	s, err := Encode(content, level)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShortURLIsVersion2(t *testing.T) {
	t.Parallel()
	s := mustEncode(t, shortURL, M)
	if s.Version() != 2 || s.Size() != 25 || s.Level() != M {
		t.Errorf("version %d-%v of %d modules, want 2-M of 25", s.Version(), s.Level(), s.Size())
	}
	var b strings.Builder
	for y := range s.Size() {
		for x := range s.Size() {
			if s.Dark(x, y) {
				b.WriteByte('#')
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	golden(t, "short-url.txt", []byte(b.String()))
	for _, p := range []image.Point{{-1, 0}, {0, -1}, {25, 0}, {0, 25}} {
		if s.Dark(p.X, p.Y) {
			t.Errorf("module %v outside the symbol is dark", p)
		}
	}
}

// The decoder says which level it found; skip2 names two of them misleadingly.
func TestLevelsAreTheStandards(t *testing.T) {
	t.Parallel()
	for _, level := range []Level{L, M, Q, H} {
		s := mustEncode(t, shortURL, level)
		png, err := pngOf(t, s, Style{Level: level, QuietZone: 4, Light: White}, Size{pixels: 200})
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(decodePNG(t, png))
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL]; got != level.String() {
			t.Errorf("level %v is read as %v", level, got)
		}
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	for a, letter := range map[alphabet]string{digits: "7", capitals: "A", anything: "a"} {
		for _, level := range []Level{L, M, Q, H} {
			most := capacity[a].max[level]
			if s := mustEncode(t, strings.Repeat(letter, most), level); s.Version() != 40 {
				t.Errorf("%d × %q at %v is version %d", most, letter, level, s.Version())
			}
			if _, err := Encode(strings.Repeat(letter, most+1), level); errs.FieldsOf(err)["content"] == "" {
				t.Errorf("%d × %q at %v: %v", most+1, letter, level, err)
			}
		}
	}
}

func TestRefusedContent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		level   Level
		field   string
		words   []string
	}{
		"empty":         {"", M, "content", []string{"Enter what the code should hold."}},
		"not UTF-8":     {"a\xffb", M, "content", []string{"UTF-8"}},
		"no such level": {"a", 7, "level", []string{"L, M, Q or H"}},
		"level below fits": {strings.Repeat("a", 2332), M, "content",
			[]string{"2,332 bytes", "level M holds at most 2,331", "Choose level L"}},
		"strongest that fits": {strings.Repeat("A", 1853), H, "content",
			[]string{"1,853 characters", "level H holds at most 1,852", "Choose level Q"}},
		"none fits":    {strings.Repeat("7", 7090), Q, "content", []string{"at most 3,993", "Shorten it; level L, the roomiest, holds 7,089 digits"}},
		"long letters": {strings.Repeat("漢", 1000), L, "content", []string{"3,000 bytes", "2 to 4 bytes"}},
		"enormous":     {strings.Repeat("a", 1<<20), L, "content", []string{"at most 2,953"}},
	} {
		_, err := Encode(c.content, c.level)
		message := errs.FieldsOf(err)[c.field]
		for _, w := range c.words {
			if !strings.Contains(message, w) {
				t.Errorf("%s: message %q lacks %q", name, message, w)
			}
		}
	}
}

// A mixture can hold more than the bytes alone: it is encoded in pieces.
func TestMixedContentMayBeLonger(t *testing.T) {
	t.Parallel()
	mixed := "a" + strings.Repeat("7", 5000)
	if _, err := Encode(mixed, L); err != nil {
		t.Error(err)
	}
}
