// Package looks holds how symbols look: what a form says about it, the logos
// that were uploaded, and the presets that an organisation has saved.
package looks

import (
	"strconv"
	"strings"

	"qrgen/internal/errs"
	"qrgen/internal/qr"
)

// LevelAuto asks for the strongest error correction that does not enlarge the
// symbol, or for the strongest of all under a logo.
const LevelAuto = "auto"

// Look is a style as a form or an API client gives it: text, nothing checked.
// An empty field means the default, but no caption and no logo.
type Look struct {
	Level            string // auto, L, M, Q or H
	QuietZone        string
	Dark, Light      string
	Transparent      string // true or false
	Modules, Finders string
	Logo, LogoSize   string // a logo's number, nothing for none; percent of the symbol's width, nothing for as large as is safe
	Caption          string
}

// Field is one field of a look by its form name.
type Field struct {
	Name  string
	Value *string
}

// Fields lists the fields in the order in which forms show them.
func (l *Look) Fields() []Field {
	return []Field{
		{"dark", &l.Dark},
		{"light", &l.Light},
		{"transparent", &l.Transparent},
		{"modules", &l.Modules},
		{"finders", &l.Finders},
		{"logo", &l.Logo},
		{"logo_size", &l.LogoSize},
		{"caption", &l.Caption},
		{"level", &l.Level},
		{"quiet_zone", &l.QuietZone},
	}
}

// Style is a look that is valid. The logo is named, not loaded: Logos does.
type Style struct {
	qr.Style
	LogoID *int64
}

// Default is the style of a code whose maker asked for nothing, in an
// organisation without a default preset.
func Default() Style {
	style := qr.DefaultStyle()
	style.AutoLevel = true
	return Style{Style: style}
}

// Parse reads a look and checks whether it can scan. The error is Invalid and
// names every field that is wrong.
func (l Look) Parse() (Style, error) {
	style, err := l.Read()
	if err == nil {
		err = style.Check()
	}
	return style, err
}

// Read reads each field of a look, and leaves it to others whether all of them
// together scan. The error is Invalid and names the fields that are wrong.
func (l Look) Read() (Style, error) {
	style := Default()
	style.Caption = strings.TrimSpace(l.Caption)
	var bad errs.Fields
	parse(&bad, "dark", &style.Dark, l.Dark, qr.ParseColor)
	parse(&bad, "light", &style.Light, l.Light, qr.ParseColor)
	parse(&bad, "transparent", &style.Transparent, l.Transparent, parseTransparent)
	parse(&bad, "modules", &style.Modules, l.Modules, qr.ParseShape)
	parse(&bad, "finders", &style.Finders, l.Finders, qr.ParseShape)
	parse(&bad, "logo", &style.LogoID, l.Logo, parseLogoID)
	parse(&bad, "logo_size", &style.LogoSize, l.LogoSize, parseLogoSize)
	parse(&bad, "quiet_zone", &style.QuietZone, l.QuietZone, parseQuietZone)
	if level := strings.TrimSpace(l.Level); level != "" && level != LevelAuto {
		style.AutoLevel = false
		parse(&bad, "level", &style.Level, level, parseLevel)
	} else if style.LogoID != nil {
		style.Level = qr.H // a logo lives on error correction: at M there is room for a dot
	}
	return style, bad.Err()
}

// Look writes a style as the look that would make it.
func (s Style) Look() Look { return s.Columns().Look() }

// parse is errs.ParseInto, but leaves dst as it is where s is empty.
func parse[T any](bad *errs.Fields, field string, dst *T, s string, read func(string) (T, error)) {
	if s = strings.TrimSpace(s); s == "" {
		return
	}
	errs.ParseInto(bad, field, dst, s, read)
}

func parseLevel(s string) (qr.Level, error) {
	level, err := qr.ParseLevel(s)
	if err != nil {
		return 0, errs.New(errs.Invalid, "Choose the error correction auto, L, M, Q or H.")
	}
	return level, nil
}

func parseQuietZone(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, errs.New(errs.Invalid, "The quiet zone is a whole number of modules; 4 is the standard.")
	}
	return n, nil
}

func parseTransparent(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errs.New(errs.Invalid, "Choose whether the background is filled (false) or transparent (true).")
}

func parseLogoID(s string) (*int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return nil, errs.New(errs.Invalid, "Choose one of the logos, or none.")
	}
	return &id, nil
}

func parseLogoSize(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(s, "%")))
	if err != nil {
		return 0, errs.New(errs.Invalid, "The logo's width is a whole number of percent of the code's, or nothing for as large as is safe.")
	}
	return n, nil
}
