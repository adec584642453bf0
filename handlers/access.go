package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

// userHeader is where the edge says who signed in. It counts only from
// TRUSTED_PROXIES, which strip it from what clients send.
const userHeader = "X-Forwarded-User"

// clientAddr is the address of the client: the peer's, or, where trusted
// proxies passed the request on, the last one in X-Forwarded-For that none of
// them added for another. The zero address if there is no telling.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if len(s.config.TrustedProxies) == 0 {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.config.TrustedProxies.Contains(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

// allowAdmin lets only clients of ADMIN_ALLOW through.
func (s *Server) allowAdmin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.config.AdminAllow.Contains(s.clientAddr(c.Request())) {
			return errs.New(errs.Forbidden, "This page is for staff, from the office network only.")
		}
		return next(c)
	}
}

// userName is who the edge says signed in; empty if nobody is known.
func (s *Server) userName(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.config.TrustedProxies.Contains(peer.Addr()) {
		return ""
	}
	name := strings.TrimSpace(r.Header.Get(userHeader))
	if len(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// actor is who the history keeps for a change made by the request.
func (s *Server) actor(r *http.Request) codes.Actor {
	name := s.userName(r)
	if name == "" {
		name = "staff"
	}
	return codes.Actor{Name: name, Address: s.clientAddr(r).String()}
}
