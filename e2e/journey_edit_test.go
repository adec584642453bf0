package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestRetarget sends a printed code elsewhere, and back.
func TestRetarget(t *testing.T) {
	t.Parallel()
	const before, after = "https://example.com/winter", "https://example.com/summer?from=print"
	p := office(t)
	c := p.create(t, "Timetable at the door", "target_url", before)
	p.get(t, c.path+"/image.svg?download=1") // from now on there may be paper
	b := open(t, p)
	b.visit(c.path)
	b.follow(".head-actions a[href$='/edit']")
	b.fill("#f-target_url", after)
	b.click("[data-save]")
	b.await("the question", "document.querySelector('#retarget-dialog').open")
	if got := b.text("[data-retarget-old]") + " → " + b.text("[data-retarget-new]"); got != before+" → "+after {
		t.Errorf("the dialog shows %s", got)
	}
	b.click("#retarget-dialog [value=no]")
	b.await("the form again", "!document.querySelector('#retarget-dialog').open && document.activeElement.id === 'f-target_url'")
	p.scan(t, "/r/"+c.shortID, before)

	b.click("[data-save]")
	b.await("the question", "document.querySelector('#retarget-dialog').open")
	b.follow("#retarget-dialog [value=yes]")
	if got := b.path(); got != c.path {
		t.Fatalf("after saving at %s", got)
	}
	b.awaitText("#toasts", "Saved")
	p.scan(t, "/r/"+c.shortID, after)

	step := b.text(".history li:first-child")
	if !strings.Contains(step, before) || !strings.Contains(step, after) {
		t.Errorf("the history says %q", step)
	}
	b.follow(".history li:first-child form[action$='/undo'] button")
	b.awaitText("#toasts", "Undone")
	p.scan(t, "/r/"+c.shortID, before)
	if got := b.text(".target"); !strings.Contains(got, "example.com/winter") {
		t.Errorf("after the undo the page says it leads to %q", got)
	}

	// Nothing is asked where the target stays.
	b.visit(c.path + "/edit")
	b.fill("#f-title", "Timetable at the main door")
	b.follow("[data-save]")
	if got := b.text("h1"); got != "Timetable at the main door" {
		t.Errorf("heading %q", got)
	}
}

// TestTwoEditors lets two people edit one code: the second is told, sees what
// the first one changed, and loses nothing.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Canteen menu")
	ana, ben := open(t, p), open(t, p)
	ana.header("X-Forwarded-User", "ana")
	ben.header("X-Forwarded-User", "ben")
	ben.expect("status of 409")
	ana.visit(c.path + "/edit")
	ben.visit(c.path + "/edit")
	ana.fill("#f-title", "Canteen menu, week 12")
	ana.follow("[data-save]")

	ben.click("details:has(#f-description) > summary")
	ben.fill("#f-description", "At the till and on every table")
	ben.fill("#f-title", "Canteen menu, spring")
	ben.click("[data-save]")
	ben.awaitText(".conflict", "ana")
	for _, part := range []string{"Canteen menu, week 12", "Canteen menu, spring"} {
		if got := ben.text(".conflict"); !strings.Contains(got, part) {
			t.Errorf("the notice does not show %q: %s", part, got)
		}
	}
	ben.await("the focus on the notice", "document.activeElement.matches('.conflict')")
	if got := ben.value("#f-description") + ", " + ben.value("#f-title"); got != "At the till and on every table, Canteen menu, spring" {
		t.Errorf("the form holds %q", got)
	}
	if got := p.get(t, c.path).body; !strings.Contains(got, "Canteen menu, week 12") {
		t.Error("the first one's change was overwritten")
	}
	ben.follow("[data-save]")
	if got := ben.text("h1"); got != "Canteen menu, spring" {
		t.Errorf("after saving again the title is %q", got)
	}
	if got := ben.text(".history"); !strings.Contains(got, "ana") || !strings.Contains(got, "ben") {
		t.Errorf("the history does not name both: %s", got)
	}
}

// TestLife pauses, resumes, retires and restores a code.
func TestLife(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Exhibition in the foyer", "target_url", "https://example.com/foyer")
	b := open(t, p)
	b.visit(c.path)

	b.follow("form[action$='/pause'] button")
	b.awaitText("#toasts", "Paused")
	a := p.get(t, "/r/"+c.shortID)
	if a.status != http.StatusNotFound || !strings.Contains(a.body, "paused") || !strings.Contains(a.body, "reception@example.edu") {
		t.Errorf("a scan while paused: %d\n%s", a.status, a.body)
	}
	if len(a.body) > 10<<10 || strings.Contains(a.body, "<script") {
		t.Errorf("the public page has %d bytes, or a script", len(a.body))
	}
	b.follow("form[action$='/resume'] button")
	b.awaitText("#toasts", "Resumed")
	p.scan(t, "/r/"+c.shortID, "https://example.com/foyer")

	// Retiring says in a dialog what it does; the safe answer has the focus.
	b.click("[data-dialog-open=retire-dialog]")
	b.await("the dialog", "document.querySelector('#retire-dialog').open")
	if got := b.text("#retire-dialog"); !strings.Contains(got, "Exhibition in the foyer") || !strings.Contains(got, c.shortID) {
		t.Errorf("the dialog says %q", got)
	}
	if got := b.focused(); got != "button Keep it" {
		t.Errorf("the focus is on %s", got)
	}
	b.keys("\r")
	b.await("the dialog closes", "!document.querySelector('#retire-dialog').open")
	p.scan(t, "/r/"+c.shortID, "https://example.com/foyer")
	b.click("[data-dialog-open=retire-dialog]")
	b.await("the dialog", "document.querySelector('#retire-dialog').open")
	b.follow("#retire-dialog form[action$='/retire'] button")
	b.awaitText("#toasts", "Retired")
	if a := p.get(t, "/r/"+c.shortID); a.status != http.StatusGone {
		t.Errorf("a scan of the retired code: status %d, want 410", a.status)
	}
	if n := b.count("a[href$='/edit'], form[action$='/pause']"); n != 0 {
		t.Errorf("a retired code still offers %d ways to change it", n)
	}

	b.follow("form[action$='/restore'] button")
	b.awaitText("#toasts", "Restored")
	p.scan(t, "/r/"+c.shortID, "https://example.com/foyer")
	for _, word := range []string{"Paused", "Resumed", "Retired", "Restored"} {
		if got := b.text(".history"); !strings.Contains(got, word) {
			t.Errorf("the history does not say %q: %s", word, got)
		}
	}
}
