package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// do runs actions, each within its patience.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, action := range actions {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, action)
		cancel()
		if err != nil {
			b.t.Fatalf("%v\nat %s", err, b.where())
		}
	}
}

// eval runs an expression on the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := tryEval[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func tryEval[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

func (b *tab) where() string {
	at, err := tryEval[string](b, "location.href")
	if err != nil {
		return err.Error()
	}
	return at
}

// await waits until an expression is true on the page, whatever page that is
// by then.
func (b *tab) await(what, expression string) {
	b.t.Helper()
	eventually(b.t, what, func() error {
		holds, err := tryEval[bool](b, "!!("+expression+")")
		if err == nil && !holds {
			err = fmt.Errorf("not so at %s", b.where())
		}
		return err
	})
}

// visit goes to a path of the program.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// loads does what makes another page appear, and waits until it is there.
func (b *tab) loads(act func()) {
	b.t.Helper()
	// A number of its own, as a page that the back button brings back may hold
	// the mark of an earlier one.
	b.pages++
	eval[int](b, fmt.Sprintf("window.before = %d", b.pages))
	act()
	b.await("another page", fmt.Sprintf("window.before !== %d && document.readyState === 'complete'", b.pages))
}

// follow clicks on what leads to another page.
func (b *tab) follow(selector string) {
	b.t.Helper()
	b.loads(func() { b.click(selector) })
}

// click clicks with the mouse in the middle of the first match, once that is
// visible, enabled and not covered. It asks the page itself where that is:
// chromedp's picture of the document is lost on pages that the back button
// brings back from memory.
func (b *tab) click(selector string) {
	b.t.Helper()
	var at struct {
		X, Y float64
		Wait string
	}
	eventually(b.t, "something to click on", func() (err error) {
		at, err = tryEval[struct {
			X, Y float64
			Wait string
		}](b, `(() => {
			const e = document.querySelector(`+quote(selector)+`)
			if (!e) return {Wait: 'no such element'}
			if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})) return {Wait: 'it is hidden'}
			if (e.disabled) return {Wait: 'it is disabled'}
			e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})
			const r = e.getClientRects()[0]
			const X = r.x + r.width / 2, Y = r.y + r.height / 2
			const top = document.elementFromPoint(X, Y)
			const hit = top && (e.contains(top) || top.closest('label')?.control === e)
			return hit ? {X, Y} : {Wait: 'covered by ' + (top ? top.outerHTML.slice(0, 120) : 'nothing')}
		})()`)
		if err == nil && at.Wait != "" {
			err = fmt.Errorf("%s: %s, at %s", selector, at.Wait, b.where())
		}
		return err
	})
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// fill puts text into a field as a person does: what was there is selected and
// typed over.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.seize(selector)
	if text == "" {
		text = kb.Delete
	}
	b.keys(text)
}

// seize puts the focus into a field and selects all that it holds.
func (b *tab) seize(selector string) {
	b.t.Helper()
	b.click(selector)
	b.await(selector+" with the focus", "document.activeElement === document.querySelector("+quote(selector)+") && (document.activeElement.select(), true)")
}

// keys presses keys, wherever the focus is.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// paste puts text, of several lines or with tabs, in the place of a field's.
func (b *tab) paste(selector, text string) {
	b.t.Helper()
	b.seize(selector)
	_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text})
	must(b.t, err)
}

// press presses one key as a keyboard does: a page that takes the key for a
// shortcut of its own gets no character, which keys would send in any case.
func (b *tab) press(key string) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		params := input.DispatchKeyEventParams{Type: kind, Key: key}
		if kind == input.DispatchKeyEventTypeKeyDown {
			params.Text = key
		}
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, params)
		must(b.t, err)
	}
}

// text is the visible text of the first match.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return strings.Join(strings.Fields(eval[string](b, "document.querySelector("+quote(selector)+").innerText")), " ")
}

func (b *tab) value(selector string) string {
	b.t.Helper()
	return eval[string](b, "document.querySelector("+quote(selector)+").value")
}

func (b *tab) attribute(selector, name string) string {
	b.t.Helper()
	return eval[string](b, "document.querySelector("+quote(selector)+").getAttribute("+quote(name)+") ?? ''")
}

func (b *tab) count(selector string) int {
	b.t.Helper()
	return eval[int](b, "document.querySelectorAll("+quote(selector)+").length")
}

// path is the address without the host.
func (b *tab) path() string {
	b.t.Helper()
	return eval[string](b, "location.pathname + location.search + location.hash")
}

// focused describes the element with the focus: its id, else tag and text.
func (b *tab) focused() string {
	b.t.Helper()
	return eval[string](b, `(e => !e ? '' : e.id ? '#' + e.id : e.tagName.toLowerCase() + ' ' + e.innerText.trim())(document.activeElement)`)
}

// awaitText waits until the first match holds the text.
func (b *tab) awaitText(selector, text string) {
	b.t.Helper()
	b.await(fmt.Sprintf("%q in %s", text, selector), "document.querySelector("+quote(selector)+")?.textContent.includes("+quote(text)+")")
}

// wholePage checks that a page came with its layout, and not a fragment alone.
func (b *tab) wholePage() {
	b.t.Helper()
	if b.count("header.topbar") != 1 || b.count("main") != 1 || b.count("h1") != 1 || b.count("link[rel=stylesheet]") < 1 {
		b.t.Errorf("not a whole page at %s: %s", b.where(), eval[string](b, "document.documentElement.outerHTML.slice(0, 500)"))
	}
}

// titles are the codes that the list shows, in its order.
func (b *tab) titles() []string {
	b.t.Helper()
	return eval[[]string](b, "[...document.querySelectorAll('table.codes .code-title')].map(e => e.textContent.trim())")
}

// awaitTitles waits until the list shows these codes in this order.
func (b *tab) awaitTitles(want ...string) {
	b.t.Helper()
	eventually(b.t, "the list", func() error {
		got, err := tryEval[[]string](b, "[...document.querySelectorAll('table.codes .code-title')].map(e => e.textContent.trim())")
		if err == nil && strings.Join(got, "|") != strings.Join(want, "|") {
			err = fmt.Errorf("%q, want %q, at %s", got, want, b.where())
		}
		return err
	})
}

// quote writes a string for JavaScript.
func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(errors.New("a string that is no JSON: " + err.Error()))
	}
	return string(q)
}
