package codes

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/payload"
)

// fileTarget fills target_url of a code that answers with a file, for programs
// that know no files. It leads nowhere (RFC 6761 §6.4).
const fileTarget = "https://file.invalid/"

func payloadRules(zone *time.Location) payload.Rules {
	return payload.Rules{Zone: zone, Web: func(s string) (string, error) {
		a, err := parseAddress(s)
		return string(a.target), err
	}}
}

// parsePayload reads the payload that an input's type asks for. Without a type
// the content speaks for itself. The errors have the fields' form names.
func parsePayload(bad *errs.Fields, in Input, zone *time.Location) payload.Payload {
	t := payload.Type(in.PayloadType)
	if t == "" {
		t = typeOfContent(in.Content)
	}
	p, err := payload.Parse(t, in.payloadFields(t), payloadRules(zone))
	noteFields(bad, t, err)
	return p
}

// parseFile reads the payload of a code that answers with a file, and tries
// whether one can be made of it.
func (d *Draft) parseFile(bad *errs.Fields, in Input, zone *time.Location) payload.Payload {
	p := parsePayload(bad, in, zone)
	if !p.IsZero() {
		_, err := p.File(payload.Edition{UID: strings.Repeat("0", shortIDMax) + "@" + d.host, At: time.Unix(0, 0)})
		noteFields(bad, p.Type, err)
	}
	return p
}

func noteFields(bad *errs.Fields, t payload.Type, err error) {
	for field, message := range errs.FieldsOf(err) {
		name := "payload_type"
		if field != "type" {
			name = t.FormName(field)
		}
		bad.Check(name, errs.New(errs.Invalid, message))
	}
}

// typeOfContent is what content without a type is taken for: an address, if it
// is one to the letter, else text.
func typeOfContent(content string) payload.Type {
	if a, err := parseAddress(content); err == nil && string(a.target) == content {
		return payload.URL
	}
	return payload.Text
}

// payloadFields takes a type's fields out of an input.
func (in Input) payloadFields(t payload.Type) payload.Fields {
	fields := payload.Fields{}
	for _, f := range t.Fields() {
		if name := t.FormName(f.Name); name == "content" {
			fields[f.Name] = in.Content
		} else {
			fields[f.Name] = in.Payload[name]
		}
	}
	return fields
}

// setPayload writes a row's payload into an input. Content goes into a field
// of its own only where it is one.
func (in *Input) setPayload(c db.Code) {
	in.PayloadType = payloadType(c)
	t := payload.Type(in.PayloadType)
	if _, ok := t.Field("content"); ok {
		in.Content = db.Text(c.Content)
		return
	}
	in.Payload = map[string]string{}
	for name, value := range fieldsOf(c) {
		in.Payload[t.FormName(name)] = value
	}
}

// payloadType is the type of a row's content; empty for a link.
func payloadType(c db.Code) string {
	if c.PayloadType == "" && c.Kind == string(Static) {
		return string(typeOfContent(db.Text(c.Content)))
	}
	return c.PayloadType
}

// fieldsOf reads a row's payload fields. The database sees to it that they are
// an object; a value that is no text is left out.
func fieldsOf(c db.Code) payload.Fields {
	var raw map[string]any
	if json.Unmarshal(c.PayloadFields, &raw) != nil {
		return nil
	}
	fields := payload.Fields{}
	for name, value := range raw {
		if s, ok := value.(string); ok {
			fields[name] = s
		}
	}
	return fields
}

// Payload gives what a code holds or, as a file, leads to. There is none for a
// link, nor where the rules have changed so far that it can't be read.
func (r *Registry) Payload(c db.Code) (payload.Payload, bool) {
	t := payload.Type(payloadType(c))
	if t == "" {
		return payload.Payload{}, false
	}
	fields := fieldsOf(c)
	if _, ok := t.Field("content"); ok {
		fields = payload.Fields{"content": db.Text(c.Content)}
	}
	p, err := payload.Parse(t, fields, payloadRules(r.zone))
	return p, err == nil
}

// setContent writes the draft's payload into a row. Where it is the one that
// is there the content stays to the letter: it may be in print, written by an
// earlier version of this program.
func (d Draft) setContent(c *db.Code, now time.Time) error {
	fields := d.Payload.Fields
	if d.Payload.IsZero() {
		fields = payload.Fields{}
	}
	same := c.Content != nil && c.PayloadType == string(d.Payload.Type) && maps.Equal(fieldsOf(*c), fields)
	same = same || c.PayloadType == "" && c.Kind == string(Static) && d.Payload.Content() == db.Text(c.Content)
	var err error
	c.PayloadType = string(d.Payload.Type)
	if c.PayloadFields, err = json.Marshal(fields); err != nil {
		return fmt.Errorf("write the payload's fields: %w", err)
	}
	switch {
	case same:
	case d.Kind == Static:
		c.Content = new(d.Payload.Content())
	case d.Payload.IsZero():
		c.Content = nil
	default:
		file, err := d.Payload.File(payload.Edition{UID: db.Text(c.ShortID) + "@" + d.host, At: now})
		if err != nil {
			return err
		}
		c.Content = &file
	}
	return nil
}
