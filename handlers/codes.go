package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

const (
	historyShown = 50 // events on a code's page

	catchUpTimeout = 300 * time.Millisecond
)

// GET /codes
func (s *Server) listCodes(c echo.Context) error {
	ctx := c.Request().Context()
	// The order last chosen is a person's preference; the address always says
	// it, so that it reproduces the page.
	if len(c.QueryParams()) == 0 {
		if sort := s.sessions.GetString(ctx, keySort); sort != "" && sort != string(codes.Newest) {
			return c.Redirect(http.StatusFound, views.CodesPath(views.CodesQuery{Sort: sort}))
		}
	}
	query := codesQuery(c)
	filter, err := codes.ParseQuery(query)
	if err != nil {
		return err
	}
	page, err := s.registry.List(ctx, filter)
	if err != nil {
		return err
	}
	if query.Sort != "" && s.sessions.GetString(ctx, keySort) != query.Sort {
		s.sessions.Put(ctx, keySort, query.Sort)
	}
	ids := make([]int64, len(page.Rows))
	for i, row := range page.Rows {
		ids[i] = row.Code.ID
	}
	recent, err := s.stats.Recent(ctx, ids)
	if err != nil {
		return err
	}
	m := s.codesView(filter, query, page, recent)
	if m.AnyCodes = page.Total > 0; !m.AnyCodes && m.Filtered() {
		if m.AnyCodes, err = s.store.AnyCode(ctx); err != nil {
			return fmt.Errorf("look for any code: %w", err)
		}
	}
	return s.page(c, http.StatusOK, views.CodesPage(s.chrome(c), m), views.CodesResults(m))
}

// catchUp has the scans of the last moment counted, so that somebody who tries
// a code out and looks at its page sees the scan. It waits no longer than a
// person notices.
func (s *Server) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTimeout)
	defer cancel()
	s.recorder.CatchUp(ctx)
}

// GET /codes/{id}
func (s *Server) showCode(c echo.Context) error {
	ctx := c.Request().Context()
	s.catchUp(ctx)
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	return s.codePage(c, http.StatusOK, row, readDownload(c.QueryParam))
}

// codePage answers with a code's page and a choice of file on it.
func (s *Server) codePage(c echo.Context, status int, row db.CodeByIDRow, choice views.Download) error {
	ctx := c.Request().Context()
	events, err := s.registry.History(ctx, row.Code.ID, historyShown+1)
	if err != nil {
		return err
	}
	recent, err := s.stats.Recent(ctx, []int64{row.Code.ID})
	if err != nil {
		return err
	}
	m, err := s.codeView(ctx, row, events, recent[row.Code.ID])
	if err != nil {
		return err
	}
	m.Download = choice
	m.Download.CodeID, m.Download.Dynamic, m.Download.Smallest = m.ID, m.Dynamic(), m.Print.SmallestMM
	if m.Download.Verdict, err = s.fileVerdict(ctx, row.Code, choice); err != nil {
		return err
	}
	if m.CanTry() {
		if m.Trial, err = s.trialView(ctx, row.Code); err != nil {
			return err
		}
	}
	return s.page(c, status, views.CodePage(s.chrome(c), m), views.CodeDetails(m))
}

// POST /codes/{id}/pause
func (s *Server) pauseCode(c echo.Context) error {
	return s.move(c, codes.Pause, "Paused. People who scan the code now see a page that says so.")
}

// POST /codes/{id}/resume
func (s *Server) resumeCode(c echo.Context) error {
	return s.move(c, codes.Resume, "Resumed. The code leads to its target again.")
}

// POST /codes/{id}/retire
func (s *Server) retireCode(c echo.Context) error {
	return s.move(c, codes.Retire, "Retired. The short ID stays taken for ever.")
}

// POST /codes/{id}/restore
func (s *Server) restoreCode(c echo.Context) error {
	return s.move(c, codes.Restore, "Restored. The code works again.")
}

func (s *Server) move(c echo.Context, move codes.Move, done string) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	if _, err := s.registry.Move(c.Request().Context(), id, move, s.actor(c.Request())); err != nil {
		return err
	}
	if c.Request().Header.Get("HX-Target") == views.CodeRowID(id) {
		return s.changedRow(c, id, done)
	}
	s.say(c, done)
	return s.done(c, views.CodePath(id))
}

// changedRow answers a change made in the list with the code's row and a toast.
func (s *Server) changedRow(c echo.Context, id int64, done string) error {
	row, err := s.registry.ByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	recent, err := s.stats.Recent(c.Request().Context(), []int64{id})
	if err != nil {
		return err
	}
	m := s.rows([]db.ListCodesRow{{Code: row.Code, CodeTotal: row.CodeTotal}}, recent)[0]
	answer := templ.Join(views.CodeTableRow(m), views.ToastOOB(views.Toast{Tone: views.ToneGood, Text: done}))
	return s.page(c, http.StatusOK, answer, answer)
}

// POST /codes/{id}/events/{event}/undo
func (s *Server) undoEdit(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	event, err := idOf(c, "event")
	if err != nil {
		return err
	}
	if _, err := s.registry.Undo(c.Request().Context(), id, event, s.actor(c.Request())); err != nil {
		return err
	}
	s.say(c, "Undone. The values from before that change are back.")
	return s.done(c, views.CodePath(id))
}

// codeOf loads the code that the address names.
func (s *Server) codeOf(c echo.Context) (db.CodeByIDRow, error) {
	id, err := idOf(c, "id")
	if err != nil {
		return db.CodeByIDRow{}, err
	}
	return s.registry.ByID(c.Request().Context(), id)
}

// idOf reads a number from the address; anything else is no page of ours.
func idOf(c echo.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id <= 0 {
		return 0, errs.Wrap(errs.NotFound, "There is no code with this number.", err)
	}
	return id, nil
}

func codesQuery(c echo.Context) codes.Query {
	return codes.Query{
		Search: c.QueryParam("q"), Kind: c.QueryParam("kind"), State: c.QueryParam("state"), Sort: c.QueryParam("sort"),
		After: c.QueryParam("after"), Before: c.QueryParam("before"), Limit: limitParam(c),
	}
}

// limitParam tells "?limit=" and "?limit=0", which are wrong, from no limit.
func limitParam(c echo.Context) string {
	if c.QueryParams().Has("limit") && c.QueryParam("limit") == "" {
		return "0"
	}
	return c.QueryParam("limit")
}
