package handlers

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/internal/config"
	"qrgen/internal/front"
	"qrgen/internal/redirect"
	"qrgen/internal/scans"
	"qrgen/views"
)

// Prepared header values. net/http reads them and changes none.
var (
	noStore   = []string{"private, no-store"}
	emptyBody = []string{"0"}
)

// redirectRoute names the thin path in logs.
const redirectRoute = "/r/:short_id"

// GET|HEAD /r/{short_id}, /R/{short_id}
//
// The thin path: one look-up in memory, one append to the journal, one write.
// No session, no template and no wait for the database stand between a printed
// code and its target; BenchmarkRedirect counts what it allocates.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	start := s.now()
	raw, fromSymbol, ok := redirect.ParsePath(r.URL.Path)
	if !ok {
		s.misdirected(w, r, start)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.notice(w, r, http.StatusMethodNotAllowed, views.ReasonUnknown)
		s.recordRedirect(w, r, redirect.Unknown, http.StatusMethodNotAllowed, start)
		return
	}
	answer := s.directory.Find(r.Context(), raw, start)
	if answer.Outcome == redirect.File {
		s.serveFile(w, r, answer, fromSymbol, start)
		return
	}
	if answer.Location == "" {
		if answer.CodeID != 0 && r.Method == http.MethodGet {
			s.recorder.MetDeadEnd(answer.CodeID, sourceOf(r.URL.RawQuery, fromSymbol), start)
		}
		s.leadsNowhere(w, r, answer.Outcome, start)
		return
	}
	if r.Method == http.MethodGet {
		// What the journal refuses it counts and logs itself; the person who
		// scans goes on all the same.
		_ = s.journal.Append(s.visit(front.Of(r), answer.CodeID, fromSymbol, start))
	}
	h := w.Header()
	// Not http.Redirect: it would clean the target, and a target is kept to the
	// letter.
	h["Location"] = []string{answer.Location}
	h["Cache-Control"] = noStore
	h["Content-Length"] = emptyBody
	if _, asked := r.Header[echo.HeaderXRequestID]; asked {
		h.Set(echo.HeaderXRequestID, requestIDOf(r))
	}
	w.WriteHeader(http.StatusFound)
	s.recordRedirect(w, r, answer.Outcome, http.StatusFound, start)
}

// Quick is redirect for what internal/front reads: a code that is in memory and
// leads on. Where it is not ok nothing has happened, and redirect answers.
func (s *Server) Quick(q *front.Request) (location string, ok bool) {
	if s.config.LogRedirects == config.LogAll {
		return "", false
	}
	start := s.now()
	raw, fromSymbol, ok := redirect.ParsePath(q.Path)
	if !ok {
		return "", false
	}
	answer, ok := s.directory.Held(raw, start)
	if !ok || answer.Outcome == redirect.File || !front.CanAnswer(answer.Location) {
		return "", false
	}
	_ = s.journal.Append(s.visit(q, answer.CodeID, fromSymbol, start)) // as in redirect
	s.metrics.redirect(answer.Outcome, http.StatusFound, s.now().Sub(start))
	return answer.Location, true
}

// visit is what the journal keeps of a request until it is stored.
func (s *Server) visit(q *front.Request, codeID int64, fromSymbol bool, at time.Time) scans.Visit {
	v := scans.Visit{
		CodeID: codeID, At: at, Source: sourceOf(q.Query, fromSymbol),
		UserAgent: q.UserAgent, Referer: q.Referer, AcceptLanguage: q.AcceptLanguage, Purpose: q.Purpose, Address: q.Peer,
	}
	if len(s.config.TrustedProxies) > 0 {
		v.Address = s.addrOf(q.Peer, q.Forwarded).String()
	}
	return v
}

// sourceOf tells the printed symbol from a link: our symbols hold /R/, those of
// mvp_qr_gen carry ?scan_ref=qr.
func sourceOf(query string, fromSymbol bool) scans.Source {
	if fromSymbol {
		return scans.QR
	}
	if strings.Contains(query, "scan_ref=qr") {
		// What of a query can't be read says nothing; the rest counts.
		if values, _ := url.ParseQuery(query); values.Get("scan_ref") == "qr" {
			return scans.QR
		}
	}
	return scans.Link
}

// leadsNowhere answers with the page that says why. A client that keeps asking
// for what does not exist is slowed down; one that hits never is.
func (s *Server) leadsNowhere(w http.ResponseWriter, r *http.Request, met redirect.Outcome, start time.Time) {
	status, reason := http.StatusNotFound, views.Reason(met.String())
	switch met {
	case redirect.Expired, redirect.Retired:
		status = http.StatusGone
	case redirect.Unavailable:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "10")
	case redirect.Unknown:
		if ok, wait := s.misses.Allow(s.clientAddr(r), start); !ok {
			status, reason = http.StatusTooManyRequests, views.ReasonTooMany
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		}
	case redirect.Active, redirect.File, redirect.Paused, redirect.Scheduled:
	}
	s.notice(w, r, status, reason)
	s.recordRedirect(w, r, met, status, start)
}

// misdirected answers a path below /r/ that no short URL has: it is a miss.
func (s *Server) misdirected(w http.ResponseWriter, r *http.Request, start time.Time) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
	}
	s.leadsNowhere(w, r, redirect.Unknown, start)
}

// recordRedirect counts an answer and logs it as LOG_REDIRECTS has it.
func (s *Server) recordRedirect(w http.ResponseWriter, r *http.Request, met redirect.Outcome, status int, start time.Time) {
	took := s.now().Sub(start)
	s.metrics.redirect(met, status, took)
	failed := status >= http.StatusBadRequest
	if s.config.LogRedirects == config.LogNone || s.config.LogRedirects == config.LogErrors && !failed {
		return
	}
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request_id", w.Header().Get(echo.HeaderXRequestID)),
		slog.String("method", methodOf(r)),
		slog.String("group", "redirects"),
		slog.String("route", redirectRoute),
		slog.Int("status", status),
		slog.String("outcome", met.String()),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	)
}
