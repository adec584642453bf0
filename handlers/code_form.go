package handlers

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

// GET /codes/new
func (s *Server) newCode(c echo.Context) error {
	look, err := s.registry.Presets().NewLook(c.Request().Context())
	if err != nil {
		return err
	}
	in := codes.Input{Kind: string(codes.Dynamic), Look: look}
	m := s.formView(in)
	m.Token, m.Untouched = rand.Text(), true
	return s.form(c, http.StatusOK, m, in)
}

// POST /codes
func (s *Server) createCode(c echo.Context) error {
	ctx := c.Request().Context()
	in, err := readForm(c)
	if err != nil {
		return err
	}
	token := formToken(c)
	var code db.Code
	if err = s.takeLogo(ctx, c, &in.Look); err == nil {
		code, err = s.registry.Create(ctx, in, token, s.actor(c.Request()))
	}
	if errors.Is(err, codes.ErrTokenUsed) { // the form was gone back to and changed: another code
		code, err = s.registry.Create(ctx, in, "", s.actor(c.Request()))
	}
	if err != nil {
		m := s.formView(in)
		m.Token = token
		return s.refuseForm(c, m, in, err)
	}
	s.say(c, "Created. Download the symbol below and try it with a phone before you print many.")
	return s.done(c, views.CodePath(code.ID))
}

// GET /codes/{id}/edit
func (s *Server) editCode(c echo.Context) error {
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	in := codes.InputOf(row.Code, s.registry.Zone())
	return s.form(c, http.StatusOK, s.editView(row, in), in)
}

// POST /codes/{id}
func (s *Server) updateCode(c echo.Context) error {
	ctx := c.Request().Context()
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	given, err := readForm(c)
	if err != nil {
		return err
	}
	in := mergeForm(c, codes.InputOf(row.Code, s.registry.Zone()), given)
	revision, err := revisionOf(c, row.Code)
	if err != nil {
		return err
	}
	if err = s.takeLogo(ctx, c, &in.Look); err == nil {
		_, err = s.registry.Update(ctx, row.Code.ID, revision, in, s.actor(c.Request()))
	}
	if conflict, ok := errors.AsType[*codes.EditConflict](err); ok {
		m, in, err := s.conflictForm(ctx, row, in, conflict)
		if err != nil {
			return err
		}
		return s.form(c, http.StatusConflict, m, in)
	}
	if err != nil {
		m := s.editView(row, in)
		m.Version = strconv.Itoa(int(revision))
		return s.refuseForm(c, m, in, err)
	}
	s.say(c, "Saved.")
	return s.done(c, views.CodePath(row.Code.ID))
}

// GET /codes/short-id?short_id=
func (s *Server) checkShortID(c echo.Context) error {
	m := views.ShortIDVerdict{}
	id, err := s.registry.CheckShortID(c.Request().Context(), c.QueryParam("short_id"))
	switch {
	case err == nil:
		m.Free, m.Text = true, "Free: "+s.links.ShortURL(string(id))
	case errs.KindOf(err) == errs.Invalid && c.QueryParam("short_id") != "":
		m.Text = messageOf(err)
	case errs.KindOf(err) == errs.Invalid:
		m.Text = ""
	default:
		return err
	}
	return s.page(c, http.StatusOK, views.ShortIDCheck(m), views.ShortIDCheck(m))
}

// form answers with the form for an input, as page or fragment.
func (s *Server) form(c echo.Context, status int, m views.CodeForm, in codes.Input) error {
	if err := s.dress(c, &m, in); err != nil {
		return err
	}
	return s.page(c, status, views.CodeFormPage(s.chrome(c), m), views.CodeFormPanel(m))
}

// refuseForm answers with the form as it was filled in and what is wrong: 422.
// Any other error is passed on.
func (s *Server) refuseForm(c echo.Context, m views.CodeForm, in codes.Input, err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind == errs.Invalid {
		m.Errors = errs.FieldsOf(err)
		m.Message = e.Message
		for _, p := range []*views.PayloadForm{&m.Content, &m.File} {
			p.Error = m.Errors["payload_type"]
			for i := range p.Fields {
				p.Fields[i].Error = m.Errors[p.Fields[i].Name]
			}
		}
		return s.form(c, http.StatusUnprocessableEntity, m, in)
	}
	return err
}

// revisionOf is the revision that the form was filled from. A client that
// sends none edits what is there now.
func revisionOf(c echo.Context, code db.Code) (int32, error) {
	version := c.FormValue("version")
	if version == "" {
		return code.Revision, nil
	}
	n, err := strconv.ParseInt(version, 10, 32)
	if err != nil {
		return 0, errs.Wrap(errs.Invalid, "The form has lost track of the code's version. Open it again.", err)
	}
	return int32(n), nil
}

// formToken is the token of the form that newCode made (rand.Text); what could
// not be one is left out.
func formToken(c echo.Context) string {
	token := c.FormValue("form_token")
	strange := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '2' || r > '7') }
	if len(token) > 64 || strings.ContainsFunc(token, strange) {
		return ""
	}
	return token
}

// readForm decodes the form; nothing is checked yet.
func readForm(c echo.Context) (codes.Input, error) {
	if err := parseForm(c); err != nil {
		return codes.Input{}, formError(err)
	}
	f := c.FormValue
	in := codes.Input{
		Kind: f("kind"), Title: f("title"), Description: f("description"),
		TargetURL: f("target_url"), FallbackURL: f("fallback_url"), ShortID: f("short_id"),
		StartsAt: f("starts_at"), ExpiresAt: f("expires_at"), Content: f("content"),
		Look: readLook(c),
	}
	in.PayloadType, in.Payload = readPayload(c.Request().Form, in.Kind)
	return in, nil
}

// mergeForm takes the code's own value for each field that the form did not
// send, so that a client can change one field alone.
func mergeForm(c echo.Context, current, given codes.Input) codes.Input {
	sent := c.Request().Form
	merged := given
	for name, values := range map[string][2]*string{
		"title": {&merged.Title, &current.Title}, "description": {&merged.Description, &current.Description},
		"target_url": {&merged.TargetURL, &current.TargetURL}, "fallback_url": {&merged.FallbackURL, &current.FallbackURL},
		"starts_at": {&merged.StartsAt, &current.StartsAt}, "expires_at": {&merged.ExpiresAt, &current.ExpiresAt},
		"content": {&merged.Content, &current.Content},
	} {
		if !sent.Has(name) {
			*values[0] = *values[1]
		}
	}
	look := merged.Look.Fields()
	for i, field := range current.Look.Fields() {
		if !sent.Has(field.Name) {
			*look[i].Value = *field.Value
		}
	}
	merged.Kind, merged.ShortID = current.Kind, current.ShortID
	mergePayload(sent, current, &merged)
	return merged
}
