package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
	"qrgen/internal/sheet"
	"qrgen/views"
)

// sheetRequest is a print sheet as it was asked for.
type sheetRequest struct {
	params url.Values
	input  sheet.Input
	list   []db.Code
	layout sheet.Layout
	err    error // what is wrong with the form
}

// GET /sheet
func (s *Server) showSheet(c echo.Context) error {
	request, err := s.readSheet(c)
	if err != nil {
		return err
	}
	return s.answerSheet(c, http.StatusOK, request)
}

// POST /sheet
//
// It answers with the PDF, or with the form and what is wrong.
func (s *Server) downloadSheet(c echo.Context) error {
	request, err := s.readSheet(c)
	if err != nil {
		return err
	}
	if request.err == nil {
		err = s.writeSheet(c, request.list, request.layout)
		if err == nil || errs.KindOf(err) != errs.Invalid || c.Response().Committed {
			return err
		}
		request.err = err
	}
	return s.answerSheet(c, http.StatusUnprocessableEntity, request)
}

func (s *Server) readSheet(c echo.Context) (sheetRequest, error) {
	params, err := c.FormParams()
	if err != nil {
		return sheetRequest{}, err
	}
	r := sheetRequest{params: params, input: sheetInput(params)}
	selection, err := readSelection(params)
	if err != nil {
		return r, err
	}
	if !selection.Empty() {
		if r.list, err = s.registry.Selected(c.Request().Context(), selection); err != nil {
			return r, err
		}
	}
	if r.layout, r.err = sheet.Parse(r.input); r.err == nil {
		_, r.err = r.layout.Count(len(r.list))
	}
	if r.err == nil && len(r.list) == 0 {
		r.err = errs.InvalidField("id", "Choose at least one code.")
	}
	return r, nil
}

// sheetInput reads the form; what was not sent is as an empty form has it.
func sheetInput(params url.Values) sheet.Input {
	in := sheet.DefaultInput()
	for name, field := range sheetFields(&in) {
		if params.Has(name) {
			*field = params.Get(name)
		}
	}
	in.CutMarks = params.Get("cut_marks") != ""
	return in
}

func sheetFields(in *sheet.Input) map[string]*string {
	return map[string]*string{
		"preset": &in.Preset, "paper": &in.Paper, "columns": &in.Columns, "rows": &in.Rows,
		"label_width": &in.LabelWidth, "label_height": &in.LabelHeight, "left": &in.Left, "top": &in.Top,
		"gap_x": &in.GapX, "gap_y": &in.GapY, "copies": &in.Copies, "start": &in.Start, "text": &in.Text,
	}
}

// answerSheet answers with the page, or with the part of it that htmx asks
// for.
func (s *Server) answerSheet(c echo.Context, status int, r sheetRequest) error {
	m, err := s.sheetView(c.Request().Context(), r)
	if err != nil {
		return err
	}
	part := views.SheetPreviewPanel(m.Preview)
	if c.Request().Header.Get("HX-Target") == views.IDSheetCodes {
		part = views.SheetCodes(m)
	}
	return s.page(c, status, views.PrintSheetPage(s.chrome(c), m), part)
}

// writeSheet puts every symbol through the gate, notes the download in the
// histories and streams the document.
func (s *Server) writeSheet(c echo.Context, list []db.Code, layout sheet.Layout) error {
	ctx := c.Request().Context()
	if err := s.passGate(ctx, list, layout); err != nil {
		return err
	}
	labels, err := layout.Count(len(list))
	if err != nil {
		return err
	}
	each := views.Count(int64(layout.Copies), "label", "labels") + " of " + layout.Name
	if err := s.registry.HandedOut(ctx, list, func(db.Code) []codes.Receipt { return []codes.Receipt{{File: "Print sheet, " + each}} }, s.actor(c.Request())); err != nil {
		return err
	}
	name := fmt.Sprintf("print-sheet-%d-labels.pdf", labels)
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/pdf")
	attach(h, name)
	c.Response().WriteHeader(http.StatusOK)
	title := fmt.Sprintf("QR codes, %d labels", labels)
	err = sheet.Write(c.Response(), title, layout, len(list), func(i int) (sheet.Item, error) {
		if err := ctx.Err(); err != nil {
			return sheet.Item{}, err
		}
		takeTime(c)
		return s.sheetItem(ctx, list[i])
	})
	if err != nil {
		return s.breakOff(c, err)
	}
	return nil
}

// passGate reads every symbol back as it will be printed. The error names the
// codes that do not read.
func (s *Server) passGate(ctx context.Context, list []db.Code, layout sheet.Layout) error {
	var mu sync.Mutex
	refused := map[int]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, code := range list {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := s.readsOnLabel(ctx, code, layout)
			if errs.KindOf(err) != errs.Invalid {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			refused[i] = messageOf(err)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var bad errs.Fields
	for i, code := range list {
		if why, ok := refused[i]; ok {
			bad.Check("id", errs.New(errs.Invalid, "“"+code.Title+"” can't be printed: "+why))
		}
	}
	return bad.Err()
}

func (s *Server) readsOnLabel(ctx context.Context, code db.Code, layout sheet.Layout) error {
	item, err := s.sheetItem(ctx, code)
	if err != nil {
		return err
	}
	placed, err := item.Arrange(layout, layout.Grid.Label)
	if err != nil {
		return err
	}
	style, err := s.registry.Style(ctx, code)
	if err != nil {
		return err
	}
	size, err := qr.Millimetres(max(qr.MinMillimetres, placed.Symbol.Width), defaultDPI)
	if err != nil {
		return err
	}
	_, err = s.metrics.rendered(qr.Request{Content: s.links.SymbolContent(code), Style: style, Format: qr.FormatSVG, Size: size})
	return err
}

// sheetItem draws a code for a sheet.
func (s *Server) sheetItem(ctx context.Context, code db.Code) (sheet.Item, error) {
	style, err := s.registry.Style(ctx, code)
	if err != nil {
		return sheet.Item{}, err
	}
	symbol, err := style.Symbol(s.links.SymbolContent(code))
	if err != nil {
		return sheet.Item{}, err
	}
	item := sheet.Item{Quiet: style.QuietZone}
	if item.Drawing, err = qr.Draw(symbol, style, nil); err != nil {
		return sheet.Item{}, err
	}
	item.Title, _ = sheet.Printable(code.Title)
	item.Address = s.shortAddress(code)
	return item, nil
}

// shortAddress is a short URL as people read and type it; a static code has
// none.
func (s *Server) shortAddress(code db.Code) string {
	_, address, _ := strings.Cut(s.shortURL(code), "://")
	return address
}
