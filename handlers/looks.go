package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/views"
)

// GET /looks
func (s *Server) listLooks(c echo.Context) error { return s.looksPage(c, http.StatusOK, "") }

// looksPage answers with the page of presets and logos, and why an upload
// failed.
func (s *Server) looksPage(c echo.Context, status int, problem string) error {
	ctx := c.Request().Context()
	presets, err := s.registry.Presets().List(ctx)
	if err != nil {
		return err
	}
	m := views.Looks{Error: problem}
	for _, p := range presets {
		preview, err := s.preview(ctx, codes.Input{Kind: string(codes.Dynamic), Look: p.Look}, "")
		if err != nil {
			return err
		}
		m.Presets = append(m.Presets, views.Preset{
			ID: p.ID, Name: p.Name, Default: p.Default, Image: preview, Look: lookFields(p.Look),
			Changed: s.moment(p.Row.UpdatedAt), ChangedBy: p.Row.UpdatedBy,
		})
	}
	if m.Logos, err = s.logoViews(ctx); err != nil {
		return err
	}
	uses, err := s.registry.Logos().Uses(ctx, logoUsesShown)
	if err != nil {
		return err
	}
	for i := range m.Logos {
		for _, use := range uses[m.Logos[i].ID] {
			m.Logos[i].Uses = append(m.Logos[i].Uses, views.LogoUse{ID: use.ID, Title: use.Title})
		}
	}
	return s.page(c, status, views.LooksPage(s.chrome(c), m), views.LooksOverview(m))
}

// POST /logos
//
// uploadLogo keeps a logo. In a form htmx asks for the choice of logos, with
// the new one chosen.
func (s *Server) uploadLogo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := parseForm(c); err != nil {
		return formError(err)
	}
	look := looks.Look{Logo: c.FormValue("logo")}
	_, sent := c.Get(keyUpload).(upload)
	err := s.takeLogo(ctx, c, &look)
	if err == nil && !sent {
		err = errs.InvalidField("logo_file", "Choose a picture first.")
	}
	if err != nil && errs.KindOf(err) != errs.Invalid {
		return err
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	}
	if !wantsPartial(c.Request()) {
		if err != nil {
			return s.looksPage(c, status, messageOf(err))
		}
		s.say(c, "The logo is here. Choose it in a code's look or in a preset.")
		return s.done(c, views.LooksPath)
	}
	m, viewErr := s.lookView(ctx, look)
	if viewErr != nil {
		return viewErr
	}
	if err != nil {
		m.LogosError = messageOf(err)
	} else {
		c.Response().Header().Set("HX-Trigger-After-Settle", "look-changed")
	}
	return s.page(c, status, views.LogoPicker(m), views.LogoPicker(m))
}

// GET|HEAD /logos/{id}
func (s *Server) showLogo(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	logo, err := s.registry.Logos().ByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	etag := `"` + logo.Hash()[:32] + `"`
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "private, max-age=86400, immutable") // a logo never changes
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "image/png", logo.PNG())
}

// POST /logos/{id}/remove
func (s *Server) removeLogo(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	if err := s.registry.Logos().Remove(c.Request().Context(), id); err != nil {
		return err
	}
	s.say(c, "The logo is removed.")
	return s.done(c, views.LooksPath)
}

// GET /looks/new
func (s *Server) newPreset(c echo.Context) error {
	return s.presetForm(c, http.StatusOK, views.PresetForm{}, looks.Default().Look(), nil)
}

// GET /looks/{id}
func (s *Server) editPreset(c echo.Context) error {
	preset, err := s.presetOf(c)
	if err != nil {
		return err
	}
	m := views.PresetForm{ID: preset.ID, Version: strconv.Itoa(int(preset.Revision)), Name: preset.Name, Default: preset.Default}
	return s.presetForm(c, http.StatusOK, m, preset.Look, nil)
}

// POST /looks
func (s *Server) createPreset(c echo.Context) error {
	return s.savePreset(c, views.PresetForm{}, func(look looks.Look, m views.PresetForm, actor string) error {
		_, err := s.registry.Presets().Create(c.Request().Context(), m.Name, look, m.Default, actor)
		return err
	})
}

// POST /looks/{id}
func (s *Server) updatePreset(c echo.Context) error {
	preset, err := s.presetOf(c)
	if err != nil {
		return err
	}
	return s.savePreset(c, views.PresetForm{ID: preset.ID}, func(look looks.Look, m views.PresetForm, actor string) error {
		revision, err := strconv.ParseInt(m.Version, 10, 32)
		if err != nil {
			return errs.Wrap(errs.Invalid, "The form has lost track of the preset's version. Open it again.", err)
		}
		_, err = s.registry.Presets().Update(c.Request().Context(), preset.ID, int32(revision), m.Name, look, m.Default, actor)
		return err
	})
}

// savePreset reads a preset's form and saves it, or comes back with the form
// as it was filled in.
func (s *Server) savePreset(c echo.Context, m views.PresetForm, save func(looks.Look, views.PresetForm, string) error) error {
	if err := parseForm(c); err != nil {
		return formError(err)
	}
	look := readLook(c)
	m.Name, m.Default, m.Version = c.FormValue("preset_name"), c.FormValue("is_default") == "1", c.FormValue("version")
	err := s.takeLogo(c.Request().Context(), c, &look)
	if err == nil {
		err = save(look, m, s.actor(c.Request()).Name)
	}
	switch errs.KindOf(err) {
	case errs.Invalid:
		return s.presetForm(c, http.StatusUnprocessableEntity, m, look, err)
	case errs.Conflict:
		// Saving again is then a decision made with the other's change known.
		if now, lookErr := s.registry.Presets().ByID(c.Request().Context(), m.ID); lookErr == nil {
			m.Version = strconv.Itoa(int(now.Revision))
		}
		return s.presetForm(c, http.StatusConflict, m, look, err)
	}
	if err != nil {
		return err
	}
	s.say(c, "The preset is saved. Codes that are there keep the look they have.")
	return s.done(c, views.LooksPath)
}

// presetForm answers with a preset's form and what is wrong with it.
func (s *Server) presetForm(c echo.Context, status int, m views.PresetForm, look looks.Look, problem error) error {
	ctx := c.Request().Context()
	var err error
	if m.Look, err = s.lookView(ctx, look); err != nil {
		return err
	}
	m.Look.OfPreset, m.Look.Errors = true, errs.FieldsOf(problem)
	if e, ok := errors.AsType[*errs.Error](problem); ok {
		m.Message = e.Message
	}
	m.PrintMM = defaultPrintMM
	if m.Preview, err = s.preview(ctx, codes.Input{Kind: string(codes.Dynamic), Look: look}, m.PrintMM); err != nil {
		return err
	}
	m.Preview.Holds = "" // a sample
	return s.page(c, status, views.PresetFormPage(s.chrome(c), m), views.PresetFormPanel(m))
}

// POST /looks/{id}/remove
func (s *Server) removePreset(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	if err := s.registry.Presets().Remove(c.Request().Context(), id); err != nil {
		return err
	}
	s.say(c, "The preset is removed. Codes made with it keep their look.")
	return s.done(c, views.LooksPath)
}

func (s *Server) presetOf(c echo.Context) (looks.Preset, error) {
	id, err := idOf(c, "id")
	if err != nil {
		return looks.Preset{}, err
	}
	return s.registry.Presets().ByID(c.Request().Context(), id)
}
