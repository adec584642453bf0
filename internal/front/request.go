package front

import (
	"cmp"
	"net/http"
	"strings"
)

// Request is what a GET request for a short URL says.
type Request struct {
	Path           string // decoded
	Query          string // as it came, without the question mark
	UserAgent      string
	Referer        string
	AcceptLanguage string
	Purpose        string // Sec-Purpose (Fetch §2.2.7), else the older Purpose, else X-Moz
	Forwarded      string // all of X-Forwarded-For
	Peer           string // address and port of who is connected
}

// Of takes it from a request that net/http has read. Of several headers of one
// name the first counts.
func Of(r *http.Request) *Request {
	return &Request{
		Path: r.URL.Path, Query: r.URL.RawQuery, Peer: r.RemoteAddr,
		UserAgent: first(r.Header, "User-Agent"), Referer: first(r.Header, "Referer"), AcceptLanguage: first(r.Header, "Accept-Language"),
		Purpose:   cmp.Or(first(r.Header, "Sec-Purpose"), first(r.Header, "Purpose"), first(r.Header, "X-Moz")),
		Forwarded: strings.Join(r.Header["X-Forwarded-For"], ","),
	}
}

func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// header is a header's part in a plain request.
type header uint8

const (
	other header = iota // says nothing here
	host
	userAgent
	referer
	acceptLanguage
	forwardedFor
	secPurpose
	purpose
	xMoz
	connection // plain only as keep-alive
	unplain    // has a body follow, changes the protocol, or wants more of an answer than is given here
	headers
)

const (
	method  = "GET "
	version = " HTTP/1.1\r\n"
)

// parse reads the request that text begins with and says how long it is. It is
// ok only for what no two programs read differently (RFC 9112): a complete
// GET of HTTP/1.1 in origin form, below /r/ or /R/, of printable ASCII, lines
// that end in CR LF, one Host, no body, and none of the headers it heeds twice.
func parse(text string) (q Request, size int, ok bool) {
	rest, ok := strings.CutPrefix(text, method)
	if !ok || !strings.HasPrefix(rest, "/r/") && !strings.HasPrefix(rest, "/R/") {
		return q, 0, false
	}
	end := strings.IndexByte(rest, ' ')
	if end < 0 {
		return q, 0, false
	}
	q.Path, q.Query, _ = strings.Cut(rest[:end], "?")
	if rest, ok = strings.CutPrefix(rest[end:], version); !ok || !plainPath(q.Path) || !plainQuery(q.Query) {
		return q, 0, false
	}
	var values [headers]string
	var seen [headers]bool
	for !strings.HasPrefix(rest, "\r\n") {
		line, after, found := strings.Cut(rest, "\r\n")
		name, value, colon := strings.Cut(line, ":")
		if !found || !colon || !plainName(name) || !plainValue(value) {
			return q, 0, false
		}
		if h := headerOf(name); h != other {
			if seen[h] {
				return q, 0, false
			}
			seen[h], values[h] = true, strings.Trim(value, " ")
		}
		rest = after
	}
	if !plainHost(values[host]) || seen[unplain] || seen[connection] && !strings.EqualFold(values[connection], "keep-alive") {
		return q, 0, false
	}
	q.UserAgent, q.Referer, q.AcceptLanguage, q.Forwarded = values[userAgent], values[referer], values[acceptLanguage], values[forwardedFor]
	q.Purpose = cmp.Or(values[secPurpose], values[purpose], values[xMoz])
	return q, len(text) - len(rest) + len("\r\n"), true
}

// headerOf finds a header by its name, in letters of any case.
func headerOf(name string) header {
	is := func(known string, h header) header {
		if strings.EqualFold(name, known) {
			return h
		}
		return other
	}
	switch len(name) {
	case len("Host"):
		return is("Host", host)
	case len("X-Moz"):
		return is("X-Moz", xMoz)
	case len("Expect"):
		return is("Expect", unplain)
	case len("Referer"):
		return max(is("Referer", referer), is("Purpose", purpose), is("Upgrade", unplain), is("Trailer", unplain))
	case len("User-Agent"):
		return max(is("User-Agent", userAgent), is("Connection", connection))
	case len("Sec-Purpose"):
		return is("Sec-Purpose", secPurpose)
	case len("X-Request-Id"):
		return is("X-Request-Id", unplain)
	case len("Content-Length"):
		return is("Content-Length", unplain)
	case len("Accept-Language"):
		return max(is("Accept-Language", acceptLanguage), is("X-Forwarded-For", forwardedFor))
	case len("Transfer-Encoding"):
		return is("Transfer-Encoding", unplain)
	}
	return other
}

// Short IDs are of letters, digits and hyphens; what else a path has is for
// net/http to decode.
func plainPath(path string) bool { return consists(path, "-/") }

func plainQuery(query string) bool { return consists(query, "-._~%&=+,;:/?@!$'()*") }

// plainName is a token (RFC 9110 §5.6.2) of letters, digits, hyphens and
// underscores.
func plainName(name string) bool { return name != "" && consists(name, "-_") }

func plainHost(value string) bool { return value != "" && consists(value, "-._:[]") }

// consists is whether text has nothing but ASCII letters, digits and the others.
func consists(text, others string) bool {
	for i := range len(text) {
		c := text[i]
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}

// CanAnswer is whether a redirect to location can be written as it stands: it is
// there and of printable ASCII.
func CanAnswer(location string) bool { return location != "" && plainValue(location) }

// plainValue has no control character, so no end of a line, and no byte that is
// not ASCII.
func plainValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
