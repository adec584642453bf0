package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestHostileTitles puts into titles what breaks pages that trust them.
func TestHostileTitles(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	for name, title := range map[string]string{
		"script":    `Hostile <script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">`,
		"attribute": `Hostile " autofocus onfocus="window.pwned = 3" x='`,
		"RTL":       "Hostile \u202eredro ni ton\u202c \u202eand never closed",
		"width":     strings.Repeat("W", 100),
		"template":  "Hostile {{.Secret}} ${7*7} %s %!d(x) '; DROP TABLE codes; --",
	} {
		c := p.create(t, title, "description", title, "target_url", "https://example.com/?q="+url.QueryEscape(title))
		for _, path := range []string{"/", "/codes?q=" + url.QueryEscape(title), c.path, c.path + "/edit", "/codes?q=" + url.QueryEscape("no"+title)} {
			b.visit(path)
			b.wholePage()
			if eval[bool](b, "'pwned' in window") {
				t.Errorf("%s: the title ran as a script at %s", name, path)
			}
			b.fits(fmt.Sprintf("%s at %s", name, path))
		}
		b.visit("/codes?q=" + url.QueryEscape(title))
		if got := b.titles(); len(got) != 1 || got[0] != title {
			t.Errorf("%s: the list shows %q, want %q", name, got, title)
		}
		// What comes after the title in the row is not turned round by it.
		if !eval[bool](b, "!!document.querySelector('tbody .code-title > bdi')") {
			t.Errorf("%s: the title is not isolated", name)
		}
		b.visit(c.path)
		if got := eval[string](b, "document.querySelector('h1').textContent.trim()"); got != title {
			t.Errorf("%s: the heading is %q, want %q", name, got, title)
		}
		if got := eval[string](b, "document.title"); !strings.Contains(got, strings.Trim(title, " ")[:7]) {
			t.Errorf("%s: the document is called %q", name, got)
		}
		b.visit(c.path + "/edit")
		if got := b.value("#f-title"); got != title {
			t.Errorf("%s: the form holds %q, want %q", name, got, title)
		}
	}
	if got := b.asked(); len(got) != 0 {
		t.Errorf("dialogs opened: %v", got)
	}
}

// fits checks that nothing makes the page wider than the window, on a phone,
// on a desk, and at 200 % zoom there.
func (b *tab) fits(where string) {
	b.t.Helper()
	for _, width := range []int64{360, 640, 1280} {
		b.look(width, "light")
		if over := b.overflow(width); over != "" {
			b.t.Errorf("%s: wider than %d px: %s", where, width, over)
		}
	}
}

// overflow names what reaches beyond the width; empty if nothing scrolls
// sideways. What draws itself anew for a new width, as the chart does, has a
// moment to do so.
func (b *tab) overflow(width int64) (over string) {
	b.t.Helper()
	deadline := time.After(2 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		over = eval[string](b, fmt.Sprintf(`(() => {
			const wide = document.documentElement.scrollWidth
			if (wide <= %[1]d) return ''
			const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > %[1]d + 0.5)
			return wide + ' px; ' + out.slice(0, 4).map(e => e.outerHTML.slice(0, 80).replace(/\s+/g, ' ')).join(' | ')
		})()`, width))
		if over == "" {
			return ""
		}
		select {
		case <-deadline:
			return over
		case <-tick.C:
		}
	}
}
