package views

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Docs is the reference of the API.
type Docs struct {
	Version    string
	Base       string // where the API lies, such as https://qr.example.edu/api/v1
	SpecPath   string // of the OpenAPI document
	Intro      []string
	Operations []DocsOperation
	Objects    []DocsObject
	Problem    string // an error as JSON
}

// DocsOperation is one thing that the API does.
type DocsOperation struct {
	ID           string
	Method, Path string
	Summary      string
	Text         []string // paragraphs
	Params, Body []DocsField
	Curl         string
	Answers      []DocsAnswer
	Example      string // the answer as JSON; may be empty
}

// DocsField is a parameter or a field of an object.
type DocsField struct {
	Name     string
	Place    string // path, query or header; empty for a field of an object
	Type     string
	Required bool
	Default  string
	Text     string
}

// DocsAnswer is a status that an operation answers with.
type DocsAnswer struct {
	Status, Text string
	Headers      []DocsField
}

// DocsObject is what JSON looks like.
type DocsObject struct {
	ID, Name, Text string
	Fields         []DocsField
}

// MethodClass picks the method's colour.
func (o DocsOperation) MethodClass() string { return "method-" + strings.ToLower(o.Method) }

// Good says whether the status is a success.
func (a DocsAnswer) Good() bool { return strings.HasPrefix(a.Status, "2") || a.Status == "304" }

// PathPrefix is the part of the base that the paths hang below.
func (d Docs) PathPrefix() string {
	if i := strings.Index(d.Base, "/api/"); i >= 0 {
		return d.Base[i:]
	}
	return ""
}

// docsText writes a text whose backticks mark what to type. It is no template,
// because a template would put a space before the comma that follows.
func docsText(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for i, part := range strings.Split(text, "`") {
			html := templ.EscapeString(part)
			if i%2 == 1 {
				html = "<code>" + html + "</code>"
			}
			if _, err := io.WriteString(w, html); err != nil {
				return err
			}
		}
		return nil
	})
}
