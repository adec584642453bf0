// Package payload makes what a symbol of fixed content says: it reads the
// fields of a form or an API client into a valid payload of one type, and
// writes that as phones understand it. Contacts and events can also be written
// as files, for codes whose short URL answers with one.
package payload

import (
	"qrgen/internal/errs"
)

// Type is what kind of thing a payload is.
type Type string

// The types of payload.
const (
	Text    Type = "text"
	URL     Type = "url"
	WiFi    Type = "wifi"
	Contact Type = "contact"
	Email   Type = "email"
	SMS     Type = "sms"
	Phone   Type = "phone"
	Place   Type = "place"
	Event   Type = "event"
)

// Types lists the types as forms offer them.
func Types() []Type { return []Type{Text, URL, WiFi, Contact, Email, SMS, Phone, Place, Event} }

// FileTypes lists the types that a file can be made of.
func FileTypes() []Type { return []Type{Contact, Event} }

// ParseType reads a type by its name.
func ParseType(s string) (Type, error) {
	for _, t := range Types() {
		if string(t) == s {
			return t, nil
		}
	}
	return "", errs.New(errs.Invalid, "Choose what the code holds: text, url, wifi, contact, email, sms, phone, place or event.")
}

// Fields are the parts of a payload by the names that Type.Fields gives.
type Fields map[string]string

// Payload is valid content of one type. The zero value is none.
type Payload struct {
	Type Type
	// Fields are the parts as they were read: trimmed, phone numbers without
	// spaces, times with their offset, empty ones left out. Parsed again they
	// give the same payload.
	Fields Fields

	value value
}

// value is a payload as its type has it.
type value interface {
	// content is what a symbol says.
	content() string
	// summary says in a line what it is about. No password is in it.
	summary() string
}

// IsZero says that there is no payload.
func (p Payload) IsZero() bool { return p.value == nil }

// Content is what a symbol says.
func (p Payload) Content() string { return p.value.content() }

// Summary names the payload in a line, for lists. No password is in it.
func (p Payload) Summary() string { return p.value.summary() }

// Parse reads the fields of a type. The error is Invalid and names each field
// that is wrong. Fields of other types are passed over.
func Parse(t Type, in Fields, rules Rules) (Payload, error) {
	r := &reader{rules: rules, fields: Fields{}}
	if _, err := ParseType(string(t)); err != nil {
		r.bad.Check("type", err)
		return Payload{}, r.bad.Err()
	}
	for _, f := range t.Fields() {
		r.read(f, in[f.Name])
	}
	p := Payload{Type: t, Fields: r.fields, value: t.parse(r)}
	if err := r.bad.Err(); err != nil {
		return Payload{}, err
	}
	return p, nil
}

func (t Type) parse(r *reader) value {
	switch t {
	case Text, URL:
		return plain(r.fields["content"])
	case WiFi:
		return parseWiFi(r)
	case Contact:
		return parseContact(r)
	case Email:
		return email{to: r.fields["to"], subject: r.fields["subject"], body: r.fields["body"]}
	case SMS:
		return sms{number: r.fields["number"], message: r.fields["message"]}
	case Phone:
		return phone(r.fields["number"])
	case Place:
		return parsePlace(r)
	case Event:
		return parseEvent(r)
	}
	return nil
}
