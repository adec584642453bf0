// Package handlers is the HTTP side: it decodes requests, calls the registry
// and renders views. routes.go shows every route.
package handlers

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/static"
)

// Options are what a Server needs.
type Options struct {
	Store    *db.Store
	Registry *codes.Registry
	Config   config.Config
	Version  string
	Log      *slog.Logger
	Now      func() time.Time // the clock; time.Now outside tests
}

// Server answers every request of the program.
type Server struct {
	store    *db.Store
	registry *codes.Registry
	links    codes.Links
	config   config.Config
	version  string
	log      *slog.Logger
	now      func() time.Time
	sessions *scs.SessionManager
	metrics  *metrics
	guard    *http.CrossOriginProtection
}

// New makes the server.
func New(o Options) *Server {
	s := &Server{
		store: o.Store, registry: o.Registry, links: o.Registry.Links(), config: o.Config,
		version: o.Version, log: o.Log, now: o.Now,
		metrics: newMetrics(o.Store, o.Version),
		guard:   http.NewCrossOriginProtection(),
	}
	s.sessions = newSessions(o.Store, strings.HasPrefix(s.links.Base(), "https://"))
	return s
}

// Handler gives the whole program as one handler. What is public is answered
// ahead of Echo, which knows the office's side alone.
func (s *Server) Handler() http.Handler {
	pages := s.echo()
	redirects := s.secured(http.HandlerFunc(s.redirect))
	assets := s.secured(static.Handler())
	alive := s.secured(http.HandlerFunc(live))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/r/"), strings.HasPrefix(path, "/R/"):
			redirects.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/static/"):
			assets.ServeHTTP(w, r)
		case path == "/health/live":
			alive.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// echo makes the Echo instance that answers the pages and the API.
func (s *Server) echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = func(r *http.Request) string { return s.clientAddr(r).String() }
	s.routes(e)
	return e
}
