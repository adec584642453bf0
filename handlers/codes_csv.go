package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
)

// GET /codes.csv
//
// It streams all codes of a list, the newest first. Columns that an import
// reads have the names that it knows.
func (s *Server) listCodesCSV(c echo.Context) error {
	ctx := c.Request().Context()
	query := codesQuery(c)
	filter, err := codes.ParseQuery(codes.Query{Search: query.Search, Kind: query.Kind, State: query.State})
	if err != nil {
		return err
	}
	s.catchUp(ctx)
	var w csvWriter
	err = s.registry.Walk(ctx, filter, func(page []db.ListCodesRow) error {
		if w.Writer == nil { // only now it is sure that there is an answer
			h := c.Response().Header()
			h.Set(echo.HeaderContentType, mimeCSV)
			name := "codes-" + s.now().In(s.registry.Zone()).Format(time.DateOnly) + ".csv"
			attach(h, name)
			w = newCSVWriter(c.Response(), c.Request())
			w.line("title", "target_url", "content", "description", "short_id", "short_url", "kind", "state", "starts_at", "expires_at", "fallback_url",
				"scans", "qr_scans", "link_scans", "last_scan_at", "created_at", "created_by", "updated_at", "updated_by")
		}
		for i := range page {
			w.line(s.codeCells(&page[i])...)
		}
		takeTime(c)
		w.Flush()
		return w.Error()
	})
	if err != nil {
		return s.breakOff(c, err)
	}
	return nil
}

// codeCells is a code's line in the list's file. Times are the office's.
func (s *Server) codeCells(row *db.ListCodesRow) []string {
	code, totals := row.Code, row.CodeTotal
	target, content := db.Text(code.TargetURL), db.Text(code.Content)
	if code.Kind == string(codes.Dynamic) && code.PayloadType != "" { // gives a file: it leads nowhere
		target, content = "", ""
	}
	return []string{
		code.Title, target, content, code.Description, db.Text(code.ShortID), s.shortURL(code), code.Kind,
		string(codes.StateOf(code, s.now())), s.officeTime(code.StartsAt), s.officeTime(code.ExpiresAt), db.Text(code.FallbackURL),
		number(totals.Scans), number(totals.QRScans), number(totals.LinkScans), s.officeTime(totals.LastScanAt),
		s.officeTime(&code.CreatedAt), code.CreatedBy, s.officeTime(&code.UpdatedAt), code.UpdatedBy,
	}
}

// officeTime is a moment in the office's zone, to the minute; "" where there is
// none.
func (s *Server) officeTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(s.registry.Zone()).Format("2006-01-02 15:04")
}
