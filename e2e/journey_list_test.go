package e2e

import (
	"net/url"
	"strings"
	"testing"
)

// TestList is looking for codes: search as you type, filters, order, pages;
// every state is in the address, and the back button brings it back.
func TestList(t *testing.T) {
	t.Parallel()
	p := office(t)
	// Newest last. The word is in the title of some and elsewhere in others.
	p.create(t, "Zeppelin alpha")
	paused := p.create(t, "Zeppelin bravo")
	p.create(t, "Airship charlie", "description", "The zeppelin in the hall")
	p.create(t, "Airship delta", "target_url", "https://zeppelin.example.com/")
	p.create(t, "Airship echo", "kind", "static", "content", "Zeppelin, in the symbol itself")
	p.post(t, paused.path+"/pause", url.Values{})
	newest := []string{"Airship echo", "Airship delta", "Airship charlie", "Zeppelin bravo", "Zeppelin alpha"}

	b := open(t, p)
	b.visit("/codes")
	b.click("#codes-q")
	b.keys("zeppelin")
	b.awaitTitles(newest...)
	b.await("the search in the address", "location.search === '?q=zeppelin'")
	if got := b.focused(); got != "#codes-q" {
		t.Errorf("the focus went from the search to %s", got)
	}
	b.awaitText("#codes-summary", "5 of 5 codes")

	// A chip narrows the list; the back button takes it away again.
	b.click(".chip:has([name=state][value=paused])")
	b.awaitTitles("Zeppelin bravo")
	b.await("the filter in the address", "new URLSearchParams(location.search).get('state') === 'paused'")
	b.loads(func() { eval[bool](b, "history.back(), true") })
	b.wholePage()
	b.awaitTitles(newest...)
	if got := b.value("#codes-q"); got != "zeppelin" {
		t.Errorf("after going back the search says %q", got)
	}
	if !eval[bool](b, "document.querySelector('[name=state][value=\"\"]').checked") {
		t.Error("after going back the filter is still on")
	}

	// Into a code and back.
	b.follow("tbody tr:nth-child(4) .code-title")
	if got := b.path(); got != paused.path {
		t.Fatalf("the fourth row leads to %s, want %s", got, paused.path)
	}
	b.loads(func() { eval[bool](b, "history.back(), true") })
	b.wholePage()
	b.awaitTitles(newest...)

	// A column's head sorts by it, and again the other way round.
	b.click("[data-focus-key=sort-title]")
	b.awaitTitles("Airship charlie", "Airship delta", "Airship echo", "Zeppelin alpha", "Zeppelin bravo")
	if got := b.attribute("th.col-title", "aria-sort"); got != "ascending" {
		t.Errorf("aria-sort is %q", got)
	}
	b.await("the focus on the head", "document.activeElement.dataset.focusKey === 'sort-title'")
	b.click("[data-focus-key=sort-title]")
	b.awaitTitles("Zeppelin bravo", "Zeppelin alpha", "Airship echo", "Airship delta", "Airship charlie")
	b.await("search and order in the address", "location.search.includes('q=zeppelin') && location.search.includes('sort=-title')")

	// The address alone makes the same page.
	b.loads(func() { eval[bool](b, "location.reload(), true") })
	b.wholePage()
	b.awaitTitles("Zeppelin bravo", "Zeppelin alpha", "Airship echo", "Airship delta", "Airship charlie")

	// A further search keeps the order.
	b.click("#codes-q")
	b.fill("#codes-q", "airship")
	b.await("the order is kept", "location.search.includes('sort=-title')")
	b.awaitTitles("Airship echo", "Airship delta", "Airship charlie")
}

// TestPaging goes through pages both ways.
func TestPaging(t *testing.T) {
	t.Parallel()
	p := office(t)
	for _, title := range []string{"Pagoda 1", "Pagoda 2", "Pagoda 3", "Pagoda 4", "Pagoda 5"} {
		p.create(t, title)
	}
	b := open(t, p)
	b.visit("/codes?q=pagoda&sort=title&limit=2")
	b.awaitTitles("Pagoda 1", "Pagoda 2")
	b.awaitText("#codes-summary", "2 of 5 codes")
	b.click("[data-focus-key=page-next]")
	b.awaitTitles("Pagoda 3", "Pagoda 4")
	b.click("[data-focus-key=page-next]")
	b.awaitTitles("Pagoda 5")
	if n := b.count("[data-focus-key=page-next]"); n != 0 {
		t.Error("the last page offers a next one")
	}
	b.loads(func() { eval[bool](b, "location.reload(), true") })
	b.awaitTitles("Pagoda 5")
	b.click("[data-focus-key=page-prev]")
	b.awaitTitles("Pagoda 3", "Pagoda 4")
	b.click("[data-focus-key=page-prev]")
	b.awaitTitles("Pagoda 1", "Pagoda 2")
	if n := b.count("[data-focus-key=page-prev]"); n != 0 {
		t.Error("the first page offers a previous one")
	}
	b.loads(func() { eval[bool](b, "history.back(), true") })
	b.wholePage()
	b.awaitTitles("Pagoda 3", "Pagoda 4")
}

// TestNoHits searches for what is not there and clears the search.
func TestNoHits(t *testing.T) {
	t.Parallel()
	p := office(t)
	p.create(t, "Somewhere in the list")
	b := open(t, p)
	b.visit("/codes")
	b.fill("#codes-q", "xylophone & <b>bold</b>")
	b.awaitText("#codes-results", "No code matches")
	b.awaitText("#codes-results", "xylophone & <b>bold</b>")
	b.follow("#codes-results a.btn")
	if got := b.path(); strings.Contains(got, "q=") {
		t.Errorf("clearing leads to %s", got)
	}
	if b.count("table.codes tbody tr") == 0 {
		t.Error("the list stays empty after clearing")
	}
}

// TestRowMenu pauses and resumes a code from the list.
func TestRowMenu(t *testing.T) {
	t.Parallel()
	p := office(t)
	c := p.create(t, "Menu of the day")
	b := open(t, p)
	b.visit("/codes?q=" + url.QueryEscape("Menu of the day"))
	row := "#code-" + strings.TrimPrefix(c.path, "/codes/")
	b.click(row + " summary")
	b.keys("\x1b")
	b.await("Escape closes the menu", "!document.querySelector('details.menu[open]') && document.activeElement.matches('summary')")
	b.click(row + " summary")
	b.click(row + " form[action$='/pause'] button")
	b.awaitText(row+" .state", "Paused")
	b.await("a focus that is not lost", "document.activeElement !== document.body")
	if got := p.get(t, "/r/"+c.shortID).status; got != 404 {
		t.Errorf("a scan of the paused code: status %d, want 404", got)
	}
	b.click(row + " summary")
	b.click(row + " form[action$='/resume'] button")
	b.awaitText(row+" .state", "Active")
	p.scan(t, "/r/"+c.shortID, "https://example.com/Menu%20of%20the%20day")
}
