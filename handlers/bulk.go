package handlers

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

// POST /codes/bulk
//
// It changes the chosen codes together and says what became of each.
func (s *Server) moveCodes(c echo.Context) error {
	selection, err := selectionOf(c)
	if err != nil {
		return err
	}
	move := codes.Move(c.FormValue("do"))
	if _, known := bulkWords[move]; !known {
		return errs.InvalidField("do", "Choose what to do with the codes: pause, resume or retire them.")
	}
	moved, err := s.registry.MoveAll(c.Request().Context(), selection, move, s.actor(c.Request()))
	if err != nil {
		return err
	}
	s.say(c, movedWords(move, moved))
	return s.done(c, views.CodesPath(listOf(c)))
}

// GET /codes/retire
//
// It asks before codes are retired together, for good, and names each.
func (s *Server) askRetireCodes(c echo.Context) error {
	selection, err := selectionOf(c)
	if err != nil {
		return err
	}
	list, err := s.registry.Selected(c.Request().Context(), selection)
	if err != nil {
		return err
	}
	m := s.bulkRetireView(list)
	m.List = listOf(c)
	return s.page(c, http.StatusOK, views.BulkRetirePage(s.chrome(c), m), views.BulkRetire(m))
}

func (s *Server) bulkRetireView(list []db.Code) views.BulkRetiring {
	var m views.BulkRetiring
	var ids []int64
	for _, code := range list {
		switch {
		case codes.State(code.State) == codes.Retired:
			m.Already++
			continue
		case codes.Kind(code.Kind) == codes.Static:
			m.Fixed++
		case code.FallbackURL != nil:
			m.Fallback++
		default:
			m.Dead++
		}
		if code.PrintedAt != nil {
			m.Printed++
		}
		ids = append(ids, code.ID)
		m.Titles = append(m.Titles, code.Title)
	}
	m.IDs = codes.FormatIDs(ids)
	return m
}

// selectionOf reads which codes a request means, from address or form: the
// list's checkboxes, or everything that its search finds.
func selectionOf(c echo.Context) (codes.Selection, error) {
	params, err := c.FormParams() // the address's and the form's
	if err != nil {
		return codes.Selection{}, err
	}
	selection, err := readSelection(params)
	if err == nil && selection.Empty() {
		err = errs.InvalidField("id", "No code is chosen. Tick the codes in the list first.")
	}
	return selection, err
}

// readSelection is selectionOf where no code may be chosen yet.
func readSelection(params url.Values) (codes.Selection, error) {
	return codes.ParseSelection(params["id"], params.Get("all") != "", codes.Query{
		Search: params.Get("q"), Kind: params.Get("kind"), State: params.Get("state"), Sort: params.Get("sort"),
	})
}

// listOf is the list that a request came from and goes back to.
func listOf(c echo.Context) views.CodesQuery {
	return views.CodesQuery{
		Q: c.FormValue("q"), Kind: c.FormValue("kind"), State: c.FormValue("state"), Sort: c.FormValue("sort"),
		Limit: c.FormValue("limit"), After: c.FormValue("after"), Before: c.FormValue("before"),
	}
}

// bulkWords say what a move did to the codes that it moved, and of those that
// it found moved already.
var bulkWords = map[codes.Move]struct{ done, one, many string }{
	codes.Pause:  {"paused", "was paused already", "were paused already"},
	codes.Resume: {"resumed", "was not paused", "were not paused"},
	codes.Retire: {"retired", "was retired already", "were retired already"},
}

// movedWords tell every result: "12 paused, 3 were paused already."
func movedWords(move codes.Move, m codes.Moved) string {
	words := bulkWords[move]
	number := func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return views.Number(int64(n)) + " " + many
	}
	text := views.Number(int64(m.Done)) + " " + words.done
	if m.Done == 0 {
		text = "None was " + words.done
	}
	if m.Already > 0 {
		text += ", " + number(m.Already, words.one, words.many)
	}
	text += "."
	if m.Fixed > 0 {
		text += fmt.Sprintf(" %s, and printed symbols with fixed content can't be %s.", number(m.Fixed, "has fixed content", "have fixed content"), words.done)
	}
	if m.Retired > 0 {
		text += fmt.Sprintf(" %s; restore them first.", number(m.Retired, "is retired", "are retired"))
	}
	return text
}
