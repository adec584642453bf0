package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

// columnsMean says what each column of a table holds.
var columnsMean = map[string]string{
	"title":        "what staff find the code by",
	"target_url":   "where it leads, such as https://www.example.edu/open-day; it can change later",
	"description":  "a note for staff",
	"short_id":     "the end of the printed address, if you want to choose it",
	"starts_at":    "from when on it leads there, such as 2027-01-31 08:00",
	"expires_at":   "until when",
	"fallback_url": "where it leads before, after and while it is paused",
	"content":      "text or an address that the symbol itself holds, in place of a target; it never changes",
}

// importExample is a table to begin with.
var importExample = [][]string{
	{"title", "target_url", "description", "short_id", "expires_at", "content"},
	{"Open day", "https://www.example.edu/open-day", "Poster in the hall", "open-day", "2027-12-31 18:00", ""},
	{"Library, opening times", "https://www.example.edu/library", "", "", "", ""},
	{"Emergency number", "", "Sticker on the lifts", "", "", "Call 112"},
}

// GET /import
//
// With the numbers of codes, id=, it offers what to do with those just made.
func (s *Server) showImport(c echo.Context) error {
	m := views.Import{Token: rand.Text()}
	selection, err := readSelection(c.QueryParams())
	if err != nil {
		return err
	}
	if !selection.Empty() {
		list, err := s.registry.Selected(c.Request().Context(), selection)
		if err != nil {
			return err
		}
		m.Made, m.IDs = len(list), codes.FormatIDs(codeIDs(list))
	}
	return s.answerImport(c, http.StatusOK, m)
}

// GET /import/example.csv
func (s *Server) importExample(c echo.Context) error {
	body, err := csvFile(importExample)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": "codes.csv"}))
	return c.Blob(http.StatusOK, mimeCSV, body)
}

// POST /import
//
// It says what each line of a table would become. Asked to create them, it
// makes the codes of all lines, or none: only where it has shown this very table
// before and nothing is wrong with it.
func (s *Server) importCodes(c echo.Context) error {
	ctx := c.Request().Context()
	data, err := tableOf(c)
	if err != nil {
		return err
	}
	m := views.Import{Token: formToken(c)}
	table, err := codes.ParseTable(data)
	m.Text, m.Unused = table.Text, table.Unused
	if err != nil {
		m.Error = messageOf(err)
		return s.refuseImport(c, m, err)
	}
	drafts, err := s.tryTable(ctx, table)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(table.Text))
	m.Checked = hex.EncodeToString(sum[:])
	if drafts != nil && c.FormValue("do") == "create" && c.FormValue("checked") == m.Checked {
		made, err := s.createAll(ctx, drafts, m.Token, s.actor(c.Request()))
		if err == nil {
			return s.done(c, views.ImportPath+"?id="+codes.FormatIDs(codeIDs(made)))
		}
		if errs.KindOf(err) != errs.Conflict {
			return err
		}
		// Somebody was quicker with a short ID: now its line says so.
		if drafts, tryErr := s.tryTable(ctx, table); tryErr != nil || drafts != nil {
			return errors.Join(err, tryErr)
		}
	}
	m.Rows = importRows(table.Rows)
	for _, row := range m.Rows {
		if len(row.Problems) > 0 {
			m.Wrong++
		}
	}
	if m.Wrong > 0 {
		return s.answerImport(c, http.StatusUnprocessableEntity, m)
	}
	return s.answerImport(c, http.StatusOK, m)
}

// tryTable checks a table's lines, with the look that new codes begin with.
func (s *Server) tryTable(ctx context.Context, table codes.Table) ([]codes.Draft, error) {
	look, err := s.registry.Presets().NewLook(ctx)
	if err != nil {
		return nil, err
	}
	return s.registry.Try(ctx, table.Rows, look)
}

func (s *Server) createAll(ctx context.Context, drafts []codes.Draft, token string, actor codes.Actor) ([]db.Code, error) {
	made, err := s.registry.CreateAll(ctx, drafts, token, actor)
	if errors.Is(err, codes.ErrTokenUsed) { // the form was gone back to and changed: another table
		made, err = s.registry.CreateAll(ctx, drafts, "", actor)
	}
	return made, err
}

// tableOf reads the table that a form brings: its file, else what was pasted.
// Of one that is too large there is a byte more than may be.
func tableOf(c echo.Context) ([]byte, error) {
	file, _, err := c.Request().FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return []byte(c.FormValue("table")), nil
	}
	if err != nil {
		return nil, formError(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, codes.TableMax+1))
	if err != nil {
		return nil, formError(err)
	}
	if len(data) == 0 { // or a file that is empty
		data = []byte(c.FormValue("table"))
	}
	return data, nil
}

// refuseImport answers with the form and why nothing of its table can be read.
func (s *Server) refuseImport(c echo.Context, m views.Import, err error) error {
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	return s.answerImport(c, http.StatusUnprocessableEntity, m)
}

func (s *Server) answerImport(c echo.Context, status int, m views.Import) error {
	for _, column := range codes.TableColumns() {
		m.Columns = append(m.Columns, views.ImportColumn{Name: column.Name, Means: columnsMean[column.Name]})
	}
	page := views.ImportPage(s.chrome(c), m)
	return s.page(c, status, page, page)
}

// importRows shows a table's lines, those that need a correction first.
func importRows(rows []codes.Row) []views.ImportRow {
	var wrong, fine []views.ImportRow
	for _, row := range rows {
		in := row.Input
		m := views.ImportRow{Line: row.Line, Title: in.Title, Target: in.TargetURL, Content: in.Content, ShortID: in.ShortID}
		if row.Err == nil {
			fine = append(fine, m)
			continue
		}
		if e, ok := errors.AsType[*errs.Error](row.Err); ok {
			for _, f := range e.Fields {
				m.Problems = append(m.Problems, views.ImportProblem{Column: f.Name, Text: f.Message})
			}
		}
		if len(m.Problems) == 0 {
			m.Problems = []views.ImportProblem{{Text: messageOf(row.Err)}}
		}
		wrong = append(wrong, m)
	}
	return append(wrong, fine...)
}
