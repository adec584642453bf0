package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
)

// sent is what a JSON body says, by field, as the text that codes.Input takes.
// A field that was left out is missing, null is the empty text.
type sent map[string]string

// readBody reads a JSON object with the fields of T. The error names every
// field that T has not, that is there twice or that has another type.
//
// encoding/json alone would be too kind: it replaces bytes that are not UTF-8,
// takes the last of two equal fields and ignores the case of their names.
func readBody[T any](c echo.Context) (sent, error) {
	if err := checkContentType(c.Request()); err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(c.Request().Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, err
	}
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, "The body did not arrive whole. Send it again.", err)
	}
	if err := checkObject(raw); err != nil {
		return nil, err
	}
	known := fieldsOf[T]()
	var bad errs.Fields
	body := sent{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, err = dec.Token() // the brace
	for err == nil && dec.More() {
		var name json.Token
		var value json.RawMessage
		if name, err = dec.Token(); err == nil {
			err = dec.Decode(&value)
		}
		if err == nil {
			body.take(&bad, known, fmt.Sprint(name), value)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read JSON that was found valid: %w", err)
	}
	return body, bad.Err()
}

// take notes one field or what is wrong with it.
func (b sent) take(bad *errs.Fields, known map[string]reflect.Kind, name string, value json.RawMessage) {
	kind, ok := known[name]
	_, twice := b[name]
	var err error
	switch {
	case !ok:
		err = errs.New(errs.Invalid, "There is no such field here. The fields are "+strings.Join(slices.Sorted(maps.Keys(known)), ", ")+".")
	case twice:
		err = errs.New(errs.Invalid, "This field is there twice. Send it once.")
	case kind == reflect.Map:
		b.takePayload(bad, value)
	default:
		b[name], err = textOf(value, kind)
	}
	bad.Check("body."+name, err)
}

// textOf reads a value of a kind: reflect.String, reflect.Bool, or
// reflect.Int64 for a number, whose form is the business of the rules.
func textOf(value json.RawMessage, kind reflect.Kind) (string, error) {
	switch first := value[0]; {
	case string(value) == "null":
		return "", nil
	case kind == reflect.Bool && (string(value) == "true" || string(value) == "false"):
		return string(value), nil
	case kind == reflect.Bool:
		return "", errs.New(errs.Invalid, "This must be true or false, without quotes.")
	case kind == reflect.Int64 && (first == '-' || first >= '0' && first <= '9'):
		return string(value), nil
	case kind == reflect.Int64:
		return "", errs.New(errs.Invalid, "This must be a number, without quotes.")
	case first != '"':
		return "", errs.New(errs.Invalid, "This must be a text in quotes.")
	case !utf8.Valid(value):
		return "", errs.New(errs.Invalid, "This has characters that are not text (invalid UTF-8).")
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return "", fmt.Errorf("read a JSON string that was found valid: %w", err)
	}
	// Half a surrogate pair (\ud83d) comes out as U+FFFD, too.
	written := bytes.Count(value, []byte("\uFFFD")) + bytes.Count(bytes.ToLower(value), []byte(`\ufffd`))
	if strings.Count(s, "\uFFFD") > written {
		return "", errs.New(errs.Invalid, `This has characters that are not text (half of a pair such as \ud83d\ude00).`)
	}
	return s, nil
}

// checkContentType takes JSON by any of its names; a client that names none
// is taken at its word by what follows.
func checkContentType(r *http.Request) error {
	header := r.Header.Get(echo.HeaderContentType)
	if header == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(header)
	charset := strings.ToLower(params["charset"])
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") || charset != "" && charset != "utf-8" {
		return refuse(http.StatusUnsupportedMediaType, "Send JSON in UTF-8, with the header Content-Type: application/json.")
	}
	return nil
}

// checkObject finds out whether the body is one JSON object, and if not, where
// it goes wrong.
func checkObject(raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return refuse(http.StatusBadRequest, "The body is empty. Send a JSON object.")
	}
	var object json.RawMessage
	err := json.Unmarshal(raw, &object)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := raw[:min(int(syntax.Offset), len(raw))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - 1 - bytes.LastIndexByte(before, '\n')
		return refuse(http.StatusBadRequest, fmt.Sprintf("The body is not valid JSON: line %d, byte %d.", line, max(column, 1)))
	}
	if err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if object = bytes.TrimSpace(object); object[0] != '{' {
		return refuse(http.StatusBadRequest, "The body must be a JSON object, in braces.")
	}
	return nil
}

// fieldsOf gives the JSON fields of a struct: reflect.Int64 for numbers,
// reflect.Bool for truth values, reflect.Map for a payload, reflect.String for
// all else.
func fieldsOf[T any]() map[string]reflect.Kind {
	fields := map[string]reflect.Kind{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = reflect.String
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch kind.Kind() { //nolint:exhaustive // what JSON has of its own
		case reflect.Int, reflect.Int64:
			fields[name] = reflect.Int64
		case reflect.Bool:
			fields[name] = reflect.Bool
		case reflect.Map:
			fields[name] = reflect.Map
		}
	}
	return fields
}

// fill writes what was sent over an input.
func (b sent) fill(in *codes.Input) {
	for name, field := range map[string]*string{
		"title": &in.Title, "description": &in.Description, "short_id": &in.ShortID,
		"target_url": &in.TargetURL, "fallback_url": &in.FallbackURL, "content": &in.Content,
		"starts_at": &in.StartsAt, "expires_at": &in.ExpiresAt,
	} {
		if value, ok := b[name]; ok {
			*field = value
		}
	}
	b.fillLook(&in.Look)
}

// fillLook writes what was sent about the look over a look.
func (b sent) fillLook(look *looks.Look) {
	for _, field := range look.Fields() {
		if value, ok := b[field.Name]; ok {
			*field.Value = value
		}
	}
}

// checkParams refuses parameters that an operation has not: one that is
// misspelt would be left out in silence.
func checkParams(c echo.Context, params []*huma.Param) error {
	var known []string
	for _, p := range params {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	var bad errs.Fields
	for _, name := range slices.Sorted(maps.Keys(c.QueryParams())) {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			bad.Check("query."+name, errs.New(errs.Invalid, "This address takes no parameters."))
		default:
			bad.Check("query."+name, errs.New(errs.Invalid, "There is no such parameter. The parameters are "+strings.Join(known, ", ")+"."))
		}
	}
	return bad.Err()
}
