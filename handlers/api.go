package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// apiPrefix is where the JSON API lies.
const apiPrefix = "/api/v1"

func (s *Server) api(*echo.Group) {}

// GET /docs
func (s *Server) docs(c echo.Context) error { return c.NoContent(http.StatusNotFound) }
