package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
	"qrgen/views"
)

// logoUsesShown is how many codes are named beside a logo.
const logoUsesShown = 5

// readLook decodes a form's part about the look; nothing is checked yet.
func readLook(c echo.Context) looks.Look {
	var look looks.Look
	for _, field := range look.Fields() {
		*field.Value = c.FormValue(field.Name)
	}
	return look
}

// POST /codes/look
//
// adjustLook changes the look in a form that is being filled in: to a preset's,
// or to the nearest that reads. Or it saves the look as a preset. The code
// itself stays as it is until the form is saved.
func (s *Server) adjustLook(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := s.formInHand(c)
	if err != nil {
		return err
	}
	look, notice, err := s.adjusted(ctx, c, form.input)
	status := http.StatusOK
	if err != nil {
		if errs.KindOf(err) != errs.Invalid {
			return err
		}
		status = http.StatusUnprocessableEntity
	} else {
		form.input.Look = look
	}
	m, viewErr := s.lookView(ctx, form.input.Look)
	if viewErr != nil {
		return viewErr
	}
	m.Open, m.Notice, m.PresetName, m.OfPreset = true, notice, c.FormValue("preset_name"), form.isPreset
	if err == nil && c.FormValue("save_preset") != "" {
		m.PresetName = ""
	}
	m.Errors = errs.FieldsOf(err)
	preview, err := s.preview(ctx, form.input, c.FormValue("print_mm"))
	if err != nil {
		return err
	}
	if form.isPreset {
		preview.Holds = "" // a sample
	}
	if wantsPartial(c.Request()) {
		preview.OOB = true
		answer := templ.Join(views.LookSection(m), views.CodePreview(preview))
		return s.page(c, status, answer, answer)
	}
	return s.formPage(c, status, form, m, preview)
}

// adjusted does what the button that was pressed says, and gives the look that
// the form then has.
func (s *Server) adjusted(ctx context.Context, c echo.Context, in codes.Input) (look looks.Look, notice string, err error) {
	switch {
	case c.FormValue("use_preset") != "":
		id, err := strconv.ParseInt(c.FormValue("use_preset"), 10, 64)
		if err != nil {
			return looks.Look{}, "", errs.Wrap(errs.NotFound, "There is no such preset.", err)
		}
		preset, err := s.registry.Presets().ByID(ctx, id)
		return preset.Look, "The look is now that of “" + preset.Name + "”.", err
	case c.FormValue("save_preset") != "":
		preset, err := s.registry.Presets().Create(ctx, c.FormValue("preset_name"), in.Look, false, s.actor(c.Request()).Name)
		return in.Look, "Saved as the preset “" + preset.Name + "”.", err
	case c.FormValue("mend") != "":
		look, changes, err := s.nearest(ctx, in)
		return look, "The look now has " + strings.Join(changes, ", ") + ".", err
	}
	return in.Look, "", nil
}

// nearest gives the nearest look that reads for what an input's symbol will
// say, and in words what it changes.
func (s *Server) nearest(ctx context.Context, in codes.Input) (looks.Look, []string, error) {
	content, style, err := s.registry.Preview(ctx, in)
	if err != nil {
		return looks.Look{}, nil, err
	}
	mended, changes, err := qr.Nearest(qr.Request{Content: content, Style: style})
	if err != nil {
		return looks.Look{}, nil, err
	}
	return withLook(in.Look, mended), changes, nil
}

// withLook writes a style as a look; its logo, if it still has one, is the one
// of the look it was made from.
func withLook(from looks.Look, style qr.Style) looks.Look {
	look := looks.Style{Style: style}.Look()
	if style.Logo != nil {
		look.Logo = from.Logo
	}
	return look
}

// lookView fills the form's part about the look, with all there is to choose
// from.
func (s *Server) lookView(ctx context.Context, look looks.Look) (views.Look, error) {
	m := lookFields(look)
	logos, err := s.logoViews(ctx)
	if err != nil {
		return m, err
	}
	presets, err := s.registry.Presets().List(ctx)
	if err != nil {
		return m, err
	}
	m.Logos = logos
	for _, p := range presets {
		m.Presets = append(m.Presets, views.PresetChoice{ID: p.ID, Name: p.Name, Default: p.Default})
	}
	return m, nil
}

// lookFields writes a look for a page.
func lookFields(l looks.Look) views.Look {
	return views.Look{
		Dark: l.Dark, Light: l.Light, Transparent: l.Transparent, Modules: l.Modules, Finders: l.Finders,
		Logo: l.Logo, LogoSize: l.LogoSize, Caption: l.Caption, Level: l.Level, QuietZone: l.QuietZone,
	}
}

func (s *Server) logoViews(ctx context.Context) ([]views.Logo, error) {
	rows, err := s.registry.Logos().List(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]views.Logo, len(rows))
	for i, row := range rows {
		list[i] = s.logoView(row)
	}
	return list, nil
}

func (s *Server) logoView(row db.ListLogosRow) views.Logo {
	return views.Logo{
		ID: row.ID, Name: row.Name, Width: int(row.Width), Height: int(row.Height),
		Codes: row.Codes, Presets: row.Presets, Added: s.moment(row.CreatedAt), AddedBy: row.CreatedBy,
	}
}

// logoNames gives the names of the logos that changes of the history name by
// their numbers.
func (s *Server) logoNames(ctx context.Context, events []codes.Event) (map[string]string, error) {
	var ids []int64
	for _, event := range events {
		for _, change := range event.Changes {
			if change.Field != "logo" {
				continue
			}
			for _, value := range []string{change.Before, change.After} {
				if id, err := strconv.ParseInt(value, 10, 64); err == nil {
					ids = append(ids, id)
				}
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // no names for no logos
	}
	return s.registry.Logos().Names(ctx, ids)
}
