package handlers

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
	"qrgen/views"
)

// defaultPrintMM is the printed width that forms begin with: a flyer's.
const defaultPrintMM = "30"

// formInHand is a form that is being filled in, a code's or a preset's.
type formInHand struct {
	input    codes.Input
	isPreset bool
	code     views.CodeForm // of a code, but for look and preview
	problem  error          // what is wrong with a file that came along
}

// formInHand reads a form that is not being saved. A logo that came with it is
// kept and chosen.
func (s *Server) formInHand(c echo.Context) (formInHand, error) {
	ctx := c.Request().Context()
	m, in, err := s.formSoFar(c)
	if err != nil {
		return formInHand{}, err
	}
	form := formInHand{input: in, isPreset: c.Request().Form.Has("preset"), code: m}
	form.problem = s.takeLogo(ctx, c, &form.input.Look)
	if form.problem != nil && errs.KindOf(form.problem) != errs.Invalid {
		return form, form.problem
	}
	if form.isPreset {
		form.input.Kind = string(codes.Dynamic)
	}
	return form, nil
}

// dress fills in what a code's form has besides its fields: the look with all
// there is to choose from, and the preview.
func (s *Server) dress(c echo.Context, m *views.CodeForm, in codes.Input) error {
	ctx := c.Request().Context()
	var err error
	if m.Look, err = s.lookView(ctx, in.Look); err != nil {
		return err
	}
	m.Look.Errors, m.Look.Printed = m.Errors, m.Printed
	if m.PrintMM = c.FormValue("print_mm"); m.PrintMM == "" {
		m.PrintMM = defaultPrintMM
	}
	if !m.Untouched {
		m.Preview, err = s.preview(ctx, in, m.PrintMM)
	}
	return err
}

// formPage gives a form that is being filled in back as a page.
func (s *Server) formPage(c echo.Context, status int, form formInHand, look views.Look, preview views.Preview) error {
	if form.isPreset {
		id, _ := strconv.ParseInt(c.FormValue("preset"), 10, 64) // 0: a new one
		m := views.PresetForm{
			ID: id, Version: c.FormValue("version"), Name: c.FormValue("preset_name"), Default: c.FormValue("is_default") == "1",
			Look: look, PrintMM: c.FormValue("print_mm"), Preview: preview,
		}
		return s.page(c, status, views.PresetFormPage(s.chrome(c), m), views.PresetFormPanel(m))
	}
	m := form.code
	m.Look, m.Preview, m.PrintMM = look, preview, c.FormValue("print_mm")
	m.Look.Printed = m.Printed
	return s.page(c, status, views.CodeFormPage(s.chrome(c), m), views.CodeFormPanel(m))
}

// POST /codes/preview
func (s *Server) previewCode(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := s.formInHand(c)
	if err != nil {
		return err
	}
	preview, err := s.preview(ctx, form.input, c.FormValue("print_mm"))
	if err != nil {
		return err
	}
	if form.isPreset {
		preview.Holds = "" // a sample
	}
	if wantsPartial(c.Request()) {
		return s.page(c, http.StatusOK, views.CodePreview(preview), views.CodePreview(preview))
	}
	// Without JavaScript the form comes back with the symbol beside it.
	look, err := s.lookView(ctx, form.input.Look)
	if err != nil {
		return err
	}
	look.Errors, look.OfPreset = errs.FieldsOf(form.problem), form.isPreset
	look.Open = form.input.Look != looks.Default().Look()
	return s.formPage(c, http.StatusOK, form, look, preview)
}

// preview draws what the symbol would be, and says how it would print so many
// millimetres wide. What is wrong with an input is in the preview.
func (s *Server) preview(ctx context.Context, in codes.Input, printMM string) (views.Preview, error) {
	content, style, err := s.registry.Preview(ctx, in)
	if errs.KindOf(err) == errs.Invalid {
		return views.Preview{Problem: messageOf(err)}, nil
	}
	if err != nil || content == "" {
		return views.Preview{}, err
	}
	request := qr.Request{Content: content, Style: style, Title: strings.TrimSpace(in.Title)}
	image, err := s.metrics.rendered(request)
	if errs.KindOf(err) == errs.Invalid {
		return views.Preview{Problem: messageOf(err), Mend: nearestWords(request)}, nil
	}
	if err != nil {
		return views.Preview{}, err
	}
	m := views.Preview{
		SVG: string(image.Data), Holds: content, Drawn: in.Kind != string(codes.Static) && strings.TrimSpace(in.ShortID) == "",
		Advice: adviceView(image, style),
	}
	if mm, err := strconv.ParseFloat(strings.Replace(printMM, ",", ".", 1), 64); err == nil && mm >= qr.MinMillimetres && mm <= qr.MaxMillimetres {
		m.Advice.PrintMM = mm
		m.Advice.PrintText = moduleWords(qr.Advise(image.Symbol, style), mm)
	}
	return m, nil
}

// printAdvice is what someone who prints a code's symbol needs to know, also
// where it can't be handed out.
func (s *Server) printAdvice(file qr.Request) (views.PrintAdvice, error) {
	image, err := s.metrics.rendered(file)
	if err == nil || image.Symbol != nil && errs.KindOf(err) == errs.Invalid {
		advice := adviceView(image, file.Style)
		if err != nil {
			advice.Words, advice.Verdict = messageOf(err), views.VerdictBad
		}
		return advice, nil
	}
	if errs.KindOf(err) == errs.Invalid {
		return views.PrintAdvice{Verdict: views.VerdictBad, Words: messageOf(err)}, nil
	}
	return views.PrintAdvice{}, err
}

// nearestWords says what the nearest look that reads changes; nothing where
// no look helps.
func nearestWords(request qr.Request) []string {
	_, changes, err := qr.Nearest(request)
	if err != nil {
		return nil
	}
	return changes
}

// adviceView writes what the gate found and print advice for the page, with
// the distances people ask about.
func adviceView(image qr.Image, style qr.Style) views.PrintAdvice {
	a := qr.Advise(image.Symbol, style)
	return views.PrintAdvice{
		Verdict: verdictOf(image.Report.Grade), Grade: image.Report.Grade.String(), Words: image.Report.Grade.Words(),
		Version: a.Version, Modules: a.Modules, Level: a.Level.String(), LogoTakes: image.LogoTakes,
		Contrast: math.Floor(a.Contrast*10+1e-6) / 10, SmallestMM: a.MinPrintMM, Warnings: append(trialWords(image.Report), a.Warnings...),
		Distances: []views.DistanceAdvice{
			{Distance: "20 cm", MM: a.MinPrintFor(200)},
			{Distance: "1 m", MM: a.MinPrintFor(1000)},
			{Distance: "5 m", MM: a.MinPrintFor(5000)},
		},
	}
}

func verdictOf(grade qr.Grade) views.Verdict {
	switch grade {
	case qr.GradeD:
		return views.VerdictBad
	case qr.GradeC:
		return views.VerdictWarn
	case qr.GradeA, qr.GradeB:
	}
	return views.VerdictGood
}

// trialWords says what a picture does not bear.
func trialWords(report qr.Report) []string {
	failed := report.Failed()
	if len(failed) == 0 {
		return nil
	}
	return []string{"Did not read when tried " + strings.Join(failed, ", ") + "."}
}

// moduleWords says how wide a module gets in a print, and whether that is
// enough.
func moduleWords(a qr.Advice, mm float64) string {
	module := views.Decimal(math.Floor(a.ModuleMM(mm)*100) / 100)
	if mm < a.MinPrintMM {
		return fmt.Sprintf("modules of %s mm: too small, print it wider", module)
	}
	return fmt.Sprintf("modules of %s mm: large enough", module)
}
