package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSheet prints 30 stickers for the bicycle stands on Avery 5160, starting
// at the 4th label of a sheet that was used before.
func TestSheet(t *testing.T) {
	t.Parallel()
	p := office(t)
	stand := p.create(t, "Veloport: report damage")
	p.create(t, "Veloport, another one")
	b := open(t, p)
	b.visit("/codes?q=veloport")
	b.click(boxOf(stand))
	b.follow(".bulk [formaction='/sheet']")
	b.wholePage()
	b.awaitText("#sheet-codes legend", "1 code chosen")
	eval[bool](b, "(e => { e.value = '5160'; return e.dispatchEvent(new Event('change', {bubbles: true})) })(document.querySelector('#f-preset'))")
	b.awaitText(".sheet-summary", "Avery 5160")
	b.fill("#f-copies", "30")
	b.awaitText(".sheet-summary", "30 labels on 1 sheet of Avery 5160")
	b.fill("#f-start", "4")
	b.awaitText(".sheet-summary", "30 labels on 2 sheets of Avery 5160")
	b.await("the start in the address", "new URLSearchParams(location.search).get('start') === '4'")
	b.await("three labels used before", "document.querySelectorAll('.label-used').length === 3 && document.querySelectorAll('.sheet-page image').length === 30")
	if got := b.focused(); got != "#f-start" {
		t.Errorf("the focus went to %s", got)
	}
	for _, scheme := range schemes {
		for _, width := range widths {
			b.look(width, scheme)
			b.accessible(fmt.Sprintf("%d px, %s", width, scheme))
			if over := b.overflow(width); over != "" {
				t.Errorf("wider than %d px: %s", width, over)
			}
		}
	}
	b.look(1280, "light")

	// A second code is found and ticked, and thought better of.
	b.fill("#f-find", "veloport")
	b.awaitText("#sheet-codes", "Veloport, another one")
	b.click("#sheet-codes input:not(:checked)")
	b.awaitText(".sheet-summary", "60 labels on 3 sheets")
	b.click("#sheet-codes fieldset:last-child input:checked")
	b.awaitText(".sheet-summary", "30 labels on 2 sheets")

	checkStickers(t, b.download(".sheet-side .btn-primary"), stand)
	b.visit(stand.path)
	b.awaitText("main", "Print sheet, 30 labels of Avery 5160")
}

// TestSheetWithoutJavaScript is the same without scripts.
func TestSheetWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := office(t)
	stand := p.create(t, "Tandem stand")
	b := open(t, p)
	b.scripts(false)
	b.visit("/sheet")
	b.fill("#f-find", "tandem")
	b.follow(".sheet-side .no-js-only")
	b.click("#sheet-codes input")
	eval[bool](b, "(document.querySelector('#f-preset').value = '5160', true)")
	b.fill("#f-copies", "30")
	b.fill("#f-start", "4")
	b.follow(".sheet-side .no-js-only")
	b.wholePage()
	b.awaitText(".sheet-summary", "30 labels on 2 sheets of Avery 5160")
	checkStickers(t, b.download(".sheet-side .btn-primary"), stand)
}

// checkStickers reads the labels of a downloaded sheet: on the first page all
// but three, on the second three.
func checkStickers(t *testing.T, file string, c code) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Fatal("pdftoppm is missing: apt-get install poppler-utils")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "200", "-png", file, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	for page, want := range []func(i int) bool{func(i int) bool { return i >= 3 }, func(i int) bool { return i < 3 }} {
		data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("page-%d.png", page+1)))
		must(t, err)
		drawn, err := png.Decode(bytes.NewReader(data))
		must(t, err)
		if got := drawn.Bounds().Max; got != image.Pt(1700, 2200) {
			t.Errorf("page %d is %v pixels at 200 dpi, want 1700 × 2200", page+1, got)
		}
		for i := range 30 {
			// 5160: 0.1875 in from the left, 0.5 in from the top, every 2.75 by 1 in.
			x, y := 37+i%3*550, 100+i/3*200
			label := drawn.(interface {
				SubImage(image.Rectangle) image.Image
			}).SubImage(image.Rect(x, y, x+525, y+200))
			if !want(i) {
				continue
			}
			var one bytes.Buffer
			must(t, png.Encode(&one, label))
			name := filepath.Join(dir, fmt.Sprintf("label-%d-%d.png", page, i))
			must(t, os.WriteFile(name, one.Bytes(), 0o600))
			if i%7 == 0 { // some of them are enough: internal/sheet reads every one
				if got := readSymbol(t, name); !strings.HasSuffix(got, "/R/"+strings.ToUpper(c.shortID)) {
					t.Errorf("label %d of page %d says %q", i+1, page+1, got)
				}
			}
		}
	}
}
