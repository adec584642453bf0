package e2e

import (
	"strings"
	"testing"

	"qrgen/e2e/rig"
)

// TestInvalidForm sends a form with mistakes: it comes back filled, says what
// is wrong at each field, and takes the person there.
func TestInvalidForm(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.expect("status of 422")
	b.visit("/codes/new")
	b.fill("#f-target_url", "javascript:alert(1)")
	b.click("details:has(#f-description) > summary")
	b.fill("#f-description", "Typed before the mistake showed")
	b.fill("#f-short_id", "admin")
	b.click("[data-save]")
	b.await("the errors", "document.querySelector('#error-summary')")
	b.await("the focus on the summary", "document.activeElement.id === 'error-summary'")
	for _, field := range []string{"title", "target_url", "short_id"} {
		if got := b.attribute("#f-"+field, "aria-invalid"); got != "true" {
			t.Errorf("%s: aria-invalid is %q", field, got)
		}
		described := strings.Fields(b.attribute("#f-"+field, "aria-describedby"))
		if len(described) == 0 || !strings.Contains(strings.Join(described, " "), "f-"+field+"-error") || b.text("#f-"+field+"-error") == "" {
			t.Errorf("%s: no message belongs to it: %q", field, described)
		}
	}
	for selector, want := range map[string]string{
		"#f-title": "", "#f-target_url": "javascript:alert(1)", "#f-short_id": "admin", "#f-description": "Typed before the mistake showed",
	} {
		if got := b.value(selector); got != want {
			t.Errorf("%s holds %q, want %q", selector, got, want)
		}
	}
	b.click("#error-summary a[href='#f-title']")
	b.await("the focus on the field", "document.activeElement.id === 'f-title'")
	b.keys("Now with a title")
	b.fill("#f-target_url", "https://example.com/ok")
	b.fill("#f-short_id", "")
	b.follow("[data-save]")
	b.awaitText("h1", "Now with a title")
	b.awaitText(".description", "Typed before the mistake showed")
}

// TestLeaving asks before what was typed is thrown away, and only then.
func TestLeaving(t *testing.T) {
	t.Parallel()
	p := office(t)
	b := open(t, p)
	b.visit("/codes/new")
	b.follow(".topnav a[href='/']")
	if got := b.asked(); len(got) != 0 {
		t.Errorf("leaving an untouched form asked: %v", got)
	}
	b.visit("/codes/new")
	b.fill("#f-title", "Half a thought")
	b.staying(true)
	b.click(".topnav a[href='/']")
	rig.Await(t, "the question", func() bool { return len(b.asked()) > 0 })
	if got := b.path() + " " + b.value("#f-title"); got != "/codes/new Half a thought" {
		t.Errorf("after staying: %s", got)
	}
	b.staying(false)
	b.follow(".topnav a[href='/']")
	if got := b.path(); got != "/" {
		t.Errorf("after leaving at %s", got)
	}
	// Cancel says itself that nothing is kept.
	b.asked()
	b.visit("/codes/new")
	b.fill("#f-title", "Another half")
	b.follow("[data-cancel]")
	if got := b.asked(); len(got) != 0 {
		t.Errorf("Cancel asked: %v", got)
	}
}

// TestServerGone stops the server while somebody types: it is said, the text
// stays, and once the server is back the form is saved.
func TestServerGone(t *testing.T) {
	p := start(t)
	b := open(t, p)
	b.expect("ERR_CONNECTION_REFUSED", "htmx:sendError", "htmx:afterRequest") // htmx logs what it tells
	b.visit("/codes/new")
	b.fill("#f-title", "Typed before the server went")
	must(t, p.Stop())
	b.fill("#f-target_url", "https://example.com/kept")
	b.click("[data-save]")
	b.awaitText("#toasts", "server can't be reached")
	if got := b.value("#f-title") + ", " + b.value("#f-target_url"); got != "Typed before the server went, https://example.com/kept" {
		t.Errorf("the form holds %q", got)
	}
	b.await("the button", "!document.querySelector('[data-save]').disabled")
	startIn(t, p.dataDir, "PORT="+p.port)
	b.follow("[data-save]")
	b.awaitText("h1", "Typed before the server went")
}
