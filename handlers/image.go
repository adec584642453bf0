package handlers

import (
	"fmt"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
)

const (
	defaultDPI = 300

	// fileTitleMax is how much of a title is in a file's name, in bytes: file
	// systems take 255 for the whole name.
	fileTitleMax = 150
)

// imageRequest is what an image's address asks for.
type imageRequest struct {
	format    qr.Format
	size      qr.Size
	quietZone string // modules; empty: the code's own
	download  bool
	below     bool    // title and short URL below the symbol
	words     string  // the size for the history, such as "30 mm"
	mm        float64 // the width on paper; 0 for a size in pixels
}

// suffix tells downloads of several sizes apart: "-80mm".
func (r imageRequest) suffix() string {
	if r.size == (qr.Size{}) {
		return ""
	}
	return "-" + strings.ReplaceAll(r.words, " ", "")
}

// describe is the file for the history: "PDF, 30 mm, with text below".
func (r imageRequest) describe() string {
	words := strings.ToUpper(r.format.String()) + ", " + r.words
	if r.below {
		words += ", with text below"
	}
	return words
}

// GET|HEAD /codes/{id}/image.{format}, of all formats
func (s *Server) codeImage(c echo.Context) error {
	row, err := s.codeOf(c)
	if err != nil {
		return err
	}
	request, err := parseImage(strings.TrimPrefix(path.Ext(c.Path()), "."), c.QueryParam)
	if err != nil {
		return err
	}
	return s.serveImage(c, row.Code, request)
}

// serveImage renders a code's symbol, which reads it back before it leaves,
// and answers with it or with 304.
func (s *Server) serveImage(c echo.Context, code db.Code, request imageRequest) error {
	style, err := s.registry.Style(c.Request().Context(), code)
	if err != nil {
		return err
	}
	if request.quietZone != "" {
		if style.QuietZone, err = strconv.Atoi(request.quietZone); err != nil {
			return errs.InvalidField("quiet_zone", "The quiet zone is a whole number of modules; 4 is the standard.")
		}
	}
	image, err := s.metrics.rendered(s.fileRequest(code, style, request))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("ETag", image.ETag)
	h.Set("Cache-Control", "private, no-cache")
	if request.download {
		name := fileName(code) + request.suffix() + "." + request.format.String()
		attach(h, name)
	}
	if matches(c.Request().Header.Get("If-None-Match"), image.ETag) {
		return c.NoContent(http.StatusNotModified)
	}
	if request.download && c.Request().Method == http.MethodGet {
		receipt := codes.Receipt{File: request.describe(), Grade: image.Report.Grade.String(), SHA256: image.SHA256}
		if err := s.registry.Downloaded(c.Request().Context(), code.ID, receipt, s.actor(c.Request())); err != nil {
			return err
		}
	}
	return c.Blob(http.StatusOK, image.ContentType, image.Data)
}

// fileRequest is everything that decides about a code's file.
func (s *Server) fileRequest(code db.Code, style qr.Style, request imageRequest) qr.Request {
	file := qr.Request{
		Content: s.links.SymbolContent(code), Style: style, Format: request.format, Size: request.size,
		Title: code.Title, Desc: s.describe(code),
	}
	if request.below {
		file.Below = []string{code.Title}
		if code.ShortID != nil {
			_, address, _ := strings.Cut(s.links.ShortURL(*code.ShortID), "://")
			file.Below = append(file.Below, address)
		}
	}
	return file
}

// describe is the text alternative that goes into an SVG.
func (s *Server) describe(code db.Code) string {
	if code.ShortID != nil {
		return "QR code for " + s.links.ShortURL(*code.ShortID)
	}
	return "QR code with fixed content"
}

// parseImage reads size in px, or mm with dpi.
func parseImage(format string, param func(string) string) (imageRequest, error) {
	request := imageRequest{quietZone: param("quiet_zone"), download: param("download") == "1", words: "default size"}
	var bad errs.Fields
	var err error
	if request.format, err = qr.ParseFormat(format); err != nil {
		bad.Join(err)
	}
	px, mm, dpi := param("size"), param("mm"), param("dpi")
	switch {
	case px != "" && mm != "":
		bad.Check("size", errs.New(errs.Invalid, "Give the size in pixels or in millimetres, not both."))
	case px != "":
		request.words = px + " px"
		n, numberErr := strconv.Atoi(px)
		if numberErr != nil {
			bad.Check("size", errs.New(errs.Invalid, "The size is a whole number of pixels, such as 512."))
			break
		}
		request.size, err = qr.Pixels(n)
		bad.Join(err)
	case mm != "":
		request.size, request.words, err = parseMillimetres(mm, dpi)
		bad.Join(err)
	case dpi != "":
		bad.Check("dpi", errs.New(errs.Invalid, "A resolution needs a size in millimetres: add mm."))
	}
	return request, bad.Err()
}

func parseMillimetres(mm, dpi string) (qr.Size, string, error) {
	width, err := strconv.ParseFloat(strings.Replace(mm, ",", ".", 1), 64)
	if err != nil || math.IsNaN(width) {
		return qr.Size{}, "", errs.InvalidField("mm", "The size is a number of millimetres, such as 30.")
	}
	resolution := defaultDPI
	if dpi != "" {
		if resolution, err = strconv.Atoi(dpi); err != nil {
			return qr.Size{}, "", errs.InvalidField("dpi", "The resolution is a whole number of dots per inch, such as 300.")
		}
	}
	size, err := qr.Millimetres(width, resolution)
	return size, fmt.Sprintf("%g mm", width), err
}

// fileName is made of the title and the short ID (a static code's number),
// safe on every file system.
func fileName(c db.Code) string {
	id := db.Text(c.ShortID)
	if id == "" {
		id = strconv.FormatInt(c.ID, 10)
	}
	var b strings.Builder
	for _, r := range strings.ToLower(c.Title) {
		switch {
		case b.Len() > fileTitleMax:
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	title := strings.Trim(b.String(), "-")
	if title == "" {
		return "qr-" + id
	}
	return title + "-" + id
}

// matches says whether an If-None-Match header names the ETag (RFC 9110
// §13.1.2).
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == etag {
			return true
		}
	}
	return false
}
