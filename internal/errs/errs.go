// Package errs is the bottom of the house: the closed set of ways in which
// something can fail, and the one error type that carries them upwards.
//
// Message and Fields are written for the person who made the request, Err for
// the operator who reads the log. Neither is ever shown to the other.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure an error is. The zero value is Internal, so
// that an error nobody classified never reads as the caller's fault.
type Kind uint8

// The kinds, each with the one HTTP status that handlers map it to.
const (
	Internal        Kind = iota // 500: a defect or an unforeseen fault
	Invalid                     // 422: the input breaks a rule
	Unauthenticated             // 401: nobody is signed in
	Forbidden                   // 403: not for this client
	NotFound                    // 404: no such thing
	Conflict                    // 409: somebody else was first
	Unavailable                 // 503: a dependency is away, try again
)

// String names the kind for logs and metrics.
func (k Kind) String() string {
	names := [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not_found", "conflict", "unavailable"}
	if int(k) < len(names) {
		return names[k]
	}
	return "internal"
}

// Field is what is wrong with one input field. Name is the form's or the
// API's field name.
type Field struct {
	Name    string
	Message string
}

// Error is a failure with a kind. The zero value is an internal error without
// words.
type Error struct {
	Kind    Kind
	Message string  // for people; empty for Internal
	Fields  []Field // per input field, in the order they were found
	Err     error   // the cause, for the log
}

// Error joins everything known, for the log only.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Name, f.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of the kind with a message for people.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Wrap makes an error of the kind with a message for people and a cause for
// the log.
func Wrap(kind Kind, message string, err error) *Error {
	return &Error{Kind: kind, Message: message, Err: err}
}

// InvalidField makes an Invalid error about one field.
func InvalidField(name, message string) *Error {
	return &Error{Kind: Invalid, Message: message, Fields: []Field{{Name: name, Message: message}}}
}

// KindOf finds the kind of the first *Error in err's tree; Internal if there
// is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// FieldsOf gives the field messages of the first *Error in err's tree, by
// field name. The first message about a field wins.
func FieldsOf(err error) map[string]string {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Fields) == 0 {
		return nil
	}
	m := make(map[string]string, len(e.Fields))
	for _, f := range e.Fields {
		if _, seen := m[f.Name]; !seen {
			m[f.Name] = f.Message
		}
	}
	return m
}

// Fields collects what is wrong with an input, so that a person is told
// everything at once. The zero value is ready to use.
type Fields struct{ list []Field }

// Check notes err under the field name if err is not nil. The field's message
// is the *Error's Message where there is one.
func (f *Fields) Check(name string, err error) {
	if err == nil {
		return
	}
	message := "This value is not valid."
	if e, ok := errors.AsType[*Error](err); ok && e.Message != "" {
		message = e.Message
	}
	f.list = append(f.list, Field{Name: name, Message: message})
}

// Join notes every field of err, if it is an *Error with fields.
func (f *Fields) Join(err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		f.list = append(f.list, e.Fields...)
	}
}

// Len is how much was noted.
func (f *Fields) Len() int { return len(f.list) }

// Err gives nil where nothing was noted, else one Invalid error with all of it.
func (f *Fields) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "Please correct the marked fields.", Fields: f.list}
}

// ParseInto puts what parse makes of s into dst, or notes its error on the
// field and leaves dst as it is.
func ParseInto[T any](bad *Fields, field string, dst *T, s string, parse func(string) (T, error)) {
	v, err := parse(s)
	if err != nil {
		bad.Check(field, err)
		return
	}
	*dst = v
}
