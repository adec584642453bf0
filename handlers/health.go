package handlers

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

const healthTimeout = 2 * time.Second

// health is the answer of GET /health.
type health struct {
	Status   string `json:"status"`   // ok or unavailable
	Database string `json:"database"` // ok or unavailable
	Version  string `json:"version"`
}

// GET /health, GET /health/ready
func (s *Server) health(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), healthTimeout)
	defer cancel()
	answer := health{Status: "ok", Database: "ok", Version: s.version}
	status := http.StatusOK
	if err := s.store.Ping(ctx); err != nil {
		s.log.WarnContext(ctx, "the database does not answer", "error", err)
		answer.Status, answer.Database = "unavailable", "unavailable"
		status = http.StatusServiceUnavailable
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, answer)
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
