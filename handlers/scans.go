package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/scans"
	"qrgen/internal/stats"
	"qrgen/views"
)

// logPage is how many single scans are on a page.
const logPage = 100

// GET /codes/{id}/scans
func (s *Server) codeScans(c echo.Context) error {
	s.catchUp(c.Request().Context())
	row, filter, err := s.scansOf(c)
	if err != nil {
		return err
	}
	figures, err := s.stats.Code(c.Request().Context(), row.Code.ID, filter)
	if err != nil {
		return err
	}
	m := s.scansView(row.Code, figures)
	return s.page(c, http.StatusOK, views.ScansPage(s.chrome(c), m), views.ScansFigures(m))
}

// GET /codes/{id}/scans/log
func (s *Server) codeScanLog(c echo.Context) error {
	s.catchUp(c.Request().Context())
	row, filter, err := s.scansOf(c)
	if err != nil {
		return err
	}
	place, err := stats.ParsePlace(c.QueryParam("before"))
	if err != nil {
		return err
	}
	list, next, err := s.stats.Log(c.Request().Context(), row.Code.ID, filter, place, logPage)
	if err != nil {
		return err
	}
	m := views.ScanLog{
		CodeID: row.Code.ID, Title: row.Code.Title, Query: scansQuery(filter), Next: next.String(), Later: place != stats.Place{},
		Retention: s.retention(filter, false),
	}
	for _, scan := range list {
		m.Rows = append(m.Rows, views.ScanRow{
			At: scan.At, Who: scan.Class.String(), Printed: scan.Source == scans.QR, Repeat: scan.Repeat,
			Device: scan.Device, OS: scan.OS, Browser: scan.Browser, Referrer: scan.Referrer, Language: scan.Language, Country: scan.Country,
		})
	}
	return s.page(c, http.StatusOK, views.ScanLogPage(s.chrome(c), m), views.ScanLogRows(m))
}

// scansOf loads the code that the address names and reads which of its scans
// are asked for.
func (s *Server) scansOf(c echo.Context) (db.CodeByIDRow, stats.Filter, error) {
	row, err := s.codeOf(c)
	if err != nil {
		return row, stats.Filter{}, err
	}
	if row.Code.Kind == string(codes.Static) {
		return row, stats.Filter{}, errs.New(errs.NotFound, "The content of this code is in the symbol itself, so its scans cannot be counted.")
	}
	filter, err := stats.ParseQuery(stats.Query{
		Days: c.QueryParam("days"), From: c.QueryParam("from"), To: c.QueryParam("to"), By: c.QueryParam("by"), Class: c.QueryParam("class"),
	}, s.stats.Now())
	return row, filter, err
}

// scansQuery writes a filter for an address.
func scansQuery(f stats.Filter) views.ScansQuery {
	q := views.ScansQuery{By: string(f.Step), Class: string(f.Class)}
	if f.Days > 0 {
		q.Days = strconv.Itoa(f.Days)
	} else {
		q.From, q.To = f.From.Format(time.DateOnly), f.Last().Format(time.DateOnly)
	}
	return q
}

func (s *Server) scansView(code db.Code, figures stats.Figures) views.Scans {
	f := figures.Filter
	m := views.Scans{
		CodeID: code.ID, Title: code.Title, ShortID: db.Text(code.ShortID), Query: scansQuery(f), First: f.From, Last: f.Last(), Length: f.Length(),
		Total: countsView(figures.Total), Week: figures.Week, Zone: s.zoneName(), Retention: s.retention(f, figures.Closed),
	}
	for _, b := range figures.Series {
		bucket := views.Bucket{Begins: b.Begins, ScanCountsIn: countsView(b.Counts)}
		bucket.Label, bucket.Short = bucketLabels(f, b.Begins)
		m.Rows = append(m.Rows, bucket)
	}
	for _, part := range figures.Parts {
		p := views.Part{Dimension: part.Dimension, All: figures.Total.Of(f.Class)}
		for _, name := range part.Names {
			p.Names = append(p.Names, views.PartName{Name: name.Name, Scans: name.Scans})
		}
		if part.Others > 0 {
			p.Names = append(p.Names, views.PartName{Scans: part.Others, Other: true})
		}
		m.Parts = append(m.Parts, p)
	}
	return m
}

func countsView(c stats.Counts) views.ScanCountsIn {
	return views.ScanCountsIn{People: c.Human, Bots: c.Bot, Previews: c.Prefetch, Repeats: c.Repeats}
}

// bucketLabels name a step in the table and, shorter, in the chart.
func bucketLabels(f stats.Filter, begins time.Time) (label, short string) {
	switch f.Step {
	case stats.ByHour:
		if f.Length() == 1 {
			return begins.Format("Mon 2 Jan 2006, 15:04"), begins.Format("15:04")
		}
		return begins.Format("Mon 2 Jan 2006, 15:04"), begins.Format("2 Jan, 15:04")
	case stats.ByDay:
		return begins.Format("Mon 2 Jan 2006"), begins.Format("2 Jan")
	case stats.ByWeek:
	}
	return begins.Format("2 Jan 2006"), begins.Format("2 Jan")
}

// retention says what is left of scans as old as the range's first.
func (s *Server) retention(f stats.Filter, closed bool) views.ScanRetention {
	since := scans.KeptSince(s.now(), s.config.ScanRetentionDays)
	return views.ScanRetention{
		Days: s.config.ScanRetentionDays, Reaches: f.From.Before(since), Since: since.Format("2 Jan 2006"), HasClosed: closed,
	}
}
