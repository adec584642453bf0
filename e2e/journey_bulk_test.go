package e2e

import (
	"fmt"
	"net/http"
	"testing"
)

// TestBulk chooses codes over two searches and changes them together.
func TestBulk(t *testing.T) {
	t.Parallel()
	p := office(t)
	var made []code
	for i := range 4 {
		made = append(made, p.create(t, fmt.Sprintf("Gazebo %d", i)))
	}
	kiosk := p.create(t, "Pergola")
	fixed := p.create(t, "Gazebo fixed", "kind", "static", "content", "Gazebo")

	b := open(t, p)
	b.visit("/codes?q=gazebo&sort=title")
	b.await("the bar out of the way", "!document.querySelector('.bulk').checkVisibility()")
	b.click("[data-bulk-page]")
	b.awaitText("[data-bulk-count]", "5 chosen")
	b.click(boxOf(made[3]))
	b.awaitText("[data-bulk-count]", "4 chosen")
	// What is chosen stays chosen in another search.
	b.fill("#codes-q", "pergola")
	b.awaitTitles("Pergola")
	b.click(boxOf(kiosk))
	b.awaitText("[data-bulk-count]", "5 chosen, 4 of them not on this page")
	for _, scheme := range schemes {
		for _, width := range widths {
			b.look(width, scheme)
			b.accessible(fmt.Sprintf("a bar at %d px, %s", width, scheme))
			if over := b.overflow(width); over != "" {
				t.Errorf("wider than %d px: %s", width, over)
			}
		}
	}
	b.look(1280, "light")
	b.follow(".bulk [value=paused]")
	b.wholePage()
	b.awaitText("#toasts", "4 paused. 1 has fixed content")
	for _, c := range append(made[:3:3], kiosk) {
		if got := p.get(t, "/r/"+c.shortID).status; got != http.StatusNotFound {
			t.Errorf("a scan of %s: status %d, want 404", c.title, got)
		}
	}
	p.scan(t, "/r/"+made[3].shortID, "https://example.com/Gazebo%203")

	// Retiring asks in a dialog, and can be thought better of.
	b.visit("/codes?q=gazebo&sort=title")
	b.click(boxOf(made[0]))
	b.click("[data-bulk-all]")
	b.awaitText("[data-bulk-count]", "5 chosen")
	b.click(".bulk .btn-outline-danger")
	b.await("the dialog", "document.querySelector('#bulk-dialog').open")
	b.awaitText("#bulk-dialog", "Retire 5 codes?")
	b.accessible("the dialog")
	b.click("#bulk-dialog [method=dialog] button")
	b.await("the dialog closed", "!document.querySelector('#bulk-dialog').open")
	b.click("[data-bulk-all]")
	b.awaitText("[data-bulk-count]", "1 chosen")
	b.click(boxOf(fixed))
	b.click(".bulk .btn-outline-danger")
	b.awaitText("#bulk-dialog", "Retire 2 codes?")
	question := open(t, p)
	question.visit("/codes/retire?all=1&q=gazebo")
	question.wholePage()
	question.accessible("the question as a page")
	b.follow("#bulk-dialog .btn-danger")
	b.awaitText("#toasts", "2 retired.")
	if got := p.get(t, "/r/"+made[0].shortID).status; got != http.StatusGone {
		t.Errorf("a scan of the retired code: status %d, want 410", got)
	}
}

// TestBulkWithoutJavaScript changes the codes of one page.
func TestBulkWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := office(t)
	first, second := p.create(t, "Rotunda 1"), p.create(t, "Rotunda 2")
	b := open(t, p)
	b.scripts(false)
	b.visit("/codes?q=rotunda&sort=title")
	b.click(boxOf(first))
	b.follow(".bulk [value=paused]")
	b.awaitText("#toasts", "1 paused.")
	b.click("[data-bulk-all]")
	b.follow(".bulk .btn-outline-danger")
	b.wholePage()
	b.awaitText("main", "Retire 2 codes?")
	b.follow("main .btn-danger")
	b.awaitText("#toasts", "2 retired.")
	if got := p.get(t, "/r/"+second.shortID).status; got != http.StatusGone {
		t.Errorf("a scan of the retired code: status %d, want 410", got)
	}
}

// boxOf is the box that chooses a code in the list.
func boxOf(c code) string { return ".select-box[value='" + c.path[len("/codes/"):] + "']" }
