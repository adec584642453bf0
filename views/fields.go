package views

import (
	"cmp"
	"maps"

	"github.com/a-h/templ"
)

// inputField is one labelled input of a form with its hint and message.
type inputField struct {
	Name        string // the form name
	Type        string // text when empty
	Label       string
	Value       string
	Hint        string
	Error       string
	Optional    bool
	Required    bool
	Placeholder string
	Prefix      string // shown before the input
	InputMode   string
	Area        bool   // several lines
	Rows        string // of them; 3 when empty
	Extra       templ.Attributes
}

// describedBy lists the elements that explain the input.
func (f inputField) describedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return errorID(f.Name) + " " + hintID(f.Name)
	case f.Error != "":
		return errorID(f.Name)
	case f.Hint != "":
		return hintID(f.Name)
	}
	return ""
}

// attributes are the input's, apart from class and value.
func (f inputField) attributes() templ.Attributes {
	a := templ.Attributes{"id": FieldID(f.Name), "name": f.Name}
	maps.Copy(a, f.Extra)
	if !f.Area {
		a["type"] = f.Type
		if f.Type == "" {
			a["type"] = "text"
		}
	}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Required {
		a["required"] = true
	}
	if f.Placeholder != "" {
		a["placeholder"] = f.Placeholder
	}
	if f.InputMode != "" {
		a["inputmode"] = f.InputMode
	}
	return a
}

// selectAttributes are those of a select or a checkbox, which have no type of
// their own and are never empty.
func (f inputField) selectAttributes() templ.Attributes {
	a := templ.Attributes{"id": FieldID(f.Name), "name": f.Name}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func (f inputField) selectClass() string {
	if f.Error != "" {
		return "form-select is-invalid"
	}
	return "form-select"
}

func (f inputField) rows() string { return cmp.Or(f.Rows, "3") }

// class is the input's class.
func (f inputField) class() string {
	if f.Error != "" {
		return "form-control is-invalid"
	}
	return "form-control"
}
