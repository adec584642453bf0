// Package views holds the pages: templ components and the view models they
// are rendered from. A view model is a plain struct shaped like its page.
// Nothing here reads a clock, a database or a request: times come in as
// Moment, which carries its own "now".
package views
