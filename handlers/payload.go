package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/payload"
	"qrgen/views"
)

// POST /codes/payload
//
// What a code holds or leads to was chosen: the form goes on with the fields
// of that, and with what was typed so far.
func (s *Server) choosePayload(c echo.Context) error {
	m, in, err := s.formSoFar(c)
	if err != nil {
		return err
	}
	if err := s.dress(c, &m, in); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.CodeFormPage(s.chrome(c), m), views.PayloadBlock(m))
}

// formSoFar is the form with what was typed, nothing checked. For a code that
// is there it has the code's own values where the form sent none.
func (s *Server) formSoFar(c echo.Context) (views.CodeForm, codes.Input, error) {
	in, err := readForm(c)
	if err != nil {
		return views.CodeForm{}, in, err
	}
	id, _ := strconv.ParseInt(c.FormValue("id"), 10, 64) // 0 without one: a new code
	if id <= 0 {
		m := s.formView(in)
		m.Token = formToken(c)
		return m, in, nil
	}
	row, err := s.registry.ByID(c.Request().Context(), id)
	if err != nil {
		return views.CodeForm{}, in, err
	}
	in = mergeForm(c, codes.InputOf(row.Code, s.registry.Zone()), in)
	m := s.editView(row, in)
	m.Version = c.FormValue("version")
	return m, in, nil
}

// readPayload takes the payload out of a form. Two choices are in it, one for
// each kind of code; of a field that is there twice, as a checkbox and the
// hidden field before it are, the last counts.
func readPayload(form url.Values, kind string) (payloadType string, fields map[string]string) {
	payloadType = form.Get("leads_to")
	if kind == string(codes.Static) {
		payloadType = form.Get("payload_type")
	}
	if payloadType == views.LeadsToLink {
		payloadType = ""
	}
	fields = map[string]string{}
	for name, values := range form {
		if _, _, ok := payload.FieldByFormName(name); ok {
			fields[name] = values[len(values)-1]
		}
	}
	return payloadType, fields
}

// mergePayload takes the code's own payload where the form sent none.
func mergePayload(form url.Values, current codes.Input, merged *codes.Input) {
	choice := "leads_to"
	if current.Kind == string(codes.Static) {
		choice = "payload_type"
	}
	merged.PayloadType, merged.Payload = readPayload(form, current.Kind)
	if !form.Has(choice) {
		merged.PayloadType = current.PayloadType
		// A client that sends an address alone turns the file into a link.
		if current.Kind == string(codes.Dynamic) && form.Get("target_url") != "" {
			merged.PayloadType = ""
		}
	}
	for name, value := range current.Payload {
		if !form.Has(name) && merged.PayloadType == current.PayloadType {
			merged.Payload[name] = value
		}
	}
}

// payloadForms are the two choices of a form: what fixed content is, and what
// a dynamic code leads to. Fields are filled in for the kind that is chosen;
// the other one's begins with what needs no others.
func payloadForms(in codes.Input) (content, file views.PayloadForm) {
	content = views.PayloadForm{Name: "payload_type", Type: string(payload.Text)}
	file = views.PayloadForm{Name: "leads_to", Type: views.LeadsToLink, Types: []views.PayloadType{{Value: views.LeadsToLink, Label: "Opens a web address"}}}
	switch static := in.Kind == string(codes.Static); {
	case static && in.PayloadType != "":
		content.Type = in.PayloadType
	case !static && in.PayloadType != "":
		file.Type = in.PayloadType
	}
	for _, t := range payload.Types() {
		content.Types = append(content.Types, views.PayloadType{Value: string(t), Label: t.Label()})
	}
	for _, t := range payload.FileTypes() {
		file.Types = append(file.Types, views.PayloadType{Value: string(t), Label: map[payload.Type]string{payload.Contact: "Gives a contact", payload.Event: "Gives an event"}[t]})
	}
	fillPayload(&content, in)
	fillPayload(&file, in)
	return content, file
}

func fillPayload(m *views.PayloadForm, in codes.Input) {
	t := payload.Type(m.Type)
	m.OnPhone = t.OnPhone()
	for _, f := range t.Fields() {
		name := t.FormName(f.Name)
		field := views.PayloadField{
			Name: name, Label: f.Label, Hint: f.Hint, Kind: inputKind(f.Kind), Missing: f.Missing != "", Optional: f.Missing == "" && !f.Sometimes,
			Wide: f.Wide || f.Kind == payload.Area || name == "content", Value: localMoment(in.Payload[name]),
		}
		if name == "content" {
			field.Value = in.Content
		}
		if f.Kind == payload.Choice && field.Value == "" {
			field.Value = f.Options[0].Value
		}
		// A MeCard is for symbols.
		for _, o := range f.Options {
			if m.Name == "leads_to" && o.Value == "mecard" {
				continue
			}
			field.Options = append(field.Options, views.PayloadType(o))
		}
		m.Fields = append(m.Fields, field)
	}
}

// inputKind is how a field is typed in.
func inputKind(k payload.Kind) string {
	switch k {
	case payload.Area:
		return "area"
	case payload.Choice:
		return "choice"
	case payload.Flag:
		return "flag"
	case payload.Number:
		return "decimal"
	case payload.Dial:
		return "tel"
	case payload.Mail:
		return "email"
	case payload.Web:
		return "url"
	case payload.Moment:
		return "datetime-local"
	case payload.Line:
	}
	return "text"
}

// localMoment writes a moment of an event as a datetime-local input takes it.
// Its wall clock is that of the event's zone, which is in it; a date is
// midnight.
func localMoment(typed string) string {
	if t, err := time.Parse(time.RFC3339, typed); err == nil {
		if t.Second() != 0 {
			return t.Format("2006-01-02T15:04:05")
		}
		return t.Format("2006-01-02T15:04")
	}
	if _, err := time.Parse(time.DateOnly, typed); err == nil {
		return typed + "T00:00"
	}
	return typed
}

// payloadView is what a code holds or answers with, for its page. Plain text
// is shown as it is and has none.
func (s *Server) payloadView(c db.Code) *views.Payload {
	p, ok := s.registry.Payload(c)
	if !ok || p.Type == payload.Text {
		return nil
	}
	m := &views.Payload{Type: string(p.Type), Label: p.Type.Label(), OnPhone: p.Type.OnPhone()}
	for _, f := range p.Type.Fields() {
		if value := p.Fields[f.Name]; value != "" {
			m.Facts = append(m.Facts, views.PayloadFact{Label: f.Label, Value: payloadWords(f, value)})
		}
	}
	return m
}

// payloadWords writes a field's value for people.
func payloadWords(f payload.Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label
		}
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil && f.Kind == payload.Moment {
		return t.Format("2 Jan 2006, 15:04 -07:00")
	}
	return value
}

// changeWords gives a change's name and value where they are a payload's.
func changeWords(field, value string) (label, words string) {
	if field == "payload_type" {
		if value == "" {
			return "", "Web address"
		}
		return "", payload.Type(value).Label()
	}
	t, f, ok := payload.FieldByFormName(field)
	if !ok {
		return "", value
	}
	return t.Label() + ": " + strings.ToLower(f.Label[:1]) + f.Label[1:], payloadWords(f, value)
}
