package qr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// sample is one random file to make.
type sample struct {
	content string
	style   Style
	format  Format
	size    Size
}

// letters are what random contents are made of: one alphabet or a mixture.
var letters = [][]rune{
	[]rune("0123456789"),
	[]rune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"),
	[]rune("abcdefghijklmnopqrstuvwxyzABC0123456789-._~:/?#[]@!$&'()*+,;=% \n\t\"<>\\^`{|}"),
	[]rune("äöüßéèñçøåÆŁžΩπдежя"),
	[]rune("漢字かなカナ한국어中文שלוםمرحباไทยहिन्दी"),
	[]rune("😀🎉👩\u200d💻🇨🇭❤️🏳️\u200d🌈"),
	[]rune("aé漢😀0A"),
}

// randomSample makes the nth sample. Most contents are short, one in 250 is as
// long as the level allows.
func randomSample(r *rand.Rand, n int) sample {
	style := DefaultStyle()
	style.Level = Level(n % 4)
	style.QuietZone = []int{4, 0, 1, 2, 3, 10, 4, 40}[r.IntN(8)]
	if n%3 == 0 {
		style.Dark, style.Light = Color{uint8(r.UintN(100)), uint8(r.UintN(80)), uint8(r.UintN(150))},
			Color{uint8(200 + r.UintN(56)), uint8(200 + r.UintN(56)), uint8(200 + r.UintN(56))}
	}
	alphabet := letters[r.IntN(len(letters))]
	length := 1 + r.IntN(25)
	switch {
	case n%250 == 0:
		length = capacity[anything].max[style.Level]
	case n%20 == 0:
		length = 1 + r.IntN(160)
	}
	var b strings.Builder
	if r.IntN(2) == 0 {
		b.WriteString("HTTPS://QR.EXAMPLE.EDU/R/")
	}
	for i := 0; ; i++ {
		next := string(alphabet[r.IntN(len(alphabet))])
		if i == length || b.Len()+len(next) > capacity[anything].max[style.Level] {
			break
		}
		b.WriteString(next)
	}
	s := sample{content: b.String(), style: style, format: []Format{FormatSVG, FormatPNG}[n/4%2]}
	switch r.IntN(4) {
	case 0:
		s.size.pixels = 600 + r.IntN(1000)
	case 1:
		s.size.mm, s.size.dpi = 50+100*r.Float64(), []int{300, 600}[r.IntN(2)]
	case 2: // as small as it gets
		if symbol, err := symbolOf(s.content, style.Level); err == nil {
			s.size.pixels = (symbol.Size() + 2*style.QuietZone) * (minModulePixels + r.IntN(3))
		}
	}
	return s
}

func (s sample) String() string {
	return fmt.Sprintf("%v %v %+v of %q", s.format, s.style, s.size, abridge(s.content))
}

func (s sample) render() (Image, error) {
	return Render(Request{Content: s.content, Style: s.style, Format: s.format, Size: s.size, Title: "Sample"})
}

// Every file is decoded by Render's gate; one PNG in ten is also read with
// image/png and decoded whole, pixel for pixel.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	const samples, workers = 1500, 4
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for n := w; n < samples; n += workers {
				s := randomSample(rand.New(rand.NewPCG(2026, uint64(n))), n)
				image, err := s.render()
				if err != nil {
					t.Errorf("sample %d: %v: %v", n, s, err)
					continue
				}
				if s.format == FormatPNG && n%10 == 5 && image.Width < 1000 {
					if err := Verify(asGray(decodePNG(t, image.Data)), s.content); err != nil {
						t.Errorf("sample %d whole: %v: %v", n, s, err)
					}
				}
			}
		})
	}
	wg.Wait()
}
