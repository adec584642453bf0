package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/backup"
	"qrgen/internal/errs"
	"qrgen/views"
)

const healthTimeout = 2 * time.Second

// health is the answer of GET /health: ok where all is well, degraded where
// scans are served but something needs a person, unavailable where pages can't
// work.
type health struct {
	Status    string `json:"status"`                       // ok, degraded or unavailable
	Database  string `json:"database"`                     // ok or unavailable
	Directory string `json:"directory"`                    // ok, behind or unavailable
	Journal   string `json:"journal"`                      // ok, refusing or damaged
	Backup    string `json:"backup"`                       // ok, none (nobody ever made one), failed, old, or unknown without the database
	BackupAge *int64 `json:"backup_age_seconds,omitempty"` // of the last good one
	Codes     int    `json:"codes"`                        // in memory
	Unsent    int64  `json:"unsent_scans"`
	SetAside  int64  `json:"segments_set_aside"`
	Version   string `json:"version"`
}

const (
	healthOK          = "ok"
	healthUnavailable = "unavailable"
)

// GET|HEAD /health: 200 while all pages work, 503 while the database is away.
func (s *Server) health(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), healthTimeout)
	defer cancel()
	h := s.currentHealth()
	status := http.StatusOK
	if err := s.reachDatabase(ctx); err != nil {
		s.log.WarnContext(ctx, "the database does not answer", "error", err)
		h.Database, status = healthUnavailable, http.StatusServiceUnavailable
	} else if standing, err := backup.ReadStanding(ctx, s.store); err != nil {
		s.log.WarnContext(ctx, "the backups are not known", "error", err)
	} else {
		now := s.now()
		h.Backup = standing.Status(now)
		if standing.Good != nil {
			h.BackupAge = new(int64(age(standing.Good.StartedAt, now)))
		}
	}
	switch {
	case h.Directory == healthUnavailable:
		h.Status = healthUnavailable
	case h.Database != healthOK, h.Directory != healthOK, h.Journal != healthOK, h.Backup == "failed", h.Backup == "old":
		h.Status = "degraded"
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, h)
}

var errNotMigrated = errors.New("the schema is not up to date yet")

// reachDatabase says whether the database answers and has the schema that pages
// need: one that was away at the start gets it once it is there.
func (s *Server) reachDatabase(ctx context.Context) error {
	if err := s.store.Ping(ctx); err != nil {
		return err
	}
	if why := s.store.ReadOnly(); why != nil {
		return why
	}
	if !s.migrated() {
		return errNotMigrated
	}
	return nil
}

// awaitSchema answers 503 in the place of pages that would meet a schema that is
// not theirs.
func (s *Server) awaitSchema(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Path()
		switch {
		case s.migrated(), strings.HasPrefix(path, "/health"), path == "/metrics", path == views.StatusPath:
			return next(c)
		case errors.Is(s.store.ReadOnly(), db.ErrNewerSchema):
			return errs.Wrap(errs.Unavailable, "This program is older than its database, so it changes nothing in it. Printed codes go on working. Whoever runs this server: start the newer version again.", db.ErrNewerSchema)
		}
		return errs.Wrap(errs.Unavailable, "The database is not ready yet. Nothing was changed. Please try again in a moment.", errNotMigrated)
	}
}

// GET|HEAD /health/ready: 200 once scans are answered, with the database or
// without.
func (s *Server) ready(c echo.Context) error {
	h := s.currentHealth()
	status := http.StatusOK
	if h.Directory == healthUnavailable {
		h.Status, status = healthUnavailable, http.StatusServiceUnavailable
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, map[string]string{"status": h.Status, "directory": h.Directory})
}

// currentHealth is what shows without asking the database.
func (s *Server) currentHealth() health {
	directory, journal := s.directory.Stats(), s.recorder.Stats()
	h := health{
		Status: healthOK, Database: healthOK, Directory: healthOK, Journal: healthOK, Backup: "unknown",
		Codes: directory.Codes, Unsent: journal.Journalled, SetAside: journal.Damaged, Version: s.version,
	}
	switch {
	case directory.ConfirmedAt.IsZero() && directory.SnapshotAt.IsZero():
		h.Directory = healthUnavailable
	case directory.Degraded:
		h.Directory = "behind"
	}
	switch {
	case journal.Refusing != nil:
		h.Journal = "refusing"
	case journal.Damaged > 0:
		h.Journal = "damaged"
	}
	return h
}

// GET|HEAD /health/live
//
// It says that the process answers and nothing else, so it is public.
func live(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, `{"status":"ok"}`+"\n") // whoever left does not need it
	}
}
