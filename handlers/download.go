package handlers

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
	"qrgen/views"
)

// readDownload decodes the choice of a file; what was left out is what most
// people want.
func readDownload(param func(string) string) views.Download {
	or := func(name, preset string) string {
		if value := strings.TrimSpace(param(name)); value != "" {
			return value
		}
		return preset
	}
	return views.Download{
		Use: or("use", "flyer"), Width: or("width", "50"), Unit: or("unit", "mm"), DPI: or("dpi", strconv.Itoa(qr.DefaultDPI)),
		Format: or("format", "svg"), Below: param("below") == "1",
	}
}

// parseDownload checks the choice of a file.
func parseDownload(d views.Download) (imageRequest, error) {
	switch d.Use {
	case "card":
		d.Width, d.Unit = "20", "mm"
	case "flyer":
		d.Width, d.Unit = "30", "mm"
	case "poster":
		d.Width, d.Unit = "80", "mm"
	case "screen":
		d.Width, d.Unit = "512", "px"
	case "own":
	default:
		return imageRequest{}, errs.InvalidField("width", "Choose what it is for, or an own width.")
	}
	request := imageRequest{download: true, below: d.Below, words: strings.Replace(d.Width, ",", ".", 1) + " " + d.Unit}
	var bad errs.Fields
	var err error
	if request.format, err = qr.ParseFormat(d.Format); err != nil {
		bad.Join(err)
	}
	if request.size, request.mm, err = parseWidth(d.Width, d.Unit, d.DPI); err != nil {
		bad.Join(err)
	}
	return request, bad.Err()
}

// parseWidth reads a width in mm, cm, in or px, and says how many millimetres
// it has on paper: 0 for pixels.
func parseWidth(width, unit, dpi string) (qr.Size, float64, error) {
	n, err := strconv.ParseFloat(strings.Replace(width, ",", ".", 1), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return qr.Size{}, 0, errs.InvalidField("width", "The width is a number, such as 50.")
	}
	resolution, err := strconv.Atoi(dpi)
	if err != nil {
		return qr.Size{}, 0, errs.InvalidField("dpi", "The resolution is a whole number of dots per inch, such as 300.")
	}
	switch unit {
	case "px":
		if n != math.Trunc(n) || math.Abs(n) > qr.MaxPixels {
			n = 0 // Pixels says what is possible
		}
		size, err := qr.Pixels(int(n))
		return size, 0, err
	case "mm":
	case "cm":
		n *= 10
	case "in":
		n *= 25.4
	default:
		return qr.Size{}, 0, errs.InvalidField("unit", "Choose the unit mm, cm, in or px.")
	}
	size, err := qr.Millimetres(n, resolution)
	return size, n, err
}

// GET /codes/{id}/download
//
// downloadCode hands a file out, or comes back with the code's page, the choice
// kept, and says why not.
func (s *Server) downloadCode(c echo.Context) error {
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	choice := readDownload(c.QueryParam)
	request, err := parseDownload(choice)
	if err == nil {
		err = s.serveImage(c, row.Code, request)
	}
	if errs.KindOf(err) != errs.Invalid || c.Response().Committed {
		return err
	}
	choice.Errors = errs.FieldsOf(err)
	return s.codePage(c, http.StatusUnprocessableEntity, row, choice)
}

// GET /codes/{id}/download/verdict
func (s *Server) downloadVerdict(c echo.Context) error {
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	choice := readDownload(c.QueryParam)
	if !wantsPartial(c.Request()) {
		return s.codePage(c, http.StatusOK, row, choice)
	}
	verdict, err := s.fileVerdict(c.Request().Context(), row.Code, choice)
	if err != nil {
		return err
	}
	partial := views.DownloadVerdictLine(row.Code.ID, verdict)
	return s.page(c, http.StatusOK, partial, partial)
}

// fileVerdict says how the file that was chosen reads. What is wrong with the
// choice is in the verdict.
func (s *Server) fileVerdict(ctx context.Context, code db.Code, choice views.Download) (views.DownloadVerdict, error) {
	request, err := parseDownload(choice)
	if err != nil {
		return views.DownloadVerdict{Verdict: views.VerdictBad, Words: messageOf(err)}, nil
	}
	style, err := s.registry.Style(ctx, code)
	if err != nil {
		return views.DownloadVerdict{}, err
	}
	file := s.fileRequest(code, style, request)
	image, err := s.metrics.rendered(file)
	if errs.KindOf(err) == errs.Invalid && err != nil {
		v := views.DownloadVerdict{Verdict: views.VerdictBad, Words: messageOf(err)}
		if v.Mend = nearestWords(file); image.Symbol != nil {
			v.Grade = image.Report.Grade.String()
		}
		return v, nil
	}
	if err != nil {
		return views.DownloadVerdict{}, err
	}
	grade := image.Report.Grade
	v := views.DownloadVerdict{Verdict: verdictOf(grade), Grade: grade.String(), Words: grade.Words(), Details: trialWords(image.Report)}
	if request.mm > 0 {
		v.Details = append(v.Details, views.Decimal(request.mm)+" mm wide: "+moduleWords(qr.Advise(image.Symbol, style), request.mm)+".")
	}
	return v, nil
}

// POST /codes/{id}/mend
//
// mendCode gives a code the nearest look that reads.
func (s *Server) mendCode(c echo.Context) error {
	ctx := c.Request().Context()
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	style, err := s.registry.Style(ctx, row.Code)
	if err != nil {
		return err
	}
	request, err := parseDownload(readDownload(c.FormValue))
	if err != nil {
		return err
	}
	mended, changes, err := qr.Nearest(s.fileRequest(row.Code, style, request))
	if err != nil {
		return err
	}
	in := codes.InputOf(row.Code, s.registry.Zone())
	in.Look = withLook(in.Look, mended)
	if _, err := s.registry.Update(ctx, row.Code.ID, row.Code.Revision, in, s.actor(c.Request())); err != nil {
		return err
	}
	s.say(c, "The look now has "+strings.Join(changes, ", ")+". The history can undo it.")
	return s.done(c, views.CodePath(row.Code.ID))
}
