package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"qrgen/views"
)

// GET /docs
func (s *Server) docs(c echo.Context) error {
	m, err := docsView(apiDocument(), s.links.Base()+apiPrefix)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.DocsPage(s.chrome(c), m), views.DocsReference(m))
}

// docsView writes the OpenAPI document as a page: whatever the page says, a
// program can read there, too.
func docsView(doc *huma.OpenAPI, base string) (views.Docs, error) {
	m := views.Docs{
		Version: doc.Info.Version, Base: base, SpecPath: apiPrefix + documentPath,
		Intro: strings.Split(doc.Info.Description, "\n\n"),
	}
	schemas := doc.Components.Schemas
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		methods := methodsOf(doc.Paths[path])
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			op, err := docsOperation(schemas, methods[method], method, path, base)
			if err != nil {
				return views.Docs{}, fmt.Errorf("describe %s %s: %w", method, path, err)
			}
			m.Operations = append(m.Operations, op)
		}
	}
	m.Objects = []views.DocsObject{
		{ID: "docs-code", Name: "Code", Text: "A code as every answer has it. What a kind of code has not is `null`.", Fields: docsObject[apiCode](schemas)},
		docsPayload(),
		{ID: "docs-list", Name: "List", Text: "A page of codes.", Fields: docsObject[apiCodeList](schemas)},
		{ID: "docs-scans", Name: "Scans", Text: "A code's scans in a range of days.", Fields: docsObject[apiScans](schemas)},
		{ID: "docs-problem", Name: "Problem", Text: "What an error says. Each of `errors` has a `location` and a `message`.", Fields: docsObject[apiProblem](schemas)},
	}
	var err error
	m.Problem, err = indented(exampleProblem())
	return m, err
}

func docsOperation(schemas huma.Registry, op *huma.Operation, method, path, base string) (views.DocsOperation, error) {
	m := views.DocsOperation{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Text: strings.Split(op.Description, "\n\n"),
	}
	for _, p := range op.Parameters {
		m.Params = append(m.Params, docsField(p.Name, p.In, p.Schema, p.Description, p.Required))
	}
	if body := jsonOf(op.RequestBody); body != nil {
		m.Body = docsFields(schemas, body.Schema)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		response := op.Responses[status]
		answer := views.DocsAnswer{Status: status, Text: response.Description}
		for _, name := range slices.Sorted(maps.Keys(response.Headers)) {
			header := response.Headers[name]
			answer.Headers = append(answer.Headers, views.DocsField{Name: name, Text: header.Description + header.Schema.Description})
		}
		m.Answers = append(m.Answers, answer)
		if content := response.Content["application/json"]; content != nil && content.Example != nil {
			example, err := indented(content.Example)
			if err != nil {
				return m, err
			}
			m.Example = example
		}
	}
	var err error
	m.Curl, err = curl(op, method, path, base)
	return m, err
}

// curl is the command that makes an operation's example request.
func curl(op *huma.Operation, method, path, base string) (string, error) {
	query := url.Values{}
	var options []string
	for _, p := range op.Parameters {
		if p.Example == nil {
			continue
		}
		value := fmt.Sprint(p.Example)
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case "query":
			query.Set(p.Name, value)
		case "header":
			options = append(options, quoted("-H", p.Name+": "+value))
		}
	}
	address := base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	command := quoted("curl", address)
	if method != http.MethodGet {
		command = quoted("curl -X "+method, address)
	}
	if format := query.Get("format"); format != "" {
		options = append(options, "-o code."+format)
	}
	if op.RequestBody != nil && jsonOf(op.RequestBody) == nil {
		options = append(options, quoted("-H", "Content-Type: image/png"), "--data-binary @logo.png")
	}
	if content := jsonOf(op.RequestBody); content != nil {
		body, err := indented(content.Example)
		if err != nil {
			return "", err
		}
		options = append(options, quoted("-H", "Content-Type: application/json"), quoted("-d", body))
	}
	return strings.Join(append([]string{command}, options...), " \\\n  "), nil
}

// jsonOf is a request's body if that is JSON; else it is a file.
func jsonOf(body *huma.RequestBody) *huma.MediaType {
	if body == nil {
		return nil
	}
	return body.Content["application/json"]
}

// quoted is an option with its value as a POSIX shell takes it.
func quoted(option, value string) string {
	return option + " '" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// indented writes an example as JSON for people.
func indented(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("write an example: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

func docsObject[T any](schemas huma.Registry) []views.DocsField {
	fields := docsFields(schemas, schemas.Schema(reflect.TypeFor[T](), true, ""))
	for i := range fields {
		fields[i].Required = false // every field is always there
	}
	return fields
}

// docsFields lists the fields of an object as its Go type has them: a schema's
// own are in no order.
func docsFields(schemas huma.Registry, ref *huma.Schema) []views.DocsField {
	schema := schemas.SchemaFromRef(ref.Ref)
	var fields []views.DocsField
	for _, f := range reflect.VisibleFields(schemas.TypeFromRef(ref.Ref)) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if property := schema.Properties[name]; property != nil {
			fields = append(fields, docsField(name, "", property, property.Description, slices.Contains(schema.Required, name)))
		}
	}
	return fields
}

func docsField(name, place string, schema *huma.Schema, text string, required bool) views.DocsField {
	f := views.DocsField{Name: name, Place: place, Required: required, Text: text, Type: docsType(schema)}
	if schema.Default != nil {
		f.Default = fmt.Sprint(reflect.Indirect(reflect.ValueOf(schema.Default)).Interface())
	}
	return f
}

// docsType says what values a schema takes.
func docsType(s *huma.Schema) string {
	var kind string
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:] + ", or null"
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, word := range s.Enum {
			words[i] = fmt.Sprint(word)
		}
		kind = strings.Join(words, ", ")
		if len(words) > 1 {
			kind = strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
		}
	case s.Type == huma.TypeString && s.Format == "date-time":
		kind = "date and time"
	case s.Type == huma.TypeString:
		kind = "text" + docsRange(s.MinLength, s.MaxLength, " characters")
	case s.Type == huma.TypeInteger:
		kind = "whole number" + docsRange(s.Minimum, s.Maximum, "")
	case s.Type == huma.TypeNumber:
		kind = "number" + docsRange(s.Minimum, s.Maximum, "")
	case s.Type == huma.TypeBoolean:
		kind = "true or false"
	case s.Type == huma.TypeArray:
		kind = "list"
	}
	if s.Nullable {
		kind += ", or null"
	}
	return kind
}

// docsRange says between which bounds a value is.
func docsRange[T int | float64](least, most *T, unit string) string {
	number := func(n T) string { return strconv.FormatFloat(float64(n), 'f', -1, 64) }
	switch {
	case least != nil && most != nil:
		return ", " + number(*least) + " to " + number(*most) + unit
	case most != nil:
		return ", at most " + number(*most) + unit
	case least != nil:
		return ", at least " + number(*least) + unit
	}
	return ""
}
