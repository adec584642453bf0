package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/internal/errs"
	"qrgen/internal/logs"
)

const (
	bodyMax      = 64 << 10 // bytes; uploads have their own bound
	requestIDMax = 64       // characters
)

// keyAnswered is where an error waits, in Echo's context, that was answered
// already and that the log has yet to hear of.
const keyAnswered = "answered_error"

// requestID takes over a sensible X-Request-ID from the edge or makes one, and
// hands it back, so that a log line can be found from either end. Whatever is
// logged on behalf of the request carries it.
func (s *Server) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		id := requestIDOf(r)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		c.SetRequest(r.WithContext(logs.WithRequestID(r.Context(), id)))
		return next(c)
	}
}

func requestIDOf(r *http.Request) string {
	id := r.Header.Get(echo.HeaderXRequestID)
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:", r)
	}
	if id == "" || len(id) > requestIDMax || strings.ContainsFunc(id, strange) {
		return rand.Text()
	}
	return id
}

// contentSecurityPolicy lets pages use what this program serves and nothing
// else: no inline script, no inline style, no frame around us.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

func (s *Server) securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		setSecurityHeaders(c.Response().Header())
		c.Response().Header().Set("Cache-Control", "no-store") // unless the answer knows better
		return next(c)
	}
}

// secured is what requestID and securityHeaders are for handlers outside Echo.
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setSecurityHeaders(w.Header())
		w.Header().Set(echo.HeaderXRequestID, requestIDOf(r))
		next.ServeHTTP(w, r)
	})
}

// boundBody refuses a body that says it is too large and cuts off one that
// turns out to be.
func (s *Server) boundBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, most := c.Request(), int64(bodyMax)
		if takesFile(c.Path()) {
			most = uploadMax
		}
		if r.ContentLength > most {
			return echo.ErrStatusRequestEntityTooLarge
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		}
		return next(c)
	}
}

// sameOrigin refuses writes that another site's page makes with a visitor's
// browser (net/http.CrossOriginProtection).
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.guard.Check(c.Request()); err != nil {
			return errs.Wrap(errs.Forbidden, "This request came from another web site, so it was refused. Use this program's own pages.", err)
		}
		return next(c)
	}
}

// observe answers errors and then logs and counts the request: one line each.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.now()
		err := next(c)
		if err == nil {
			err, _ = c.Get(keyAnswered).(error)
		} else {
			s.answerError(err, c)
		}
		s.record(c.Request(), routeOf(c), c.Response().Status, s.now().Sub(start), err)
		return nil
	}
}

// routeOf is the route's template: a closed set, whatever is asked for.
func routeOf(c echo.Context) string {
	if route := c.Path(); route != "" && route != "/*" {
		return route
	}
	return "none"
}

// record writes a request's log line and metrics. No visitor data is in it:
// the client's address and what it asked for stay out.
func (s *Server) record(r *http.Request, route string, status int, took time.Duration, err error) {
	s.metrics.request(methodOf(r), route, logs.RequestID(r.Context()), status, took)
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("method", methodOf(r)),
		slog.String("group", groupOf(route)),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	switch {
	case err == nil, errors.Is(err, context.Canceled):
	case status >= http.StatusInternalServerError, status < http.StatusBadRequest: // answered all the same, such as an uncounted scan
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", err.Error()))
	default:
		attrs = append(attrs, slog.String("kind", errs.KindOf(err).String()))
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// methodOf keeps made-up methods out of logs and labels.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}
