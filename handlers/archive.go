package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"qrgen/db"
	"qrgen/internal/archive"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
	"qrgen/views"
)

const (
	archiveBatch  = 20               // codes whose files are in memory at once
	streamTimeout = 30 * time.Second // for each part of a stream to be taken
)

// archiveRequest is a ZIP of many codes as it was asked for.
type archiveRequest struct {
	params url.Values
	list   []db.Code
	files  []imageRequest // of each code
	err    error          // what is wrong with the form
}

// GET /archive
func (s *Server) showArchive(c echo.Context) error {
	request, err := s.readArchive(c)
	if err != nil {
		return err
	}
	return s.answerArchive(c, http.StatusOK, request)
}

// POST /archive
//
// It streams the ZIP, or answers with the form and what is wrong.
func (s *Server) downloadArchive(c echo.Context) error {
	request, err := s.readArchive(c)
	if err != nil {
		return err
	}
	if request.err != nil {
		return s.answerArchive(c, http.StatusUnprocessableEntity, request)
	}
	return s.writeArchive(c, request)
}

func (s *Server) readArchive(c echo.Context) (archiveRequest, error) {
	selection, err := selectionOf(c)
	if err != nil {
		return archiveRequest{}, err
	}
	params, err := c.FormParams()
	if err != nil {
		return archiveRequest{}, err
	}
	r := archiveRequest{params: params}
	if r.list, err = s.registry.Selected(c.Request().Context(), selection); err != nil {
		return r, err
	}
	r.files, r.err = parseArchive(params)
	return r, nil
}

// parseArchive reads formats and size; what was not sent is SVG and PNG of
// 30 mm.
func parseArchive(params url.Values) ([]imageRequest, error) {
	formats := params["format"]
	if len(formats) == 0 {
		if params.Has("mm") || params.Has("size") {
			return nil, errs.InvalidField("format", "Choose at least one format.")
		}
		formats = []string{"svg", "png"}
	}
	slices.Sort(formats)
	size := url.Values{"mm": params["mm"], "dpi": params["dpi"], "size": params["size"]}
	if params.Get("size") == "" && params.Get("mm") == "" {
		size.Set("mm", "30")
	} else if params.Get("mm") == "" {
		size.Del("dpi")
	}
	var files []imageRequest
	var bad errs.Fields
	for _, format := range slices.Compact(formats) {
		file, err := parseImage(format, size.Get)
		if bad.Len() == 0 {
			bad.Join(err) // the same for every format but for the format's own
		}
		files = append(files, file)
	}
	return files, bad.Err()
}

func (s *Server) answerArchive(c echo.Context, status int, r archiveRequest) error {
	m := views.Archive{Codes: s.chosenView(r.list, r.params), Errors: errs.FieldsOf(r.err), MM: r.params.Get("mm"), DPI: r.params.Get("dpi"), Size: r.params.Get("size")}
	if m.MM == "" && m.Size == "" {
		m.MM = "30"
	}
	chosen := r.params["format"]
	if len(chosen) == 0 {
		chosen = []string{"svg", "png"}
	}
	for _, format := range qr.Formats() {
		m.Formats = append(m.Formats, views.ArchiveFormat{Name: format.String(), Chosen: slices.Contains(chosen, format.String())})
	}
	page := views.ArchivePage(s.chrome(c), m)
	return s.page(c, status, page, page)
}

// writeArchive streams the ZIP. Codes are taken a few at a time: rendered,
// noted in their histories, and only then sent. What does not read is left out
// and named in the manifest.
func (s *Server) writeArchive(c echo.Context, r archiveRequest) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/zip")
	attach(h, fmt.Sprintf("qr-codes-%d.zip", len(r.list)))
	w := archive.New(c.Response(), s.now().In(s.registry.Zone()))
	for batch := range slices.Chunk(r.list, archiveBatch) {
		if err := s.archiveCodes(c, w, batch, r.files); err != nil {
			return s.breakOff(c, err)
		}
	}
	if err := w.Close(); err != nil {
		return s.breakOff(c, err)
	}
	return nil
}

// breakOff ends a stream that has begun so that nobody takes it for whole:
// without the end that a finished one has.
func (s *Server) breakOff(c echo.Context, err error) error {
	if c.Response().Committed {
		_ = http.NewResponseController(c.Response().Writer).SetWriteDeadline(time.Unix(1, 0)) // a recorder has none
	}
	return err
}

// takeTime gives a slow client its time for the next part of a stream.
func takeTime(c echo.Context) {
	_ = http.NewResponseController(c.Response().Writer).SetWriteDeadline(time.Now().Add(streamTimeout)) // a recorder has none
}

// archived is a code's files, in the order of the request.
type archived struct {
	images []qr.Image
	left   []string // why a file is left out; empty: it is not
}

func (s *Server) archiveCodes(c echo.Context, w *archive.Writer, batch []db.Code, files []imageRequest) error {
	ctx := c.Request().Context()
	done, err := s.renderAll(ctx, batch, files)
	if err != nil {
		return err
	}
	receipts := map[int64][]codes.Receipt{}
	var taken []db.Code
	for i, code := range batch {
		for k, image := range done[i].images {
			if done[i].left[k] == "" {
				receipts[code.ID] = append(receipts[code.ID], codes.Receipt{File: "ZIP: " + files[k].describe(), Grade: image.Report.Grade.String(), SHA256: image.SHA256})
			}
		}
		if len(receipts[code.ID]) > 0 {
			taken = append(taken, code)
		}
	}
	if err := s.registry.HandedOut(ctx, taken, func(code db.Code) []codes.Receipt { return receipts[code.ID] }, s.actor(c.Request())); err != nil {
		return err
	}
	takeTime(c)
	for i, code := range batch {
		for k, image := range done[i].images {
			entry := archive.Entry{Title: code.Title, ShortURL: s.shortURL(code), Target: db.Text(code.TargetURL), Grade: image.Report.Grade.String(), SHA256: image.SHA256}
			if why := done[i].left[k]; why != "" {
				entry.Note = "left out: " + why
				w.LeaveOut(entry)
			} else if err := w.Add(fileName(code)+files[k].suffix(), files[k].format.String(), image.Data, entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// renderAll makes the files of some codes, as many at a time as there are
// processors.
func (s *Server) renderAll(ctx context.Context, batch []db.Code, files []imageRequest) ([]archived, error) {
	done := make([]archived, len(batch))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, code := range batch {
		group.Go(func() error {
			style, err := s.registry.Style(ctx, code)
			if err != nil {
				return err
			}
			for _, file := range files {
				if err := ctx.Err(); err != nil {
					return err
				}
				image, err := s.metrics.rendered(s.fileRequest(code, style, file))
				why := ""
				if errs.KindOf(err) == errs.Invalid {
					why = strings.TrimSpace(messageOf(err))
				}
				if err != nil && why == "" {
					return err
				}
				done[i].images, done[i].left = append(done[i].images, image), append(done[i].left, why)
			}
			return nil
		})
	}
	return done, group.Wait()
}
