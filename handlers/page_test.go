package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// reply is an answer.
type reply struct {
	t       testing.TB
	Code    int
	Header  http.Header
	Body    string
	cookies []*http.Cookie
	page    *page
}

// Page reads the body as HTML.
func (r *reply) Page() *page {
	r.t.Helper()
	if r.page == nil {
		root, err := html.Parse(strings.NewReader(r.Body))
		if err != nil {
			r.t.Fatal(err)
		}
		r.page = &page{r.t, root}
	}
	return r.page
}

// Has checks that the visible text holds each of the words.
func (r *reply) Has(words ...string) *reply {
	r.t.Helper()
	text := r.Page().Text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			r.t.Errorf("the page does not say %q; it says: %.3000s", w, text)
		}
	}
	return r
}

// HasNot checks that the visible text holds none of the words.
func (r *reply) HasNot(words ...string) *reply {
	r.t.Helper()
	text := r.Page().Text()
	for _, w := range words {
		if strings.Contains(text, w) {
			r.t.Errorf("the page says %q; it says: %.3000s", w, text)
		}
	}
	return r
}

// page is a parsed page. Tests look at content and attributes, not at exact
// markup, which may change.
type page struct {
	t    testing.TB
	root *html.Node
}

// All gives the elements for which ok holds, in the page's order.
func (p *page) All(ok func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && ok(n) {
			list = append(list, n)
		}
	}
	return list
}

// Tags gives the elements with that name.
func (p *page) Tags(name string) []*html.Node {
	return p.All(func(n *html.Node) bool { return n.Data == name })
}

// ByID gives the element with that id, or nil.
func (p *page) ByID(id string) *html.Node {
	for _, n := range p.All(func(n *html.Node) bool { return attr(n, "id") == id }) {
		return n
	}
	return nil
}

// Text is the text that is not in scripts and styles, with single spaces.
func (p *page) Text() string { return textOf(p.root) }

// Field gives the form's control with that name; for radio buttons the one
// that is chosen.
func (p *page) Field(name string) *html.Node {
	p.t.Helper()
	for _, n := range p.All(func(n *html.Node) bool {
		return attr(n, "name") == name && (n.Data == "input" || n.Data == "textarea" || n.Data == "select")
	}) {
		if attr(n, "type") != "radio" || has(n, "checked") {
			return n
		}
	}
	p.t.Errorf("the page has no field %q", name)
	return &html.Node{}
}

// Value is what a field is filled with.
func (p *page) Value(name string) string {
	p.t.Helper()
	n := p.Field(name)
	switch n.Data {
	case "textarea":
		var b strings.Builder
		for c := range n.ChildNodes() {
			b.WriteString(c.Data)
		}
		return b.String()
	case "select":
		for c := range n.Descendants() {
			if c.Data == "option" && has(c, "selected") {
				return attr(c, "value")
			}
		}
		return ""
	}
	return attr(n, "value")
}

// Problem is what is said about a field that is marked as wrong; "" if it is
// not marked.
func (p *page) Problem(name string) string {
	p.t.Helper()
	field := p.Field(name)
	if attr(field, "aria-invalid") != "true" {
		return ""
	}
	var all []string
	for id := range strings.FieldsSeq(attr(field, "aria-describedby")) {
		if n := p.ByID(id); n != nil {
			all = append(all, textOf(n))
		} else {
			p.t.Errorf("field %s is described by %s, which does not exist", name, id)
		}
	}
	return strings.Join(all, " ")
}

// Link gives the address of the first link with that rel.
func (p *page) Link(rel string) string {
	for _, n := range p.All(func(n *html.Node) bool { return n.Data == "a" && attr(n, "rel") == rel }) {
		return attr(n, "href")
	}
	return ""
}

// Actions gives where the page's forms are posted to.
func (p *page) Actions() []string {
	var list []string
	for _, n := range p.Tags("form") {
		if attr(n, "method") == "post" {
			list = append(list, attr(n, "action"))
		}
	}
	return list
}

// Titles gives the titles of the codes in a list, in its order.
func (p *page) Titles() []string {
	var list []string
	for _, row := range p.All(func(n *html.Node) bool { return n.Data == "tr" && strings.HasPrefix(attr(n, "id"), "code-") }) {
		for n := range row.Descendants() {
			if n.Data == "a" {
				list = append(list, textOf(n))
				break
			}
		}
	}
	return list
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "template") {
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}
