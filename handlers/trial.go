package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/scans"
	"qrgen/views"
)

// GET /codes/{id}/test
func (s *Server) showTrial(c echo.Context) error {
	ctx := c.Request().Context()
	s.catchUp(ctx)
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	if !wantsPartial(c.Request()) {
		return c.Redirect(http.StatusSeeOther, views.CodePath(row.Code.ID)+"#test")
	}
	m, err := s.trialView(ctx, row.Code)
	if err != nil {
		return err
	}
	return renderTo(c, http.StatusOK, views.TrialScans(m))
}

// POST /codes/{id}/test
func (s *Server) openTrial(c echo.Context) error {
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	if codes.StateOf(row.Code, s.now()) != codes.Active || row.Code.Kind != string(codes.Dynamic) {
		return errs.New(errs.Conflict, "Only a code that leads to its target now can be tested.")
	}
	if err := s.stats.OpenTrial(c.Request().Context(), row.Code.ID, s.actor(c.Request()).Name); err != nil {
		return err
	}
	return s.done(c, views.CodePath(row.Code.ID)+"#test")
}

// POST /codes/{id}/test/end
func (s *Server) closeTrial(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	if err := s.stats.CloseTrial(c.Request().Context(), id); err != nil {
		return err
	}
	return s.done(c, views.CodePath(id)+"#test")
}

func (s *Server) trialView(ctx context.Context, code db.Code) (views.Trial, error) {
	trial, err := s.stats.Trial(ctx, code.ID)
	if err != nil || trial.Opened.IsZero() {
		return views.Trial{CodeID: code.ID}, err
	}
	m := views.Trial{CodeID: code.ID, Shown: true, Open: trial.Open, Closes: s.moment(trial.Closes), Leads: db.Text(code.TargetURL)}
	for _, scan := range trial.Scans {
		m.Scans = append(m.Scans, views.ScanRow{At: scan.At, Printed: scan.Source == scans.QR, Device: scan.Device, OS: scan.OS, Browser: scan.Browser})
	}
	return m, nil
}
