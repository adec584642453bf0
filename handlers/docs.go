package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// GET /docs
func (s *Server) docs(c echo.Context) error { return c.NoContent(http.StatusNotFound) }
