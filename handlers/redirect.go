package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

// redirectTimeout bounds how long someone who scans waits for the database.
const redirectTimeout = 3 * time.Second

// outcome is what someone who scans met: a closed set, for the metrics.
type outcome string

const (
	outcomeActive      outcome = "active"
	outcomeFallback    outcome = "fallback"
	outcomePaused      outcome = "paused"
	outcomeScheduled   outcome = "scheduled"
	outcomeExpired     outcome = "expired"
	outcomeRetired     outcome = "retired"
	outcomeUnknown     outcome = "unknown"
	outcomeUnavailable outcome = "unavailable"
)

var outcomes = [...]outcome{
	outcomeActive, outcomeFallback, outcomePaused, outcomeScheduled,
	outcomeExpired, outcomeRetired, outcomeUnknown, outcomeUnavailable,
}

// GET|HEAD /r/{short_id}, /R/{short_id}
//
// It is no Echo handler: nothing stands between a printed code and its target
// that is not needed to find it.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	start := s.now()
	met, status, err := s.answerScan(w, r)
	took := s.now().Sub(start)
	s.metrics.redirects.WithLabelValues(string(met)).Inc()
	s.metrics.latency.Observe(took.Seconds())
	s.record(r, w.Header().Get(echo.HeaderXRequestID), "/r/:short_id", status, took, err)
}

// answerScan answers and says what was met, the status, and an error for the
// log alone.
func (s *Server) answerScan(w http.ResponseWriter, r *http.Request) (outcome, int, error) {
	w.Header().Set("Cache-Control", "private, no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return outcomeUnknown, s.notice(w, r, http.StatusMethodNotAllowed, views.ReasonUnknown), nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), redirectTimeout)
	defer cancel()
	code, err := s.findCode(ctx, r.URL.Path[len("/r/"):])
	switch errs.KindOf(err) {
	case errs.NotFound:
		return outcomeUnknown, s.notice(w, r, http.StatusNotFound, views.ReasonUnknown), nil
	default:
		if err != nil {
			w.Header().Set("Retry-After", "10")
			return outcomeUnavailable, s.notice(w, r, http.StatusServiceUnavailable, views.ReasonUnavailable), err
		}
	}
	met, location, status := s.decide(code)
	if location == "" {
		return met, s.notice(w, r, status, views.Reason(met)), nil
	}
	if r.Method == http.MethodGet {
		// A code that leads on is never held back by a count that fails.
		if err = s.countScan(ctx, code.ID, r); err != nil {
			s.metrics.refused.Inc()
		}
	}
	// Not http.Redirect: it would clean the target, and a target is kept to the
	// letter.
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
	return met, http.StatusFound, err
}

// findCode looks for what the path element may mean.
func (s *Server) findCode(ctx context.Context, raw string) (db.RedirectByShortIDRow, error) {
	for _, id := range codes.Candidates(strings.TrimSuffix(raw, "/")) {
		code, err := s.store.RedirectByShortID(ctx, string(id))
		if errs.KindOf(err) != errs.NotFound {
			return code, err
		}
	}
	return db.RedirectByShortIDRow{}, errs.New(errs.NotFound, "unknown short ID")
}

// decide says where a code leads now; without a location it leads to a page
// with the status.
func (s *Server) decide(code db.RedirectByShortIDRow) (met outcome, location string, status int) {
	state := codes.StateAt(s.now(), code.State, code.StartsAt, code.ExpiresAt)
	if state == codes.Active && code.TargetURL != nil {
		return outcomeActive, *code.TargetURL, http.StatusFound
	}
	if code.FallbackURL != nil {
		return outcomeFallback, *code.FallbackURL, http.StatusFound
	}
	status = http.StatusNotFound
	if state == codes.Expired || state == codes.Retired {
		status = http.StatusGone
	}
	return outcome(state), "", status
}

// countScan counts one scan by its source, and waits until it is kept.
func (s *Server) countScan(ctx context.Context, id int64, r *http.Request) error {
	// The phone has what it needs to go on: its leaving must not lose the scan.
	ctx = context.WithoutCancel(ctx)
	ctx, cancel := context.WithTimeout(ctx, redirectTimeout)
	defer cancel()
	count := db.CountScanParams{CodeID: id, Link: 1}
	if fromSymbol(r.URL) {
		count = db.CountScanParams{CodeID: id, QR: 1}
	}
	if _, err := s.store.CountScan(ctx, count); err != nil {
		return fmt.Errorf("count a scan of code %d: %w", id, err)
	}
	return nil
}

// fromSymbol says whether the address came from the printed symbol: ours hold
// it in upper case, those of mvp_qr_gen carry ?scan_ref=qr.
func fromSymbol(u *url.URL) bool {
	return strings.HasPrefix(u.Path, "/R/") || strings.Contains(u.RawQuery, "scan_ref=") && u.Query().Get("scan_ref") == "qr"
}

// languages are those that the public pages speak, the first by default.
var languages = language.NewMatcher([]language.Tag{language.English, language.Spanish, language.German, language.French})

// notice answers with the small page for a scan that leads nowhere.
func (s *Server) notice(w http.ResponseWriter, r *http.Request, status int, reason views.Reason) int {
	preferred, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	tag, _, _ := languages.Match(preferred...)
	base, _ := tag.Base()
	var b bytes.Buffer
	if err := views.PublicPage(views.PublicNotice{Lang: base.String(), Reason: reason, Contact: s.config.Contact}).Render(r.Context(), &b); err != nil {
		s.log.ErrorContext(r.Context(), "public page not rendered", "error", err)
	}
	h := w.Header()
	h.Set("Content-Type", mimeHTML)
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // a phone that left does not need it
	}
	return status
}
