package views

import (
	"encoding/base64"
	"strconv"

	"github.com/a-h/templ"
)

// CodeForm is the form that makes or changes a code, with what was typed.
type CodeForm struct {
	ID      int64  // 0 for a new code
	Version string // edit: the version that was read, for the optimistic lock
	Token   string // new: makes a double-clicked submit one code

	Kind        string
	Title       string
	Description string
	TargetURL   string
	Content     PayloadForm // static: what it holds
	File        PayloadForm // dynamic: what it leads to, with TargetURL if that is a link
	ShortID     string
	StartsAt    string // 2006-01-02T15:04, office time
	ExpiresAt   string
	FallbackURL string
	Look        Look
	PrintMM     string // how wide it will be printed, for the advice alone

	Zone        string // the office's time zone, named beside the dates
	ShortPrefix string // "https://qr.example.edu/r/", shown before the short ID

	SavedTitle   string // edit: the title as saved, for the heading
	SavedTarget  string // edit: the target as saved
	ContentFixed bool   // edit: a static code whose content was downloaded, so it stays
	FixedContent string // what that is
	Printed      bool   // edit: already downloaded or scanned, so a new target asks first

	Message  string            // what is wrong as a whole; empty where nothing is
	Errors   map[string]string // by field name
	Conflict *Conflict         // somebody else saved meanwhile
	Preview  Preview

	Untouched bool // new: nothing was typed yet, so there is nothing to draw
}

// Conflict is what somebody else changed while this form was open.
type Conflict struct {
	Who    string
	When   Moment
	Fields []ConflictField
}

// ConflictField is one field that differs. Yours is what this form holds.
type ConflictField struct {
	Field  string // the form's field name
	Name   string // in people's words; empty where FieldLabel knows it
	Theirs string
	Yours  string
}

// Label is the field's name as the form shows it.
func (f ConflictField) Label() string { return labelOr(f.Name, f.Field) }

// FieldError is one entry of the summary on top of the form.
type FieldError struct {
	Name    string
	Label   string
	Message string
}

// formFields are the fields in the order they are shown.
var formFields = [...]string{
	"kind", "title", "payload_type", "target_url", "description", "short_id",
	"starts_at", "expires_at", "fallback_url", "dark", "light", "transparent", "modules", "finders", "logo", "logo_file", "logo_size", "caption", "level", "quiet_zone",
	"style", "preset_name",
}

// IDText is the code's number for a hidden field.
func (m CodeForm) IDText() string { return strconv.FormatInt(m.ID, 10) }

// describeLabel heads the folded fields; a short ID is chosen once.
func (m CodeForm) describeLabel() string {
	if m.IsNew() {
		return "Description and short ID"
	}
	return "Description"
}

// IsNew says whether the form makes a code.
func (m CodeForm) IsNew() bool { return m.ID == 0 }

// Heading is the page's heading.
func (m CodeForm) Heading() string {
	if m.IsNew() {
		return "New code"
	}
	return "Edit " + m.SavedTitle
}

// Action is where the form is posted to.
func (m CodeForm) Action() string {
	if m.IsNew() {
		return CreateCodePath
	}
	return CodePath(m.ID)
}

// CancelPath is where the form is left to without saving.
func (m CodeForm) CancelPath() string {
	if m.IsNew() {
		return CodesPath(CodesQuery{})
	}
	return CodePath(m.ID)
}

// Static says that fixed content is chosen.
func (m CodeForm) Static() bool { return m.Kind == string(KindStatic) }

// Err is the message about one field.
func (m CodeForm) Err(name string) string { return m.Errors[name] }

// Summary lists the errors in the order of the fields.
func (m CodeForm) Summary() []FieldError {
	var list []FieldError
	add := func(name, label string) {
		if text := m.Errors[name]; text != "" {
			list = append(list, FieldError{Name: name, Label: label, Message: text})
		}
	}
	payload := m.File
	if m.Static() {
		payload = m.Content
	}
	for _, name := range formFields {
		if name != "payload_type" {
			add(name, FieldLabel(name))
			continue
		}
		if payload.Error != "" {
			list = append(list, FieldError{Name: payload.Name, Label: FieldLabel(name), Message: payload.Error})
		}
		for _, f := range payload.Fields {
			add(f.Name, f.Label)
		}
	}
	return list
}

// anyError says whether one of the fields has an error; a folded group with
// one is shown open.
func (m CodeForm) anyError(names ...string) bool {
	for _, name := range names {
		if m.Errors[name] != "" {
			return true
		}
	}
	return false
}

// Preview is the symbol as it will print, beside the form.
type Preview struct {
	SVG     string // our own writer's SVG; empty while there is nothing to draw
	Problem string // why there is no symbol, in words
	Holds   string // what the symbol says when scanned
	Drawn   bool   // the short ID in it is yet to be made
	Advice  PrintAdvice
	Mend    []string // what the nearest look that reads changes; none where there is nothing to mend
	OOB     bool     // sent beside another partial
}

// Source is the SVG as an image address. As an image it can't run anything,
// whatever it holds.
func (p Preview) Source() string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(p.SVG))
}

// ShortIDVerdict is the answer while a short ID is typed.
type ShortIDVerdict struct {
	Free bool
	Text string // "Free: https://…/r/open-day" or what is wrong
}

// attributes mark a preview that is sent beside another partial.
func (p Preview) attributes() templ.Attributes {
	if p.OOB {
		return templ.Attributes{"hx-swap-oob": "true"}
	}
	return nil
}

func (p Preview) problemOrDefault() string {
	if p.Problem != "" {
		return p.Problem
	}
	return "The symbol appears here while you type."
}

// levels are the error correction levels from little to much.
var levels = [...]string{"L", "M", "Q", "H"}

func (m CodeForm) messageOrDefault() string {
	if m.Message != "" {
		return m.Message
	}
	return "Please correct the marked fields."
}

func (m CodeForm) zoneHint() string {
	if m.Zone == "" {
		return "In the office's time."
	}
	return "In the office's time, " + m.Zone + "."
}

// printedAttributes tell form.js that a new target needs a second look.
func (m CodeForm) printedAttributes() templ.Attributes {
	if !m.Printed {
		return nil
	}
	return templ.Attributes{"data-printed": true, "data-saved-target": m.SavedTarget}
}

func (m CodeForm) targetAttributes() templ.Attributes {
	return templ.Attributes{"data-url": true, "maxlength": "2048", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "none", "dir": "ltr"}
}

func shortIDAttributes() templ.Attributes {
	return templ.Attributes{
		"maxlength": "32", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "none", "dir": "ltr",
		"hx-get": ShortIDPath, "hx-trigger": "input changed delay:250ms", "hx-target": "#" + IDShortIDCheck,
		"hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}

func (c Conflict) whoOrSomebody() string {
	if c.Who == "" {
		return "Somebody"
	}
	return c.Who
}
