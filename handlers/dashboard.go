package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/stats"
	"qrgen/views"
)

const newestShown = 5 // codes on the dashboard

// GET /
func (s *Server) dashboard(c echo.Context) error {
	ctx := c.Request().Context()
	s.catchUp(ctx)
	counts, err := s.store.CodeCounts(ctx)
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	overview, err := s.stats.Overview(ctx)
	if err != nil {
		return err
	}
	newest, err := s.registry.Newest(ctx, newestShown)
	if err != nil {
		return err
	}
	m := s.dashboardView(counts, overview, newest)
	return s.page(c, http.StatusOK, views.DashboardPage(s.chrome(c), m), views.DashboardOverview(m))
}

func (s *Server) dashboardView(counts db.CodeCountsRow, overview stats.Overview, newest []db.ListCodesRow) views.Dashboard {
	m := views.Dashboard{
		Codes: views.CodeCounts{
			Total: counts.Codes, Active: counts.KeptActive - counts.Scheduled - counts.Expired,
			Scheduled: counts.Scheduled, Expired: counts.Expired, Paused: counts.Paused, Retired: counts.Retired,
		},
		Newest: s.rows(newest, nil),
	}
	for _, p := range overview.Periods {
		m.Periods = append(m.Periods, views.Period{Days: p.Days, All: p.Now.All, People: p.Now.Human, Until: p.Until, Same: p.Same.All, Earlier: p.Earlier.All})
	}
	m.Series = views.Series{By: string(stats.ByDay), Range: "the last 30 days"}
	for _, b := range overview.Series {
		bucket := views.Bucket{Begins: b.Begins, ScanCountsIn: countsView(b.Counts)}
		bucket.Label, bucket.Short = bucketLabels(stats.Filter{Step: stats.ByDay}, b.Begins)
		m.Series.Rows = append(m.Series.Rows, bucket)
	}
	for _, top := range overview.Top.Codes {
		m.Top = append(m.Top, views.TopCode{ID: top.ID, Title: top.Title, Scans: top.Scans})
	}
	if !overview.Top.As.IsZero() {
		m.TopAs = s.moment(overview.Top.As)
	}
	for _, a := range overview.Attention {
		m.Attention = append(m.Attention, views.Attention{ID: a.ID, Title: a.Title, Reason: string(a.Reason), At: s.moment(a.At), Count: a.Count})
	}
	return m
}
