package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"qrgen/internal/qr"
)

// routes is, with codeRoutes, every route on one screen, all of them for the
// office only. What is public, /r/, /R/, /static/ and /health/live, is in
// Server.Handler.
func (s *Server) routes(e *echo.Echo) {
	e.Use(
		s.requestID,
		s.securityHeaders,
		s.observe, // logs, counts and answers errors: nothing outside it may fail
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true, DisableErrorHandler: true}),
		s.allowAdmin,
		s.sameOrigin,
		s.boundBody,
		s.awaitSchema,
	)
	session := s.session // where a page shows or leaves a message

	e.GET("/", s.dashboard, session)
	s.codeRoutes(e, session)

	e.GET("/looks", s.listLooks, session)
	e.POST("/looks", s.createPreset, session)
	e.GET("/looks/new", s.newPreset, session)
	e.GET("/looks/:id", s.editPreset, session)
	e.POST("/looks/:id", s.updatePreset, session)
	e.POST("/looks/:id/remove", s.removePreset, session)
	e.POST("/logos", s.uploadLogo, session)
	e.Match(get, "/logos/:id", s.showLogo)
	e.POST("/logos/:id/remove", s.removeLogo, session)
	e.GET("/receipts", s.askReceipt, session)
	e.POST("/receipts", s.findReceipt, session)

	e.GET("/sheet", s.showSheet, session)
	e.POST("/sheet", s.downloadSheet, session)
	e.GET("/archive", s.showArchive, session)
	e.POST("/archive", s.downloadArchive, session)

	e.GET("/import", s.showImport, session)
	e.POST("/import", s.importCodes, session)
	e.Match(get, "/import/example.csv", s.importExample)

	e.GET("/docs", s.docs, session)
	e.GET("/status", s.status) // no session: it works without the database
	s.api(e)

	e.Match(get, "/health", s.health)
	e.Match(get, "/health/ready", s.ready)
	e.GET("/metrics", s.serveMetrics)
}

func (s *Server) codeRoutes(e *echo.Echo, session echo.MiddlewareFunc) {
	e.GET("/codes", s.listCodes, session)
	e.POST("/codes", s.createCode, session)
	e.Match(get, "/codes.csv", s.listCodesCSV)
	e.POST("/codes/bulk", s.moveCodes, session)
	e.GET("/codes/retire", s.askRetireCodes, session)
	e.GET("/codes/new", s.newCode, session)
	e.POST("/codes/preview", s.previewCode, session)
	e.POST("/codes/payload", s.choosePayload, session)
	e.POST("/codes/look", s.adjustLook, session)
	e.GET("/codes/short-id", s.checkShortID)
	e.GET("/codes/:id", s.showCode, session)
	e.POST("/codes/:id", s.updateCode, session)
	e.GET("/codes/:id/edit", s.editCode, session)
	e.POST("/codes/:id/pause", s.pauseCode, session)
	e.POST("/codes/:id/resume", s.resumeCode, session)
	e.POST("/codes/:id/retire", s.retireCode, session)
	e.POST("/codes/:id/restore", s.restoreCode, session)
	e.GET("/codes/:id/test", s.showTrial)
	e.POST("/codes/:id/test", s.openTrial, session)
	e.POST("/codes/:id/test/end", s.closeTrial, session)
	e.POST("/codes/:id/events/:event/undo", s.undoEdit, session)
	e.GET("/codes/:id/scans", s.codeScans, session)
	e.GET("/codes/:id/scans/log", s.codeScanLog, session)
	e.Match(get, "/codes/:id/scans.csv", s.codeScansCSV)
	e.GET("/codes/:id/download", s.downloadCode, session)
	e.GET("/codes/:id/download/verdict", s.downloadVerdict, session)
	e.POST("/codes/:id/mend", s.mendCode, session)
	for _, format := range qr.Formats() {
		e.Match(get, "/codes/:id/image."+format.String(), s.codeImage)
	}
}

// get is GET with the HEAD that Echo does not add by itself.
var get = []string{echo.GET, echo.HEAD}
