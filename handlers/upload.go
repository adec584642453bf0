package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
)

// uploadMax bounds a form with a file, in bytes. It is far above what a logo
// may have, so that a form whose file is too large is read whole and comes back
// filled.
const uploadMax = 16 << 20

// keyUpload is where a form's file waits in Echo's context.
const keyUpload = "upload"

// upload is a file that came with a form. Of one that is too large there is a
// byte more than may be.
type upload struct {
	name string
	data []byte
}

// takesFile says whether a route's body may hold a file.
func takesFile(route string) bool {
	switch route {
	case "/codes", "/codes/:id", "/codes/preview", "/codes/look", "/looks", "/looks/:id", "/logos", "/receipts", "/import", apiPrefix + "/logos":
		return true
	}
	return false
}

// parseForm reads a form, urlencoded as browsers send it or in parts, as they
// send files. A semicolon is a character like any other, as in
// WIFI:S:guest;; (WHATWG URL Standard §5.1), other than Request.ParseForm has
// it.
func parseForm(c echo.Context) error {
	r := c.Request()
	if r.PostForm != nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == echo.MIMEApplicationForm:
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, bodyMax))
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte(";"), []byte("%3B"))))
	case kind == echo.MIMEMultipartForm:
		return parseParts(c)
	case r.ContentLength != 0:
		return echo.ErrUnsupportedMediaType
	}
	return r.ParseForm()
}

// parseParts reads a form that came in parts: its fields into the request's
// form, its file into the context.
func parseParts(c echo.Context) error {
	r := c.Request()
	reader, err := r.MultipartReader()
	if err != nil {
		return err
	}
	fields := url.Values{}
	left := int64(bodyMax)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if part.FormName() == "logo_file" && part.FileName() != "" {
			if err := takePart(c, part); err != nil {
				return err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return err
		}
		if left -= int64(len(value)); left < 0 {
			return &http.MaxBytesError{Limit: bodyMax}
		}
		if part.FileName() == "" {
			fields.Add(part.FormName(), string(value))
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	r.PostForm, r.Form = fields, url.Values{}
	for _, values := range []url.Values{fields, query} {
		for name, list := range values {
			r.Form[name] = append(r.Form[name], list...)
		}
	}
	return nil
}

// takePart keeps a file, as much of it as says that it is too large.
func takePart(c echo.Context, part *multipart.Part) error {
	data, err := io.ReadAll(io.LimitReader(part, qr.MaxLogoBytes+1))
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return err
	}
	c.Set(keyUpload, upload{part.FileName(), data})
	return nil
}

// takeLogo keeps the logo that came with a form, if one did, and chooses it: it
// is there when the form comes back, whatever else is wrong with the form.
func (s *Server) takeLogo(ctx context.Context, c echo.Context, look *looks.Look) error {
	file, ok := c.Get(keyUpload).(upload)
	if !ok {
		return nil
	}
	id, err := s.registry.Logos().Upload(ctx, file.name, file.data, s.actor(c.Request()).Name)
	if err != nil {
		return err
	}
	look.Logo = strconv.FormatInt(id, 10)
	return nil
}

// formError is what is wrong with a form that could not be read.
func formError(err error) error {
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	if tooLarge || errors.Is(err, echo.ErrUnsupportedMediaType) {
		return err
	}
	return errs.Wrap(errs.Invalid, "The form could not be read. Send it again.", err)
}
