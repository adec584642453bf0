package handlers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"qrgen/views"
)

const (
	edgePrefix = "/edge/"
	// edgeRealm is what browsers show when they ask for a password; the edge's
	// configuration says the same.
	edgeRealm   = `Basic realm="QR codes"`
	edgeWaitMax = 3600 // seconds
)

// edgeReasons are what the edge refuses by itself, by the status that it gives.
var edgeReasons = map[string]struct {
	status int
	reason views.Reason
}{
	"401": {http.StatusUnauthorized, views.ReasonSignIn},
	"403": {http.StatusForbidden, views.ReasonStaff},
	"413": {http.StatusRequestEntityTooLarge, views.ReasonTooLarge},
	"429": {http.StatusTooManyRequests, views.ReasonTooMany},
	"502": {http.StatusBadGateway, views.ReasonUnavailable},
	"504": {http.StatusGatewayTimeout, views.ReasonUnavailable},
}

// GET /edge/{status}?after={seconds}
//
// The page in the place of what the edge would say by itself. The edge asks for
// it with the headers of the request that it refused, and passes on neither its
// own headers nor its own words: those that a client needs are set here. It
// reports false for a status that the edge has no page for.
func (s *Server) edgePage(w http.ResponseWriter, r *http.Request, status string) bool {
	refused, ok := edgeReasons[status]
	if !ok {
		return false
	}
	switch refused.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", edgeRealm)
	case http.StatusTooManyRequests:
		after, err := strconv.Atoi(r.URL.Query().Get("after"))
		if err != nil {
			after = 1
		}
		w.Header().Set("Retry-After", strconv.Itoa(min(max(after, 1), edgeWaitMax)))
	}
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "json") && !strings.Contains(accept, "html") {
		s.edgeProblem(w, r, refused.status)
		return true
	}
	s.notice(w, r, refused.status, refused.reason)
	return true
}

// edgeProblem is the same for a client of the API, as RFC 9457 has it.
func (s *Server) edgeProblem(w http.ResponseWriter, r *http.Request, status int) {
	problem := apiProblem{Title: http.StatusText(status), Status: status, Detail: "The server's edge refused this request. Nothing was changed.", RequestID: requestIDOf(r)}
	body, err := json.Marshal(problem)
	if err != nil {
		panic(err) // text and numbers alone
	}
	h := w.Header()
	setSecurityHeaders(h)
	h["Cache-Control"] = noStore
	h.Set("Content-Type", mimeProblem)
	h.Set("X-Request-ID", problem.RequestID)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left does not need it
}
