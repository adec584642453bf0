package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/views"
)

const (
	sessionCookie   = "qrgen_session"
	sessionLifetime = 30 * 24 * time.Hour

	// The session's keys.
	keyFlash = "flash"
	keySort  = "sort"
)

func newSessions(store *db.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{store}
	m.Lifetime = sessionLifetime
	m.HashTokenInStore = true
	m.Cookie.Name = sessionCookie
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	return m
}

// session loads the visitor's session and saves it before the answer's header
// goes out. It is not scs' own middleware: that wraps the response writer, and
// with Echo an error answered outside the wrapper commits twice.
func (s *Server) session(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		token := ""
		if cookie, err := c.Cookie(sessionCookie); err == nil {
			token = cookie.Value
		}
		ctx, err := s.sessions.Load(c.Request().Context(), token)
		if err != nil {
			return fmt.Errorf("load the session: %w", err)
		}
		c.SetRequest(c.Request().WithContext(context.WithValue(ctx, sessionLoaded{}, true)))
		c.Response().Before(func() { s.saveSession(c) })
		return next(c)
	}
}

func (s *Server) saveSession(c echo.Context) {
	ctx := c.Request().Context()
	switch s.sessions.Status(ctx) {
	case scs.Unmodified:
	case scs.Modified:
		token, expiry, err := s.sessions.Commit(ctx)
		if err != nil {
			s.log.ErrorContext(ctx, "session not saved", "error", err)
			return
		}
		s.sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	}
}

// sessionLoaded marks a context that carries a session: scs panics where an
// error page, say, asks for one that was never loaded.
type sessionLoaded struct{}

func hasSession(ctx context.Context) bool { return ctx.Value(sessionLoaded{}) != nil }

// say leaves a message for the next page: what was done.
func (s *Server) say(c echo.Context, text string) {
	s.sessions.Put(c.Request().Context(), keyFlash, text)
}

// flashes takes the messages that are waiting.
func (s *Server) flashes(ctx context.Context) []views.Toast {
	if !hasSession(ctx) {
		return nil
	}
	text := s.sessions.PopString(ctx, keyFlash)
	if text == "" {
		return nil
	}
	return []views.Toast{{Tone: views.ToneGood, Text: text}}
}

// sessionStore keeps sessions in PostgreSQL, for scs.
type sessionStore struct{ store *db.Store }

var _ scs.CtxStore = sessionStore{}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := s.store.SessionByToken(ctx, token)
	if errs.KindOf(err) == errs.NotFound {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.store.SaveSession(ctx, db.SaveSessionParams{Token: token, Data: data, ExpiresAt: expiry})
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.store.DeleteSession(ctx, token)
}

var errNoContext = errors.New("sessions are only reached with a context")

func (sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (sessionStore) Delete(string) error                    { return errNoContext }

// SweepSessions deletes expired sessions every interval until ctx ends.
func (s *Server) SweepSessions(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if _, err := s.store.DeleteExpiredSessions(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "expired sessions not deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
