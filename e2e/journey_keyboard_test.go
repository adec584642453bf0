package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestShortcuts uses the keys that the shortcuts dialog lists.
func TestShortcuts(t *testing.T) {
	t.Parallel()
	p := office(t)
	p.create(t, "Something to list")
	b := open(t, p)
	b.visit("/")
	b.press("/")
	b.await("the focus in the search", "document.activeElement.matches('[data-search]')")
	b.keys("n?")
	if got := eval[string](b, "document.activeElement.value"); got != "n?" {
		t.Errorf("while typing the keys are text, and the field holds %q", got)
	}
	b.loads(func() { b.keys("\r") })
	if got := b.path(); got != "/codes?q=n%3F" {
		t.Errorf("searching from the top bar leads to %s", got)
	}
	b.visit("/codes")
	b.press("/")
	b.await("the focus in the list's search", "document.activeElement.id === 'codes-q'")
	b.visit("/codes")
	b.press("?")
	b.await("the list of shortcuts", "document.querySelector('#shortcuts').open")
	b.keys(kb.Escape)
	b.await("Escape closes it", "!document.querySelector('#shortcuts').open")
	b.loads(func() { b.press("n") })
	if got := b.path(); got != "/codes/new" {
		t.Errorf("n leads to %s", got)
	}
}

// stopsOf lists what the Tab key must reach: everything that takes the focus,
// of a group of radio buttons one.
const stopsOf = `(() => {
	const groups = new Set()
	window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(e => {
		if (e.tabIndex < 0 || e.disabled || e.type === 'hidden' || !e.checkVisibility({visibilityProperty: true})) return false
		if (e.type !== 'radio') return true
		const group = e.form?.id + e.name
		return !groups.has(group) && groups.add(group)
	})
	return stops.length
})()`

// stop says where the focus is among them, and whether it can be seen: an
// outline, on the element or on the label that stands for it, within the
// window.
const stop = `(() => {
	const e = document.activeElement
	const at = stops.findIndex(s => s === e || s.type === 'radio' && e.type === 'radio' && s.name === e.name)
	const ringed = x => { const s = x && getComputedStyle(x); return s && (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none') }
	const shown = ringed(e) || ringed(e.nextElementSibling) && e.type === 'radio' || ringed(e.closest('label'))
	const r = (e.closest('label') ?? e).getBoundingClientRect()
	const inside = r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth
	return {At: at, Shown: !!shown, Inside: inside, What: e.outerHTML.slice(0, 100)}
})()`

// TestTabOrder goes through pages with the Tab key alone: it reaches
// everything, in the order of the page, and one sees where one is.
func TestTabOrder(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Reached by keyboard")
	for _, path := range []string{"/", "/codes?q=Reached+by+keyboard", "/codes/new", c.path, c.path + "/edit"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			b := open(t, p)
			b.visit(path)
			eval[bool](b, "document.activeElement.blur(), scrollTo(0, 0), true")
			eval[bool](b, "document.querySelectorAll('main details:not(.menu)').forEach(d => d.open = true), true")
			want := eval[int](b, stopsOf)
			var order []int
			for range want*3 + 3 { // a date is several stops in one element
				b.keys(kb.Tab)
				s := eval[struct {
					At            int
					Shown, Inside bool
					What          string
				}](b, stop)
				if s.At < 0 { // between the last and the first
					continue
				}
				if len(order) > 1 && s.At == order[0] {
					break // round the page
				}
				if !s.Shown {
					t.Errorf("the focus is not to be seen on %s", s.What)
				}
				if !s.Inside {
					t.Errorf("the focus is outside the window on %s", s.What)
				}
				if !slices.Contains(order, s.At) {
					order = append(order, s.At)
				}
			}
			// Where the form took the focus, the round began in the middle.
			if first := slices.Index(order, 0); first > 0 {
				order = slices.Concat(order[first:], order[:first])
			}
			if !slices.IsSorted(order) {
				t.Errorf("the order jumps: %v", order)
			}
			for i := range want {
				if !slices.Contains(order, i) {
					t.Errorf("Tab does not reach %s", eval[string](b, fmt.Sprintf("stops[%d].outerHTML.slice(0, 120)", i)))
				}
			}
		})
	}
}

// TestSkipLink jumps over the top bar.
func TestSkipLink(t *testing.T) {
	t.Parallel()
	p := office(t)
	p.create(t, "Skipped to")
	b := open(t, p)
	b.visit("/codes")
	b.keys(kb.Tab)
	if got := b.focused(); got != "a Skip to content" {
		t.Errorf("the first stop is %s", got)
	}
	b.await("the link in sight", "document.activeElement.getBoundingClientRect().top >= 0")
	b.keys("\r")
	b.await("the focus on the content", "document.activeElement.id === 'main'")
	b.keys(kb.Tab)
	if eval[bool](b, "!document.activeElement.closest('main')") {
		t.Errorf("the next stop is outside the content: %s", b.focused())
	}
}

// TestKeyboardAlone makes a code without a mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.visit("/codes")
	b.loads(func() { b.press("n") })
	b.await("the focus on the title", "document.activeElement.id === 'f-title'")
	b.keys("Made by keys alone" + kb.Tab + kb.Tab + "https://example.com/keys") // past what it opens
	b.loads(func() { b.keys("\r") })                                            // Enter sends the form
	b.awaitText("h1", "Made by keys alone")
}

// TestTheme switches to dark and finds it so on the next page.
func TestTheme(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.visit("/codes/new")
	if got := b.attribute("html", "data-bs-theme"); got != "light" {
		t.Errorf("the system says light, the page is %s", got)
	}
	b.click("[data-theme-toggle]")
	b.await("dark", "document.documentElement.dataset.bsTheme === 'dark'")
	b.visit("/")
	if got := b.attribute("html", "data-bs-theme"); got != "dark" {
		t.Errorf("the next page is %s", got)
	}
	if got := b.attribute("[data-theme-toggle]", "aria-pressed"); got != "true" {
		t.Errorf("the switch says aria-pressed=%s", got)
	}
}
