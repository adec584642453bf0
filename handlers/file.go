package handlers

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/internal/front"
	"qrgen/internal/payload"
	"qrgen/internal/redirect"
)

// serveFile answers a scan with the contact or the event that the code leads
// to, from memory like any redirect. Phones open both at once; the name is for
// those that keep a file first.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, answer redirect.Answer, fromSymbol bool, start time.Time) {
	if r.Method == http.MethodGet {
		_ = s.journal.Append(s.visit(front.Of(r), answer.CodeID, fromSymbol, start)) // as for a redirect
	}
	mediaType, name := payload.MediaType(answer.Location)
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", `inline; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(answer.Location)))
	h.Set("X-Content-Type-Options", "nosniff")
	h["Cache-Control"] = noStore
	if _, asked := r.Header[echo.HeaderXRequestID]; asked {
		h.Set(echo.HeaderXRequestID, requestIDOf(r))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, answer.Location) // who has gone needs no file
	}
	s.recordRedirect(w, r, answer.Outcome, http.StatusOK, start)
}
