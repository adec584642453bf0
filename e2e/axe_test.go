package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeSource is axe-core, https://github.com/dequelabs/axe-core.
var axeSource = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(filepath.Join(root, "node_modules/axe-core/axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("axe-core is not there, run npm ci: %w", err)
	}
	return string(source), nil
})

// axeRun holds the page to WCAG 2.0, 2.1 and 2.2 at A and AA and to axe's best
// practices. target-size is part of 2.2 and off unless asked for.
const axeRun = `axe.run(document, {
	runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']},
	rules: {'target-size': {enabled: true}},
}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' – ' + n.failureSummary.replace(/\s+/g, ' '))))`

// settled says that nothing on the page moves or is being fetched.
const settled = "document.getAnimations().length === 0 && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"

// accessible runs axe on the page. It comes by the protocol, which the content
// security policy does not bind.
func (b *tab) accessible(where string) {
	b.t.Helper()
	source, err := axeSource()
	must(b.t, err)
	if !eval[bool](b, "'axe' in window") {
		b.do(chromedp.Evaluate[chromedp.Void](source))
	}
	for _, v := range eval[[]string](b, axeRun) {
		b.t.Errorf("%s: %s", where, v)
	}
}

// TestPages holds every page to axe in light and dark on a desk and on a
// phone, and to its width on a phone and at 200 % zoom.
func TestPages(t *testing.T) {
	t.Parallel()
	look := func(t *testing.T, w *town, s sight) {
		t.Helper()
		b := open(t, w.program)
		b.header("X-Forwarded-User", "m.lindqvist")
		s.show(b, w)
		for _, scheme := range schemes {
			for _, width := range []int64{1280, 640, 360} { // 640 is a desk at 200 % zoom
				b.look(width, scheme)
				b.await("the colours", "matchMedia('(prefers-color-scheme: "+scheme+")').matches && "+
					"(document.documentElement.dataset.bsTheme ?? "+quote(scheme)+") === "+quote(scheme)+" && "+settled)
				if over := b.overflow(width); over != "" {
					t.Errorf("wider than %d px: %s", width, over)
				}
				if width != 640 {
					b.accessible(fmt.Sprintf("%d px, %s", width, scheme))
				}
			}
		}
	}
	w := found(t, look)
	for _, s := range sights() {
		if !s.empty {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				look(t, w, s)
			})
		}
	}
	t.Run("banner", func(t *testing.T) {
		t.Parallel()
		p := office(t) // its address is this machine's alone
		look(t, &town{program: p}, sight{show: func(b *tab, _ *town) {
			b.visit("/codes/new")
			b.awaitText(".banner", p.Base)
		}})
	})
}
