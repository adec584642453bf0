package scans

import (
	"net/netip"
	"strings"
	"time"
)

// enricher turns a visit into a row: everything that is known about a visitor
// ends here. Only the recorder's goroutine uses it.
type enricher struct {
	words    *dictionary
	agents   *agentCache
	visitors *visitors
	geo      *geo
	location *time.Location
}

// row makes the row of a visit.
func (e *enricher) row(v *Visit) scanRow {
	known := e.agents.lookup(v.UserAgent)
	row := scanRow{
		at: v.At.UnixMicro(), code: int32(v.CodeID), agent: e.words.placeAgent(known.agent),
		class: classOf(v, known), qr: v.Source == QR,
	}
	if row.class != Human {
		// Machines make their headers up: they give no words, and they are no
		// visitors that could come back.
		return row
	}
	day := e.day(v.At)
	address := addressOf(v.Address)
	row.referrer = e.words.place(referrerWord, refererHost(v.Referer), day)
	row.language = e.words.place(languageWord, firstLanguage(v.AcceptLanguage), day)
	row.country = e.words.place(countryWord, e.geo.country(address), day)
	row.repeat = e.visitors.seen(day, v.CodeID, address, v.UserAgent)
	return row
}

// day numbers the office's days.
func (e *enricher) day(t time.Time) int64 {
	_, offset := t.In(e.location).Zone()
	return floorDiv(t.Unix()+int64(offset), 86400)
}

// classOf decides in this order: what says of itself that nobody looks at it
// yet, what its user agent gives away. What staff try out is known only later
// (markTests).
func classOf(v *Visit, known knownAgent) Class {
	switch {
	case isPrefetch(v.Purpose), known.preview:
		return Prefetch
	case known.bot:
		return Bot
	}
	return Human
}

// isPrefetch reads Sec-Purpose ("prefetch;prerender"), Purpose ("prefetch",
// "preview") and X-Moz ("prefetch").
func isPrefetch(purpose string) bool {
	p := strings.ToLower(purpose)
	return strings.Contains(p, "prefetch") || strings.Contains(p, "prerender") || strings.Contains(p, "preview")
}

// addressOf reads an address with or without a port; the zero Addr if it is
// neither.
func addressOf(s string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone("")
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// refererHost gives the host of a Referer in lower case, without "www." and
// port; empty where there is none that makes sense.
func refererHost(referer string) string {
	_, rest, ok := strings.Cut(referer, "://")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if host, _, ok := strings.Cut(rest, ":"); ok {
		rest = host
	}
	host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(rest), "www."), ".")
	if len(host) > 100 || !strings.Contains(host, ".") {
		return ""
	}
	for i := range len(host) {
		c := host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return ""
		}
	}
	return host
}

// firstLanguage gives the primary subtag of the first tag of an
// Accept-Language ("de-CH, fr;q=0.8": "de").
func firstLanguage(header string) string {
	tag := strings.TrimSpace(header)
	if end := strings.IndexAny(tag, ",;-_ "); end >= 0 {
		tag = tag[:end]
	}
	if len(tag) < 2 || len(tag) > 3 {
		return ""
	}
	tag = strings.ToLower(tag)
	for i := range len(tag) {
		if tag[i] < 'a' || tag[i] > 'z' {
			return ""
		}
	}
	return tag
}
