package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/stats"
)

// GET /codes/{id}/scans.csv
func (s *Server) codeScansCSV(c echo.Context) error {
	s.catchUp(c.Request().Context())
	row, filter, err := s.scansOf(c)
	if err != nil {
		return err
	}
	figures, err := s.stats.Code(c.Request().Context(), row.Code.ID, filter)
	if err != nil {
		return err
	}
	var table [][]string
	switch what := c.QueryParam("what"); what {
	case "", "series":
		table = seriesTable(figures)
	case "parts":
		table = partsTable(figures)
	default:
		return errs.InvalidField("what", "Choose series or parts.")
	}
	body, err := csvFile(c.Request(), table)
	if err != nil {
		return err
	}
	name := strings.Join([]string{"scans", db.Text(row.Code.ShortID), filter.From.Format(time.DateOnly), filter.Last().Format(time.DateOnly)}, "-") + ".csv"
	attach(c.Response().Header(), name)
	return c.Blob(http.StatusOK, mimeCSV, body)
}

// seriesTable has a line for each step, those without scans too.
func seriesTable(figures stats.Figures) [][]string {
	table := [][]string{{string(figures.Filter.Step), "people", "people again on the same day", "bots", "previews", "all"}}
	layout := time.DateOnly
	if figures.Filter.Step == stats.ByHour {
		layout = "2006-01-02 15:04"
	}
	for _, b := range figures.Series {
		table = append(table, []string{b.Begins.Format(layout), number(b.Human), number(b.Repeats), number(b.Bot), number(b.Prefetch), number(b.All())})
	}
	return table
}

// partsTable has a line for each value that the page tells apart.
func partsTable(figures stats.Figures) [][]string {
	table := [][]string{{"what", "value", "scans"}}
	for _, part := range figures.Parts {
		for _, name := range part.Names {
			table = append(table, []string{part.Dimension, name.Name, number(name.Scans)})
		}
		if part.Others > 0 {
			table = append(table, []string{part.Dimension, "(others)", number(part.Others)})
		}
	}
	return table
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
