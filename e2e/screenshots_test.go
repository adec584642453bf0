package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	screenshots    = root + "/docs/screenshots"
	screenshotsMax = 8 << 20 // bytes, all together
	tallest        = 4000    // px; the API's reference goes on for long beneath
)

// schemes and widths are those that screenshots are taken in.
var (
	schemes = []string{"light", "dark"}
	widths  = []int64{1280, 360}
)

// TestScreenshots writes docs/screenshots when asked to by -screenshots. In any
// case it checks that each sight has its files there, and that there are no
// others.
func TestScreenshots(t *testing.T) {
	if *writeScreenshots {
		must(t, os.MkdirAll(screenshots, 0o755))
		w := found(t, photograph)
		for _, s := range sights() {
			if !s.empty {
				t.Run(s.name, func(t *testing.T) { photograph(t, w, s) })
			}
		}
	}
	total := int64(0)
	want := map[string]bool{}
	for _, s := range sights() {
		for _, scheme := range schemes {
			for _, width := range widths {
				want[fmt.Sprintf("%s-%d-%s.png", s.name, width, scheme)] = true
			}
		}
	}
	entries, err := os.ReadDir(screenshots)
	must(t, err)
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		total += info.Size()
		if !want[e.Name()] {
			t.Errorf("%s is a screenshot of nothing that is looked at", e.Name())
		}
		delete(want, e.Name())
	}
	if len(want) > 0 {
		t.Errorf("no screenshots of %v: go test ./e2e -run TestScreenshots -screenshots", slices.Sorted(maps.Keys(want)))
	}
	if total > screenshotsMax {
		t.Errorf("the screenshots have %d bytes together, %d are the most", total, screenshotsMax)
	}
}

// photograph takes a sight in every width and scheme.
func photograph(t *testing.T, w *town, s sight) {
	t.Helper()
	for _, scheme := range schemes {
		b := open(t, w.program)
		b.header("X-Forwarded-User", "m.lindqvist")
		b.header("X-Request-ID", "6QK2M8ZT4R0V")                             // errors show it
		b.scrollbar = emulation.SetDeviceMetricsOverrideScrollbarTypeOverlay // takes no room
		for _, width := range widths {
			b.look(width, scheme)
			s.show(b, w)
			file := filepath.Join(screenshots, fmt.Sprintf("%s-%d-%s.png", s.name, width, scheme))
			must(t, os.WriteFile(file, b.picture(), 0o644))
		}
		b.close()
	}
}

// picture is the whole page as a PNG with a palette.
func (b *tab) picture() []byte {
	b.t.Helper()
	// What loads late, blinks or stays where it was scrolled to would make every
	// picture another.
	eval[bool](b, `(document.documentElement.style.caretColor = 'transparent', document.querySelectorAll('img').forEach(i => i.loading = 'eager'), scrollTo(0, 0), true)`)
	b.await("the images", "[...document.images].every(i => i.complete && i.naturalWidth > 0)")
	eval[bool](b, "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
	shot, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng,
		// Behind a dialog the page does not scroll, and its shade ends with the window.
		CaptureBeyondViewport: new(b.count("dialog[open]") == 0),
	})
	must(b.t, err)
	full, err := png.Decode(bytes.NewReader(shot.Data))
	must(b.t, err)
	if cut, ok := full.(interface {
		SubImage(r image.Rectangle) image.Image
	}); ok {
		full = cut.SubImage(image.Rect(0, 0, full.Bounds().Dx(), tallest))
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	must(b.t, encoder.Encode(&out, reduced(full)))
	return out.Bytes()
}

// reduced is a picture in its 256 most frequent colours, all others becoming
// the nearest of them. Our pages are flat: what changes is the edge of letters.
func reduced(full image.Image) image.Image {
	frequency := map[color.NRGBA]int{}
	bounds := full.Bounds()
	at := func(x, y int) color.NRGBA {
		c, ok := color.NRGBAModel.Convert(full.At(x, y)).(color.NRGBA)
		if !ok {
			panic("NRGBAModel gives NRGBA")
		}
		return c
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			frequency[at(x, y)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(frequency), func(a, b color.NRGBA) int {
		return cmp.Or(frequency[b]-frequency[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range colors[:min(256, len(colors))] {
		palette = append(palette, c)
	}
	small := image.NewPaletted(bounds, palette)
	index := map[color.NRGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, known := index[c]
			if !known {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			small.SetColorIndex(x, y, i)
		}
	}
	return small
}
