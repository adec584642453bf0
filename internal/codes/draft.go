package codes

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/payload"
	"qrgen/internal/qr"
)

// Limits of the texts, in characters; the database holds the same.
const (
	TitleMax       = 100
	DescriptionMax = 500
)

// Input is a code as a form or an API client gives it: text, nothing checked.
// An empty style field means the default.
type Input struct {
	Kind, Title, Description string
	TargetURL, FallbackURL   string // dynamic
	ShortID                  string // dynamic; empty: one is drawn
	StartsAt, ExpiresAt      string // dynamic; RFC 3339, or the office's local time as "2006-01-02T15:04", with seconds or without
	// PayloadType is what kind of thing the content is: of package payload's
	// types. Static without one: as the content looks. Dynamic: a file to
	// answer with instead of a link.
	PayloadType string
	Content     string            // static: the payload's only part, if its type is text or url
	Payload     map[string]string // of any other type: its parts by their form names
	looks.Look
}

// Draft is a code whose every part is valid. Fields of the other kind are
// empty.
type Draft struct {
	Kind               Kind
	Title, Description string
	Target, Fallback   Target // Fallback may be empty
	ShortID            ShortID
	StartsAt           *time.Time
	ExpiresAt          *time.Time
	Payload            payload.Payload // static: the content; dynamic: the file to answer with, if any
	Style              looks.Style

	host string // of the short URLs: makes the UID of an event the only one of its name
}

// Parse checks an input against the rules, in the office's time zone. The
// error is Invalid and names every field that is wrong, by its form name.
func (r Rules) Parse(in Input, zone *time.Location) (Draft, error) {
	d := Draft{host: r.Links.host}
	var bad errs.Fields
	errs.ParseInto(&bad, "kind", &d.Kind, in.Kind, ParseKind)
	errs.ParseInto(&bad, "title", &d.Title, in.Title, parseTitle)
	errs.ParseInto(&bad, "description", &d.Description, in.Description, parseDescription)
	style, err := in.Look.Parse()
	d.Style = style
	bad.Join(err)
	if d.Kind == Static {
		d.Payload = parsePayload(&bad, in, zone)
	} else {
		r.parseDynamic(&bad, &d, in, zone)
	}
	if err := bad.Err(); err != nil {
		return Draft{}, err
	}
	// Whether it fits a symbol depends on several fields, each valid by now.
	if _, err := d.Style.Symbol(d.symbolContent(r.Links)); err != nil {
		bad.Check(d.contentField(), err)
	}
	return d, bad.Err()
}

func (r Rules) parseDynamic(bad *errs.Fields, d *Draft, in Input, zone *time.Location) {
	if in.PayloadType != "" {
		d.Target, d.Payload = fileTarget, d.parseFile(bad, in, zone)
	} else {
		errs.ParseInto(bad, "target_url", &d.Target, in.TargetURL, r.ParseTarget)
	}
	if strings.TrimSpace(in.FallbackURL) != "" {
		errs.ParseInto(bad, "fallback_url", &d.Fallback, in.FallbackURL, r.ParseTarget)
	}
	if strings.TrimSpace(in.ShortID) != "" {
		errs.ParseInto(bad, "short_id", &d.ShortID, in.ShortID, ParseShortID)
	}
	at := func(s string) (*time.Time, error) { return parseTime(s, zone) }
	errs.ParseInto(bad, "starts_at", &d.StartsAt, in.StartsAt, at)
	errs.ParseInto(bad, "expires_at", &d.ExpiresAt, in.ExpiresAt, at)
	if d.StartsAt != nil && d.ExpiresAt != nil && !d.ExpiresAt.After(*d.StartsAt) {
		bad.Check("expires_at", errs.New(errs.Invalid, "The end must come after the start."))
	}
}

// symbolContent is what the draft's symbol will say. A short ID that is yet to
// be drawn stands for itself by one of the same length.
func (d Draft) symbolContent(links Links) string {
	if d.Kind == Static && d.Payload.IsZero() {
		return ""
	}
	if d.Kind == Static {
		return d.Payload.Content()
	}
	id := string(d.ShortID)
	if id == "" {
		id = strings.Repeat("0", generatedLength)
	}
	return links.SymbolURL(id)
}

// contentField is the field that decides how long the symbol's content is.
func (d Draft) contentField() string {
	if d.Kind == Dynamic {
		return "short_id"
	}
	if _, ok := d.Payload.Type.Field("content"); ok {
		return "content"
	}
	return "payload_type"
}

// Preview gives what the symbol of an input would say and how it would look,
// as far as the input has got: the content is empty while a static code has
// none. A short ID that is yet to be drawn is shown as zeros.
func (r *Registry) Preview(ctx context.Context, in Input) (content string, style qr.Style, err error) {
	var bad errs.Fields
	d := Draft{}
	errs.ParseInto(&bad, "kind", &d.Kind, in.Kind, ParseKind)
	if d.Style, err = in.Look.Read(); err == nil {
		style, err = r.logos.Style(ctx, d.Style)
	}
	if err != nil && errs.KindOf(err) != errs.Invalid {
		return "", qr.Style{}, err
	}
	bad.Join(err)
	switch {
	case d.Kind == Static && in.hasPayload():
		d.Payload = parsePayload(&bad, in, r.zone)
	case d.Kind == Dynamic && strings.TrimSpace(in.ShortID) != "":
		errs.ParseInto(&bad, "short_id", &d.ShortID, in.ShortID, ParseShortID)
	}
	return d.symbolContent(r.rules.Links), style, bad.Err()
}

// hasPayload says whether any part of the payload has been typed.
func (in Input) hasPayload() bool {
	t := payload.Type(in.PayloadType)
	if t == "" {
		t = payload.Text
	}
	fields := in.payloadFields(t)
	for _, f := range t.Fields() {
		if f.Kind != payload.Choice && strings.TrimSpace(fields[f.Name]) != "" {
			return true
		}
	}
	return false
}

func parseTitle(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s):
		return "", errs.New(errs.Invalid, "The title has characters that are not text (invalid UTF-8).")
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", errs.New(errs.Invalid, "The title has line breaks or other control characters. Keep it on one line.")
	case !strings.ContainsFunc(s, isVisible):
		return "", errs.New(errs.Invalid, "Give the code a title, so that you find it again.")
	case utf8.RuneCountInString(s) > TitleMax:
		return "", errs.New(errs.Invalid, "The title has "+strconv.Itoa(utf8.RuneCountInString(s))+" characters; 100 is the most.")
	}
	return s, nil
}

// isVisible tells what can be seen and clicked from spaces and from marks that
// only steer what is beside them, such as U+200B and U+202E.
func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

func parseDescription(s string) (string, error) {
	s = strings.TrimSpace(newlines.Replace(s))
	switch {
	case !utf8.ValidString(s):
		return "", errs.New(errs.Invalid, "The description has characters that are not text (invalid UTF-8).")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", errs.New(errs.Invalid, "The description has control characters. Type it anew.")
	case utf8.RuneCountInString(s) > DescriptionMax:
		return "", errs.New(errs.Invalid, "The description has "+strconv.Itoa(utf8.RuneCountInString(s))+" characters; 500 is the most.")
	}
	return s, nil
}

// newlines undoes what forms do to line breaks (HTML Standard, form
// submission): they send CR LF.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func parseTime(s string, zone *time.Location) (*time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil //nolint:nilnil // no date is a valid date here
	}
	t, err := time.Parse(time.RFC3339, s)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if err != nil {
			t, err = time.ParseInLocation(layout, strings.Replace(s, " ", "T", 1), zone)
		}
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "Enter a date and a time, such as 2027-01-31 08:00.")
	}
	if t.Year() < 2000 || t.Year() > 2199 {
		return nil, errs.New(errs.Invalid, "Enter a year between 2000 and 2199.")
	}
	// To the second, as the history and the form write it.
	t = t.UTC().Truncate(time.Second)
	return &t, nil
}
