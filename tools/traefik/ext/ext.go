// Package ext stands in for a module that Traefik keeps in its own repository
// and does not publish. Traefik's copy holds nothing either: it is where other
// products put fields of their own.
package ext

// HTTP has no fields of its own.
type HTTP struct{}

// Router has no fields of its own.
type Router struct{}
