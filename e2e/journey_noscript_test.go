package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestWithoutJavaScript does the whole job in a browser that runs no scripts:
// list, search, create, preview, edit, undo, download, pause, retire, restore.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := office(t)
	p.create(t, "Noscript lighthouse")
	p.create(t, "Noscript harbour")
	b := open(t, p)
	b.scripts(false)

	b.visit("/codes")
	for _, selector := range []string{".js-only"} {
		if n := eval[int](b, "[...document.querySelectorAll("+quote(selector)+")].filter(e => e.checkVisibility()).length"); n != 0 {
			t.Errorf("%d things that need scripts are shown", n)
		}
	}
	b.fill("#codes-q", "noscript")
	b.follow("#codes-filter button")
	b.awaitTitles("Noscript harbour", "Noscript lighthouse")
	b.follow("[data-focus-key=sort-title]")
	b.follow("[data-focus-key=sort-title]")
	b.awaitTitles("Noscript lighthouse", "Noscript harbour")
	b.click(".chip:has([name=state][value=paused])")
	b.follow("#codes-filter button")
	b.awaitText("main", "No code matches")
	b.follow("#codes-results a.btn")

	b.follow(".page-head .btn-primary")
	b.fill("#f-title", "Noscript jetty")
	b.fill("#f-target_url", "https://example.com/jetty")
	b.click("details:has(#f-dark) > summary")
	b.fill("#f-dark", "#1d3557")
	b.follow("[formaction='/codes/preview']")
	if got := b.value("#f-title") + " " + b.value("#f-dark"); got != "Noscript jetty #1d3557" {
		t.Errorf("after the preview the form holds %q", got)
	}
	if b.count("#preview img") != 1 || !strings.Contains(b.text("#preview"), "Grade") {
		t.Errorf("the preview says %q", b.text("#preview"))
	}

	// A mistake comes back with the form.
	b.expect("status of 422")
	b.fill("#f-title", "")
	b.follow("[data-save]")
	if b.attribute("#f-title", "aria-invalid") != "true" || b.value("#f-target_url") != "https://example.com/jetty" {
		t.Error("the invalid form did not come back filled")
	}
	b.fill("#f-title", "Noscript jetty")
	b.follow("[data-save]")
	b.wholePage()
	b.awaitText("#toasts", "Created")
	page, short := b.path(), b.text(".short-url a")

	if got, want := readSymbol(t, b.download(".head-actions .btn-primary")), strings.ToUpper(strings.Replace(short, "/r/", "/R/", 1)); got != want {
		t.Errorf("the symbol says %q, want %q", got, want)
	}
	b.fill("#f-width", "35")
	readSymbol(t, b.downloadAs("own", "png"))

	b.follow(".head-actions a[href$='/edit']")
	b.fill("#f-target_url", "https://example.com/pier")
	b.follow("[data-save]")
	p.scan(t, short, "https://example.com/pier")
	b.follow("form[action$='/undo'] button")
	p.scan(t, short, "https://example.com/jetty")

	b.follow("form[action$='/pause'] button")
	if a := p.get(t, short); a.status != http.StatusNotFound {
		t.Errorf("paused: status %d", a.status)
	}
	b.follow("form[action$='/resume'] button")
	p.scan(t, short, "https://example.com/jetty")
	b.click("details.no-js-only > summary")
	b.follow("details.no-js-only form[action$='/retire'] button")
	if a := p.get(t, short); a.status != http.StatusGone {
		t.Errorf("retired: status %d", a.status)
	}
	b.follow("form[action$='/restore'] button")
	p.scan(t, short, "https://example.com/jetty")
	if got := b.path(); got != page {
		t.Errorf("at the end at %s, want %s", got, page)
	}
}
