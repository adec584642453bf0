package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// routes is every route on one screen. /r/, /R/ and /static/ are in
// Server.Handler.
func (s *Server) routes(e *echo.Echo) {
	e.Use(
		s.requestID,
		s.securityHeaders,
		s.observe, // logs, counts and answers errors: nothing outside it may fail
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true, DisableErrorHandler: true}),
		s.boundBody,
	)
	e.GET("/health/live", s.live)

	// Everything below is for the office only.
	office := e.Group("", s.allowAdmin, s.sameOrigin)
	office.GET("/health", s.health)
	office.GET("/health/ready", s.health)
	office.GET("/metrics", s.serveMetrics)
	s.api(e, office)

	pages := office.Group("", s.session)
	pages.GET("/", s.dashboard)
	pages.GET("/docs", s.docs)
	pages.GET("/codes", s.listCodes)
	pages.POST("/codes", s.createCode)
	pages.GET("/codes/new", s.newCode)
	pages.POST("/codes/preview", s.previewCode)
	pages.GET("/codes/short-id", s.checkShortID)
	pages.GET("/codes/:id", s.showCode)
	pages.POST("/codes/:id", s.updateCode)
	pages.GET("/codes/:id/edit", s.editCode)
	pages.POST("/codes/:id/pause", s.pauseCode)
	pages.POST("/codes/:id/resume", s.resumeCode)
	pages.POST("/codes/:id/retire", s.retireCode)
	pages.POST("/codes/:id/restore", s.restoreCode)
	pages.POST("/codes/:id/events/:event/undo", s.undoEdit)
	office.GET("/codes/:id/image.svg", s.codeImage)
	office.GET("/codes/:id/image.png", s.codeImage)
	office.HEAD("/codes/:id/image.svg", s.codeImage)
	office.HEAD("/codes/:id/image.png", s.codeImage)
	pages.RouteNotFound("/*", s.notFound)
}
