package handlers

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"qrgen/views"
)

const mimeHTML = "text/html; charset=utf-8"

// wantsPartial is the one decision between a page and its fragment: htmx asks
// for a fragment, except where it follows a boosted link or restores history,
// which need the whole page.
func wantsPartial(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// page answers with the whole page, or with its fragment where htmx asks.
func (s *Server) page(c echo.Context, status int, full, partial templ.Component) error {
	component := full
	if wantsPartial(c.Request()) {
		component = partial
	}
	// Rendered whole before the first byte goes out: a template's error is an
	// error page, not half a page.
	var b bytes.Buffer
	if err := component.Render(c.Request().Context(), &b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	c.Response().Header().Add("Vary", "HX-Request")
	return c.Blob(status, mimeHTML, b.Bytes())
}

// done answers a change that succeeded: a browser is sent on with 303, htmx
// is told to go there itself.
func (s *Server) done(c echo.Context, path string) error {
	if wantsPartial(c.Request()) {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// chrome is what surrounds the pages of this request.
func (s *Server) chrome(c echo.Context) views.Chrome {
	r := c.Request()
	chrome := views.Chrome{User: s.userName(r), Port: strconv.Itoa(int(s.config.Port))}
	if !wantsPartial(r) {
		chrome.Flashes = s.flashes(r.Context())
	}
	if s.links.LocalOnly() {
		chrome.LocalBaseURL = s.links.Base()
	}
	return chrome
}

// attach has a browser keep the answer as a file of that name.
func attach(h http.Header, name string) {
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}
