package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Look is the part of a form that says how a symbol looks, as it was typed.
type Look struct {
	Dark        string
	Light       string
	Transparent string // true or false
	Modules     string // square, rounded or dots
	Finders     string
	Logo        string // the chosen logo's number; empty for none
	LogoSize    string // percent; empty for as large as is safe
	Caption     string
	Level       string // auto, L, M, Q, H
	QuietZone   string

	Logos      []Logo
	LogosError string // why an upload failed
	Presets    []PresetChoice
	PresetName string // what was typed to save the look under
	Notice     string // what a button of this section just did
	Open       bool   // shown unfolded
	OfPreset   bool   // the form is a preset's, not a code's
	Printed    bool   // there may be printed copies
	Errors     map[string]string
}

// Logo is a picture that was uploaded.
type Logo struct {
	ID            int64
	Name          string
	Width, Height int
	Codes         int64     // how many codes have it
	Uses          []LogoUse // the latest of them
	Presets       int64
	Added         Moment
	AddedBy       string
}

// IDText is the preset's number for a form.
func (p PresetChoice) IDText() string { return strconv.FormatInt(p.ID, 10) }

// LogoUse is a code that has a logo.
type LogoUse struct {
	ID    int64
	Title string
}

// PresetChoice is a preset to begin with.
type PresetChoice struct {
	ID      int64
	Name    string
	Default bool
}

// lookFields are the look's fields in the order they are shown.
var lookFields = [...]string{
	"dark", "light", "transparent", "modules", "finders", "logo", "logo_file", "logo_size", "caption", "level", "quiet_zone",
}

// Err is the message about one field.
func (m Look) Err(name string) string { return m.Errors[name] }

// open says whether the section is unfolded: something in it was just done or
// is wrong.
func (m Look) open() bool {
	if m.Open || m.OfPreset || m.Notice != "" || m.LogosError != "" || m.Errors["preset_name"] != "" || m.Errors["style"] != "" {
		return true
	}
	for _, name := range lookFields {
		if m.Errors[name] != "" {
			return true
		}
	}
	return false
}

// logoError is what is wrong with the choice of a logo or with an upload.
func (m Look) logoError() string {
	if m.LogosError != "" {
		return m.LogosError
	}
	return m.Errors["logo_file"]
}

// Summary is the look in a line: "#003366 on #ffffff, rounded modules, with a
// logo".
func (m Look) Summary() string {
	words := m.Dark + " on " + m.Light
	if m.Transparent == "true" {
		words = m.Dark + ", transparent background"
	}
	if m.Modules != "square" {
		words += ", " + strings.ToLower(ShapeText(m.Modules)) + " modules"
	}
	if m.corners() != "square" {
		words += ", " + strings.ToLower(ShapeText(m.corners())) + " corner marks"
	}
	if m.Logo != "" {
		words += ", with a logo"
	}
	if m.Caption != "" {
		words += ", captioned “" + m.Caption + "”"
	}
	return words + ", quiet zone " + LookValue("quiet_zone", m.QuietZone, nil)
}

// choice is one entry of a select.
type choice struct {
	Value, Text string
}

// selectField is a labelled select of a form.
type selectField struct {
	Name, Label, Value string
	Hint, Error        string
	Choices            []choice
	Extra              templ.Attributes
}

func (f selectField) attributes() templ.Attributes {
	a := inputField{Name: f.Name, Hint: f.Hint, Error: f.Error, Area: true, Extra: f.Extra}.attributes()
	return a
}

func (f selectField) class() string {
	if f.Error != "" {
		return "form-select is-invalid"
	}
	return "form-select"
}

func moduleShapes() []choice {
	return append(cornerShapes(), choice{"dots", ShapeText("dots")})
}

// cornerShapes leave out dots, which the engine draws as rounded corner marks.
func cornerShapes() []choice {
	return []choice{{"square", ShapeText("square")}, {"rounded", ShapeText("rounded")}}
}

// corners is the corner marks' shape as it is drawn.
func (m Look) corners() string {
	if m.Finders == "dots" {
		return "rounded"
	}
	return m.Finders
}

// ShapeText is a shape in people's words.
func ShapeText(shape string) string {
	switch shape {
	case "rounded":
		return "Rounded"
	case "dots":
		return "Dots"
	}
	return "Square"
}

func backgrounds() []choice {
	return []choice{{"false", BackgroundText("false")}, {"true", BackgroundText("true")}}
}

// BackgroundText says what lies behind the symbol.
func BackgroundText(transparent string) string {
	if transparent == "true" {
		return "Transparent: the paper shows through"
	}
	return "Filled with the light colour"
}

func levelChoices() []choice {
	list := []choice{{"auto", LevelText("auto")}}
	for _, level := range levels {
		list = append(list, choice{level, LevelText(level)})
	}
	return list
}

func (m Look) lightHint() string {
	if m.Transparent == "true" {
		return "The colour of the paper it will be on."
	}
	return ""
}

func lookLabel(name string) string {
	return map[string]string{
		"level": "Error correction", "quiet_zone": "Quiet zone", "dark": "Dark colour", "light": "Light colour", "transparent": "Background",
		"modules": "Modules", "finders": "Corner marks", "logo": "Logo", "logo_file": "New logo", "logo_size": "Logo width",
		"caption": "Caption", "style": "Look", "preset_name": "Name of the preset",
	}[name]
}

// LookValue is a field's value of a look in people's words, for the history;
// logos gives the names of logos by their numbers.
func LookValue(field, value string, logos map[string]string) string {
	switch field {
	case "level":
		return LevelText(value)
	case "transparent":
		return BackgroundText(value)
	case "modules", "finders":
		return ShapeText(value)
	case "quiet_zone":
		if value == "1" {
			return "1 module"
		}
		return value + " modules"
	case "logo_size":
		if value == "" {
			return "as large as is safe"
		}
		return value + "\u00a0% of the code's width"
	case "logo":
		if value == "" {
			return "none"
		}
		if name := logos[value]; name != "" {
			return name
		}
		return "a logo that was removed"
	}
	return value
}

// IDText is the logo's number for a form.
func (l Logo) IDText() string { return strconv.FormatInt(l.ID, 10) }

// SizeText is "512 × 120 pixels".
func (l Logo) SizeText() string {
	return strconv.Itoa(l.Width) + " × " + strconv.Itoa(l.Height) + " pixels"
}

// UsedBy says who uses the logo.
func (l Logo) UsedBy() string {
	var parts []string
	if l.Codes > 0 {
		parts = append(parts, Count(l.Codes, "code", "codes"))
	}
	if l.Presets > 0 {
		parts = append(parts, Count(l.Presets, "preset", "presets"))
	}
	if len(parts) == 0 {
		return "Not in use"
	}
	words := "Used by " + strings.Join(parts, " and ")
	if len(l.Uses) > 0 && int(l.Codes) > len(l.Uses) {
		words += ", the latest:"
	}
	return words
}

// InUse says whether the logo can't be removed.
func (l Logo) InUse() bool { return l.Codes > 0 || l.Presets > 0 }

// logoFileAttributes send a chosen file at once where there is JavaScript, and
// with the form where there is none.
func logoFileAttributes(message string) templ.Attributes {
	a := templ.Attributes{
		"id": FieldID("logo_file"), "name": "logo_file", "accept": "image/png,image/jpeg", "data-focus-key": "logo_file",
		"hx-post": LogosPath, "hx-trigger": "change", "hx-encoding": "multipart/form-data", "hx-params": "logo_file,logo",
		"hx-target": "#" + IDLogos, "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
	describedBy := hintID("logo_file")
	if message != "" {
		a["aria-invalid"] = "true"
		describedBy = errorID("logo_file") + " " + describedBy
	}
	a["aria-describedby"] = describedBy
	return a
}

// lookButton are the attributes of a button that changes the look in the form
// and nothing else.
func lookButton(name, value, focusKey string) templ.Attributes {
	return templ.Attributes{
		"name": name, "value": value, "formaction": LookPath, "formnovalidate": true, "data-focus-key": focusKey,
		"hx-post": LookPath, "hx-target": "#" + IDLook, "hx-swap": "outerHTML", "hx-include": "closest form",
	}
}
