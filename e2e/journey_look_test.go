package e2e

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// downloadAs chooses what a file is for and its kind, and downloads it.
func (b *tab) downloadAs(use, format string) string {
	b.t.Helper()
	b.click(".pick:has([value=" + use + "])")
	b.click(".chip:has([value=" + format + "])")
	return b.download("[data-download]")
}

// take chooses one of a select's options.
func (b *tab) take(selector, value string) {
	b.t.Helper()
	eval[string](b, "(e => { e.value = "+quote(value)+"; e.dispatchEvent(new Event('input', {bubbles: true})); return e.value })(document.querySelector("+quote(selector)+"))")
}

// crest writes a logo into a file: a disc on a transparent ground.
func crest(t *testing.T) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 120, 120))
	for i := range 120 * 120 {
		if x, y := i%120-60, i/120-60; x*x+y*y < 3400 {
			c := color.NRGBA{0, 51, 102, 255}
			if x > -12 && x < 12 || y > -12 && y < 12 {
				c = color.NRGBA{240, 180, 40, 255}
			}
			m.SetNRGBA(i%120, i/120, c)
		}
	}
	path := filepath.Join(t.TempDir(), "College crest.png")
	f, err := os.Create(path)
	must(t, err)
	must(t, png.Encode(f, m))
	must(t, f.Close())
	return path
}

// TestCollegeLook gives a poster the college's colours and logo, saves them as
// a preset, and takes a PDF to the print shop.
func TestCollegeLook(t *testing.T) {
	t.Parallel()
	t.Run("with scripts", func(t *testing.T) { t.Parallel(); collegeLook(t, true) })
	t.Run("without", func(t *testing.T) { t.Parallel(); collegeLook(t, false) })
}

func collegeLook(t *testing.T, scripts bool) {
	t.Helper()
	p := office(t)
	b := open(t, p)
	b.scripts(scripts)
	name := map[bool]string{true: "College blue", false: "College blue, on paper"}[scripts]
	// press clicks on a button that changes the form, and waits for what it says.
	press := func(button, says string) {
		t.Helper()
		if scripts {
			b.click(button)
		} else {
			b.follow(button)
		}
		b.awaitText("main", says)
	}

	b.visit("/codes/new")
	b.fill("#f-title", "Open day poster")
	b.fill("#f-target_url", "https://example.com/open-day")
	b.click("#look > summary")
	b.fill("#f-dark", "#003366")
	b.take("#f-modules", "rounded")
	b.fill("#f-caption", "Scan me")
	b.do(chromedp.SetUploadFiles("#f-logo_file", []string{crest(t)}))
	if !scripts {
		b.follow("[formaction='/codes/preview']")
	}
	b.await("the logo", "document.querySelector('.logo-choice:has(:checked) img')")
	b.awaitText("#preview", "Grade")
	if got := b.value("#f-title") + " " + b.value("#f-caption"); got != "Open day poster Scan me" {
		t.Errorf("after the upload the form holds %q", got)
	}
	b.fill("#f-preset_name", name)
	press("[name=save_preset]", "Saved as the preset")
	if scripts {
		b.sound("the look")
	}
	b.follow("[data-save]")
	short := b.text(".short-url a")
	want := strings.ToUpper(strings.Replace(short, "/r/", "/R/", 1))

	pdf := b.downloadAs("poster", "pdf")
	if info := tool(t, "pdfinfo", pdf); !strings.Contains(info, "226.7") { // 80 mm in points
		t.Errorf("the PDF is not 80 mm wide: %s", info)
	}
	page := strings.TrimSuffix(pdf, ".pdf")
	tool(t, "pdftoppm", "-r", "300", "-png", "-singlefile", pdf, page)
	if got := readSymbol(t, page+".png"); got != want {
		t.Errorf("the PDF says %q, want %q", got, want)
	}
	b.visit(b.path())
	if got := b.text(".history"); !strings.Contains(got, "PDF, 80 mm, grade") {
		t.Errorf("the history says %q", got)
	}
	if scripts {
		b.sound("the code")
	}

	// The next code takes the preset.
	b.visit("/codes/new")
	b.click("#look > summary")
	button := eval[string](b, "'[data-focus-key=' + [...document.querySelectorAll('[name=use_preset]')].find(e => e.textContent === "+quote(name)+").dataset.focusKey + ']'")
	press(button, "The look is now that of")
	if got := b.value("#f-dark") + " " + b.value("#f-modules") + " " + b.value("#f-caption"); got != "#003366 rounded Scan me" {
		t.Errorf("the preset gives %q", got)
	}

	// Colours that don't scan are mended by one click.
	b.fill("#f-dark", "#bbbbbb")
	if !scripts {
		b.follow("[formaction='/codes/preview']")
	}
	b.awaitText("#preview", "a darker dark colour")
	press("[name=mend]", "The look now has")
	if got := b.value("#f-dark"); got == "#bbbbbb" {
		t.Error("the colour is as it was")
	}
	b.visit("/looks")
	if scripts {
		b.sound("presets and logos")
	}
}
