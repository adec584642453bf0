package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/payload"
	"qrgen/views"
)

// apiPayload is what a code holds or answers with, as a JSON object: its type,
// and the type's fields.
type apiPayload map[string]any

// Schema refers to the description of the object, which it adds where it is
// missing: type by type (OpenAPI 3.1, oneOf).
func (apiPayload) Schema(schemas huma.Registry) *huma.Schema {
	const name = "Payload"
	if schemas.Map()[name] == nil {
		schemas.Map()[name] = payloadObject()
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

func payloadObject() *huma.Schema {
	s := &huma.Schema{Description: "What kind of content it is, and its parts. For text and url the part is content itself."}
	for _, t := range payload.Types() {
		one := &huma.Schema{Type: huma.TypeObject, Title: t.Label(), Required: []string{"type"}, Properties: map[string]*huma.Schema{
			"type": {Type: huma.TypeString, Enum: []any{string(t)}},
		}}
		for _, f := range payloadParts(t) {
			one.Properties[f.Name] = payloadSchema(f)
			if f.Missing != "" {
				one.Required = append(one.Required, f.Name)
			}
		}
		one.AdditionalProperties = false
		s.OneOf = append(s.OneOf, one)
	}
	s.OneOf = append(s.OneOf, &huma.Schema{Type: "null"})
	return s
}

// payloadParts are the fields of a type that are not the code's content.
func payloadParts(t payload.Type) []payload.Field {
	return slices.DeleteFunc(t.Fields(), func(f payload.Field) bool { return f.Name == "content" })
}

func payloadSchema(f payload.Field) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: strings.TrimSpace(f.Label + ". " + f.Hint)}
	if f.Max > 0 {
		s.MaxLength = new(f.Max)
	}
	for _, o := range f.Options {
		s.Enum = append(s.Enum, o.Value)
	}
	switch f.Kind {
	case payload.Choice:
		s.Default = f.Options[0].Value
	case payload.Flag:
		s.Type, s.Default = huma.TypeBoolean, false
	case payload.Number:
		s.Type = huma.TypeNumber
	case payload.Moment:
		s.Description += " RFC 3339, or local time as 2027-01-31T18:00; of an event that takes all day the date."
	case payload.Line, payload.Area, payload.Dial, payload.Mail, payload.Web:
	}
	return s
}

// docsPayload is the object on the reference page.
func docsPayload() views.DocsObject {
	m := views.DocsObject{ID: "docs-payload", Name: "Payload", Text: "What a code holds or answers with. `type` says which of the other fields there are; a dynamic code can answer with a contact or an event. Send it whole: it is not merged with what was there."}
	var types []string
	for _, t := range payload.Types() {
		types = append(types, string(t))
	}
	m.Fields = append(m.Fields, docsField("type", "", choice("", types...), "What kind of content it is.", true))
	for _, t := range payload.Types() {
		for _, f := range payloadParts(t) {
			s := payloadSchema(f)
			m.Fields = append(m.Fields, docsField(f.Name, string(t), s, s.Description, f.Missing != ""))
		}
	}
	return m
}

// apiPayload writes what a code holds or answers with; nothing for a link.
func (s *Server) apiPayload(c db.Code) apiPayload {
	p, ok := s.registry.Payload(c)
	if !ok {
		return nil
	}
	m := apiPayload{"type": string(p.Type)}
	for _, f := range payloadParts(p.Type) {
		switch value := p.Fields[f.Name]; {
		case value == "":
		case f.Kind == payload.Flag:
			m[f.Name] = true
		case f.Kind == payload.Number:
			m[f.Name] = json.Number(value)
		default:
			m[f.Name] = value
		}
	}
	return m
}

// payloadKey is the name of a payload's part among what was sent.
func payloadKey(name string) string { return "payload." + name }

// takePayload notes the parts of a payload object, or what is wrong with them.
func (b sent) takePayload(bad *errs.Fields, value json.RawMessage) {
	b["payload"] = ""
	if string(value) == "null" {
		return
	}
	if value[0] != '{' {
		bad.Check("body.payload", errs.New(errs.Invalid, "This must be an object in braces, or null."))
		return
	}
	b["payload"] = "object"
	dec := json.NewDecoder(bytes.NewReader(value))
	_, err := dec.Token() // the brace
	for err == nil && dec.More() {
		var name json.Token
		var part json.RawMessage
		if name, err = dec.Token(); err == nil {
			err = dec.Decode(&part)
		}
		if err == nil {
			b.takePart(bad, fmt.Sprint(name), part)
		}
	}
	bad.Check("body.payload", err) // never: the whole body was found valid
	t := payload.Type(b[payloadKey("type")])
	if _, err := payload.ParseType(string(t)); err != nil {
		bad.Check("body.payload.type", err)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		name, ok := strings.CutPrefix(key, "payload.")
		if _, known := t.Field(name); ok && name != "type" && (!known || name == "content") {
			bad.Check("body."+key, errs.New(errs.Invalid, "A payload of type "+string(t)+" has no such field. "+partsOf(t)))
		}
	}
}

func partsOf(t payload.Type) string {
	var names []string
	for _, f := range payloadParts(t) {
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return "It is the code's content alone."
	}
	return "The fields are " + strings.Join(names, ", ") + "."
}

func (b sent) takePart(bad *errs.Fields, name string, value json.RawMessage) {
	key := payloadKey(name)
	_, twice := b[key]
	var err error
	switch first := value[0]; {
	case twice:
		err = errs.New(errs.Invalid, "This field is there twice. Send it once.")
	case string(value) == "true":
		b[key] = payload.FlagOn
	case string(value) == "false":
		b[key] = ""
	case first == '-' || first >= '0' && first <= '9':
		b[key] = string(value)
	default:
		b[key], err = textOf(value, 0)
	}
	bad.Check("body."+key, err)
}

// fillPayload writes the payload that was sent over an input, for a code that
// has this content now. What is sent of it replaces all of it.
func (b sent) fillPayload(in *codes.Input, content string) error {
	asked, isSent := b["payload"]
	given, hasContent := b["content"]
	link := in.Kind == string(codes.Dynamic) && b["target_url"] != ""
	t := payload.Type(b[payloadKey("type")])
	_, holdsContent := t.Field("content")
	switch {
	case asked != "" && link:
		return errs.InvalidField("target_url", "Send a target_url or a payload, not both: the code leads to the one or answers with the other.")
	case asked != "" && !holdsContent && given != "" && given != content:
		return errs.InvalidField("content", "The content follows from the payload. Leave it out, or make the payload null to say it yourself.")
	case asked != "":
		in.PayloadType, in.Payload = string(t), map[string]string{}
		for _, f := range t.Fields() {
			if value := b[payloadKey(f.Name)]; value != "" {
				in.Payload[t.FormName(f.Name)] = value
			}
		}
	case link, isSent:
		in.PayloadType, in.Payload = "", nil
		if in.Kind == string(codes.Static) && !hasContent {
			in.Content = content
		}
	case hasContent && given != content:
		in.PayloadType, in.Payload = "", nil
	}
	return nil
}

// apiPlace is where the API has what the pages call by one name.
func apiPlace(field string) string {
	if field == "payload_type" {
		return payloadKey("type")
	}
	if _, f, ok := payload.FieldByFormName(field); ok {
		return payloadKey(f.Name)
	}
	return field
}
