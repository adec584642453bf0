package views

import "github.com/a-h/templ"

// PayloadForm is the choice of what a code holds or leads to, with the fields
// of what is chosen.
type PayloadForm struct {
	Name    string // of the choice: payload_type for fixed content, leads_to for a link
	Type    string // what is chosen
	Types   []PayloadType
	Fields  []PayloadField
	OnPhone string // what a phone does with it
	Error   string
}

// PayloadType is one of the types to choose from.
type PayloadType struct{ Value, Label string }

// PayloadField is one field of the type that is chosen.
type PayloadField struct {
	Name     string // the form's
	Label    string
	Hint     string
	Kind     string // an input's type, or area, choice, flag
	Value    string
	Error    string
	Missing  bool // may not be empty
	Optional bool
	Wide     bool // takes the whole width
	Options  []PayloadType
}

func (f PayloadField) attributes() templ.Attributes {
	a := templ.Attributes{"autocomplete": "off", "data-typed": true}
	switch f.Kind {
	case "url":
		a["data-url"], a["spellcheck"], a["dir"] = true, "false", "ltr"
	case "tel", "email", "datetime-local", "decimal":
		a["spellcheck"], a["dir"] = "false", "ltr"
	default:
		a["dir"] = "auto"
	}
	return a
}

// input is the field as an input.
func (f PayloadField) input() inputField {
	in := inputField{
		Name: f.Name, Type: f.Kind, Label: f.Label, Value: f.Value, Hint: f.Hint, Error: f.Error,
		Required: f.Missing, Optional: f.Optional, Area: f.Kind == "area", Extra: f.attributes(),
	}
	if f.Kind == "decimal" {
		in.Type, in.InputMode = "text", "decimal"
	}
	if in.Area {
		in.Type = ""
	}
	return in
}

// choices are the attributes of a choice of types: choosing another one fetches
// its fields.
func (p PayloadForm) choices() templ.Attributes {
	a := templ.Attributes{
		"id": FieldID(p.Name), "hx-post": CodePayloadPath, "hx-trigger": "change", "hx-include": "closest form",
		"hx-target": "#" + IDPayload, "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
	if p.Error != "" {
		a["aria-describedby"] = errorID(p.Name)
	}
	return a
}

// Link says that a dynamic code leads to an address.
func (p PayloadForm) Link() bool { return p.Type == "" || p.Type == LeadsToLink }

// LeadsToLink is the choice of a dynamic code that leads to an address.
const LeadsToLink = "link"

// Payload is what a code holds, or what file it answers with.
type Payload struct {
	Type    string // wifi
	Label   string // Wi-Fi
	OnPhone string
	Facts   []PayloadFact
}

// PayloadFact is one part of a payload, for reading.
type PayloadFact struct{ Label, Value string }
