package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"qrgen/internal/errs"
	"qrgen/views"
)

// statusClientGone is nginx's number for a client that left before the answer.
const statusClientGone = 499

// statusOf is the one map from an error to a status. It takes Echo's own
// errors, such as 404 and 405 from its router, too.
func statusOf(err error) int {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		switch e.Kind {
		case errs.Invalid:
			return http.StatusUnprocessableEntity
		case errs.Unauthenticated:
			return http.StatusUnauthorized
		case errs.Forbidden:
			return http.StatusForbidden
		case errs.NotFound:
			return http.StatusNotFound
		case errs.Conflict:
			return http.StatusConflict
		case errs.Unavailable:
			return http.StatusServiceUnavailable
		case errs.Internal:
			return http.StatusInternalServerError
		}
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		return e.Code
	}
	if errors.Is(err, context.Canceled) {
		return statusClientGone
	}
	return http.StatusInternalServerError
}

// messageOf is what a person may read about an error: the words of an
// *errs.Error, never those of its cause.
func messageOf(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || e.Kind == errs.Internal {
		return ""
	}
	if len(e.Fields) == 1 {
		return e.Fields[0].Message
	}
	if len(e.Fields) > 1 {
		var all []string
		for _, f := range e.Fields {
			all = append(all, f.Message)
		}
		return strings.Join(all, " ")
	}
	return e.Message
}

// answerError writes an error as a page, as a toast for htmx or as a problem
// for API clients. Logging is observe's business.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if err := s.writeProblem(c, err); err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(c.Request().Context(), "error page not written", "error", err)
	}
}

func (s *Server) writeProblem(c echo.Context, err error) error {
	p := views.Problem{
		Status: statusOf(err), Message: messageOf(err),
		RequestID: c.Response().Header().Get(echo.HeaderXRequestID),
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "10")
	}
	switch {
	case c.Request().Method == http.MethodHead || p.Status == statusClientGone:
		return c.NoContent(p.Status)
	case strings.HasPrefix(c.Request().URL.Path, apiPrefix+"/"):
		return writeAPIProblem(c, err)
	case wantsPartial(c.Request()):
		h.Set("HX-Reswap", "none")
		return renderTo(c, p.Status, views.ToastOOB(p.Toast()))
	}
	return renderTo(c, p.Status, views.ProblemPage(s.chrome(c), p))
}

func renderTo(c echo.Context, status int, component templ.Component) error {
	var b bytes.Buffer
	if err := component.Render(c.Request().Context(), &b); err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	return c.Blob(status, mimeHTML, b.Bytes())
}
