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
// them added for another. The zero address, which no network holds, if there is
// no telling.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	return s.addrOf(r.RemoteAddr, strings.Join(r.Header.Values("X-Forwarded-For"), ","))
}

// addrOf is clientAddr of a peer, with its port, and all of X-Forwarded-For.
func (s *Server) addrOf(remote, forwarded string) netip.Addr {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if forwarded == "" {
		return addr
	}
	hops := strings.Split(forwarded, ",")
	for i := len(hops) - 1; i >= 0 && s.config.TrustedProxies.Contains(addr); i-- {
		// What a proxy wrote and we can't read is a client we don't know, never
		// the proxy itself.
		if addr, err = parseHop(strings.TrimSpace(hops[i])); err != nil {
			return netip.Addr{}
		}
	}
	return addr
}

// parseHop reads one address of X-Forwarded-For. Some proxies add the port.
func parseHop(hop string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap(), nil
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	return addr.Unmap(), err
}

// allowAdmin lets only clients of ADMIN_ALLOW through, and the machine itself to
// its own health: a container's health check asks from there.
func (s *Server) allowAdmin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		addr := s.clientAddr(c.Request())
		ownCheck := addr.IsLoopback() && (c.Path() == "/health" || c.Path() == "/health/ready")
		if !ownCheck && !s.config.AdminAllow.Contains(addr) {
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
