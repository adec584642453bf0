package handlers

import (
	"cmp"
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
	"starts_at":    "from when on it leads there, such as 2027-01-31 08:00 or 31.1.2027",
	"expires_at":   "until when; a day alone is the whole day",
	"fallback_url": "where it leads before, after and while it is paused",
	"content":      "text or an address that the symbol itself holds, in place of a target; it never changes",
}

// importExample is a table to begin with.
var importExample = [][]string{
	{"title", "target_url", "description", "short_id", "expires_at", "content"},
	{"Open day", "https://www.example.edu/open-day", "Poster in the hall", "open-day", "2027-12-31", ""},
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
	body, err := csvFile(c.Request(), importExample)
	if err != nil {
		return err
	}
	attach(c.Response().Header(), "codes.csv")
	return c.Blob(http.StatusOK, mimeCSV, body)
}

// POST /import
//
// It says what each row of a table would become. Asked to create them, it makes
// the codes of all rows, or none: only where it has shown this very table before
// and nothing is wrong with it.
func (s *Server) importCodes(c echo.Context) error {
	ctx := c.Request().Context()
	data, err := tableOf(c)
	if err != nil {
		return err
	}
	m := views.Import{Token: formToken(c)}
	table, err := codes.ParseTable(data)
	m.Text, m.Unused = cmp.Or(table.Text, c.FormValue("table")), table.Unused
	if err != nil {
		m.Error = messageOf(err)
		return s.answerImport(c, http.StatusUnprocessableEntity, m)
	}
	sum := sha256.Sum256([]byte(table.Text))
	m.Checked = hex.EncodeToString(sum[:])
	var drafts []codes.Draft
	if drafts, m.Wrong, err = s.tryTable(ctx, table); err != nil {
		return err
	}
	if c.FormValue("do") == "create" && c.FormValue("checked") == m.Checked {
		switch made, err := s.createTable(ctx, m, drafts, s.actor(c.Request())); {
		case len(made) > 0:
			return s.done(c, views.ImportPath+"?id="+codes.FormatIDs(codeIDs(made)))
		case err != nil && errs.KindOf(err) != errs.Conflict:
			return err
		case err != nil: // somebody was quicker with a short ID: now its row says so
			var tryErr error
			if drafts, m.Wrong, tryErr = s.tryTable(ctx, table); tryErr != nil || m.Wrong == 0 {
				return errors.Join(err, tryErr)
			}
		}
	}
	if m.Rows, err = s.importRows(ctx, table.Rows, drafts); err != nil {
		return err
	}
	if m.Wrong > 0 {
		return s.answerImport(c, http.StatusUnprocessableEntity, m)
	}
	return s.answerImport(c, http.StatusOK, m)
}

// tryTable checks a table's rows, with the look that new codes begin with.
func (s *Server) tryTable(ctx context.Context, table codes.Table) (drafts []codes.Draft, wrong int, err error) {
	look, err := s.registry.Presets().NewLook(ctx)
	if err != nil {
		return nil, 0, err
	}
	return s.registry.Try(ctx, table.Rows, look)
}

// createTable makes the codes of a table, or finds those that its form made
// when it was sent before. There are none where a row is wrong.
func (s *Server) createTable(ctx context.Context, m views.Import, drafts []codes.Draft, actor codes.Actor) ([]db.Code, error) {
	made, err := s.registry.MadeTogether(ctx, tableToken(m), len(drafts))
	if err != nil || len(made) > 0 || m.Wrong > 0 {
		return made, err
	}
	return s.registry.CreateAll(ctx, drafts, tableToken(m), actor)
}

// tableToken is the token of a form for the table that it holds now: gone back
// to and changed, it makes other codes.
func tableToken(m views.Import) string {
	if m.Token == "" {
		return ""
	}
	return m.Token + "/" + m.Checked
}

// tableOf reads the table that a form brings: its file, else what was pasted.
// Of one that is too large there is a byte more than may be.
func tableOf(c echo.Context) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if kind != echo.MIMEMultipartForm {
		if err := parseForm(c); err != nil {
			return nil, formError(err)
		}
		return []byte(c.FormValue("table")), nil
	}
	file, header, err := c.Request().FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return []byte(c.FormValue("table")), nil
	}
	if err != nil {
		return nil, formError(err)
	}
	defer func() { _ = file.Close() }()
	if header.Size == 0 { // none was chosen, as browsers say it
		return []byte(c.FormValue("table")), nil
	}
	data, err := io.ReadAll(io.LimitReader(file, codes.TableMax+1))
	if err != nil {
		return nil, formError(err)
	}
	return data, nil
}

func (s *Server) answerImport(c echo.Context, status int, m views.Import) error {
	for _, column := range codes.TableColumns() {
		m.Columns = append(m.Columns, views.ImportColumn{Name: column.Name, Means: columnsMean[column.Name]})
	}
	page := views.ImportPage(s.chrome(c), m)
	return s.page(c, status, page, page)
}

// importRows shows what a table's rows would become, and before them those
// that need a correction.
func (s *Server) importRows(ctx context.Context, rows []codes.Row, drafts []codes.Draft) ([]views.ImportRow, error) {
	twins, err := s.registry.Twins(ctx, drafts)
	if err != nil {
		return nil, err
	}
	var wrong, fine []views.ImportRow
	for i, row := range rows {
		if row.Err != nil {
			wrong = append(wrong, wrongRow(row))
			continue
		}
		d := drafts[i]
		m := views.ImportRow{
			Number: row.Number, Kind: views.Kind(d.Kind), Title: d.Title, Target: string(d.Target), ShortID: string(d.ShortID), Twin: twins[i],
		}
		if d.Kind == codes.Static {
			m.Content = d.Payload.Content()
		}
		for _, detail := range []views.ImportDetail{
			{Column: "from", Text: s.officeTime(d.StartsAt)}, {Column: "until", Text: s.officeTime(d.ExpiresAt)},
			{Column: "else to", Text: string(d.Fallback)}, {Column: "note:", Text: d.Description},
		} {
			if detail.Text != "" {
				m.Details = append(m.Details, detail)
			}
		}
		fine = append(fine, m)
	}
	return append(wrong, fine...), nil
}

// wrongRow is a row as it was typed, and what is wrong with it.
func wrongRow(row codes.Row) views.ImportRow {
	in := row.Input
	m := views.ImportRow{Number: row.Number, Kind: views.Kind(in.Kind), Title: in.Title, Target: in.TargetURL, Content: in.Content, ShortID: in.ShortID}
	if e, ok := errors.AsType[*errs.Error](row.Err); ok {
		for _, f := range e.Fields {
			m.Problems = append(m.Problems, views.ImportDetail{Column: f.Name, Text: f.Message})
		}
	}
	return m
}
