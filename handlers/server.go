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
	"qrgen/internal/logs"
	"qrgen/internal/redirect"
	"qrgen/internal/scans"
	"qrgen/internal/stats"
	"qrgen/static"
	"qrgen/views"
)

// Options are what a Server needs.
type Options struct {
	Store     *db.Store
	Registry  *codes.Registry
	Config    config.Config
	Directory *redirect.Directory
	Journal   *scans.Journal
	Recorder  *scans.Recorder
	Migrated  func() bool // whether the database has this program's schema; nil: it has
	Version   string
	Log       *slog.Logger
	LogLines  *logs.Counts     // of Log; nil: not counted
	Now       func() time.Time // the clock; time.Now outside tests
}

// Server answers every request of the program.
type Server struct {
	store     *db.Store
	registry  *codes.Registry
	links     codes.Links
	config    config.Config
	directory *redirect.Directory
	journal   *scans.Journal
	recorder  *scans.Recorder
	stats     *stats.Reader
	migrated  func() bool
	misses    *redirect.MissLimiter
	notices   notices
	version   string
	log       *slog.Logger
	now       func() time.Time
	sessions  *scs.SessionManager
	metrics   *metrics
	guard     *http.CrossOriginProtection
}

// New makes the server.
func New(o Options) (*Server, error) {
	notices, err := renderNotices(o.Config.Contact)
	if err != nil {
		return nil, err
	}
	if o.Migrated == nil {
		o.Migrated = func() bool { return true }
	}
	s := &Server{
		migrated:  o.Migrated,
		directory: o.Directory, journal: o.Journal, recorder: o.Recorder, misses: redirect.NewMissLimiter(o.Now()), notices: notices,
		store: o.Store, stats: stats.NewReader(o.Store, o.Registry.Zone(), o.Now), registry: o.Registry, links: o.Registry.Links(), config: o.Config,
		version: o.Version, log: o.Log, now: o.Now,
		metrics: newMetrics(o),
		guard:   http.NewCrossOriginProtection(),
	}
	o.Registry.Watch(s.audit)
	s.sessions = newSessions(o.Store, strings.HasPrefix(s.links.Base(), "https://"))
	return s, nil
}

// Handler gives the whole program as one handler. What is public is answered
// ahead of Echo, which knows the office's side alone.
func (s *Server) Handler() http.Handler {
	pages := s.echo()
	return s.public(pages, func(string) bool { return true })
}

// PublicHandler gives what PUBLIC_ADDR serves: scans, the style sheet of their
// pages, the pages of the edge's own refusals, and that the process is alive.
// It knows nothing else, so that no trick with a path can reach more.
func (s *Server) PublicHandler() http.Handler {
	sheet := static.Path("css/public.css")
	rest := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, ok := strings.CutPrefix(r.URL.Path, edgePrefix); ok && s.edgePage(w, r, status) {
			return
		}
		s.notice(w, r, http.StatusNotFound, views.ReasonUnknown)
	})
	return s.public(rest, func(asset string) bool { return asset == sheet })
}

// public answers what is public, the assets that are wanted among it, and
// leaves the rest to next.
func (s *Server) public(next http.Handler, wanted func(asset string) bool) http.Handler {
	assets := s.timed("/static/*", s.secured(static.Handler()))
	alive := s.timed("/health/live", s.secured(http.HandlerFunc(live)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/r/"), strings.HasPrefix(path, "/R/"):
			s.redirect(w, r)
		case strings.HasPrefix(path, "/static/") && wanted(path):
			assets.ServeHTTP(w, r)
		case path == "/health/live":
			alive.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
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
