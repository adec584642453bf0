package qr

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// needTools fails the test where a program is missing, unless
// QRGEN_SKIP_TOOLS=1 says that it is known.
func needTools(t *testing.T, names ...string) {
	t.Helper()
	var missing []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return
	}
	message := fmt.Sprintf("%s not found: apt-get install zbar-tools zxing-cpp-tools librsvg2-bin (or set QRGEN_SKIP_TOOLS=1)",
		strings.Join(missing, ", "))
	if os.Getenv("QRGEN_SKIP_TOOLS") == "1" {
		t.Skip(message)
	}
	t.Fatal(message)
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %s: %v: %s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// scan reads a PNG file with zbar and ZXing-C++ and compares.
func scan(t *testing.T, file, want string, level Level) {
	t.Helper()
	// Binary, because zbar guesses the character set of text; see Encode.
	if got := output(t, "zbarimg", "-q", "--nodbus", "--raw", "--oneshot", "-Sbinary", "-Sdisable", "-Sqrcode.enable", file); got != want {
		t.Errorf("zbarimg reads %q, want %q", abridge(got), abridge(want))
	}
	got := output(t, "ZXingReader", "-bytes", file)
	if got != want {
		t.Errorf("ZXingReader reads %q, want %q", abridge(got), abridge(want))
	}
	about := output(t, "ZXingReader", file)
	if !strings.Contains(about, "EC Level:   "+level.String()) {
		t.Errorf("ZXingReader does not see level %v:\n%s", level, about)
	}
	if text := `Text:       "` + want + `"`; !strings.ContainsAny(want, "\t\n\u200d\ufe0f") && !strings.Contains(about, text) {
		t.Errorf("ZXingReader shows other text:\n%s\nwant %s", about, text)
	}
}

// Programs that others wrote read what we draw.
func TestRealDecoders(t *testing.T) {
	t.Parallel()
	needTools(t, "zbarimg", "ZXingReader", "rsvg-convert")
	for n := range 60 {
		s := randomSample(rand.New(rand.NewPCG(7, uint64(n))), n+1) // +1: not the fullest ones
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			image, err := s.render()
			if err != nil {
				t.Fatalf("%v: %v", s, err)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "code."+s.format.String())
			if err := os.WriteFile(file, image.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			if s.format == FormatSVG {
				drawn := filepath.Join(dir, "drawn.png")
				pixels := (image.Symbol.Size() + 2*s.style.QuietZone) * 4
				output(t, "rsvg-convert", "--width", fmt.Sprint(pixels), "--keep-aspect-ratio", "-o", drawn, file)
				file = drawn
			}
			scan(t, file, s.content, s.style.Level)
			if t.Failed() {
				t.Log(s)
			}
		})
	}
}

// An SVG in mm measures what was asked for.
func TestSVGMeasures(t *testing.T) {
	t.Parallel()
	needTools(t, "rsvg-convert")
	size, _ := Millimetres(50.8, 300)
	file := filepath.Join(t.TempDir(), "code.svg")
	if err := os.WriteFile(file, svgOf(t, mustEncode(t, shortURL, M), DefaultStyle(), size, "", ""), 0o600); err != nil {
		t.Fatal(err)
	}
	drawn := output(t, "rsvg-convert", "--dpi-x", "100", "--dpi-y", "100", file)
	if !strings.Contains(drawn[:24], "\x00\x00\x00\xc8\x00\x00\x00\xc8") { // 200 × 200
		t.Errorf("50.8 mm at 100 dpi is not 200 pixels: % x", drawn[:24])
	}
}
