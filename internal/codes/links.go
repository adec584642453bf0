package codes

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"qrgen/db"
)

// Links makes the addresses that are printed: short URLs below one base URL.
type Links struct {
	base string // scheme://host[:port], lower case, no slash at the end
	host string
}

// ParseLinks reads a base URL: http or https and a host, with no path, since
// short URLs hang below /r/ at the host's root.
func ParseLinks(base string) (Links, error) {
	u, err := url.Parse(strings.TrimSpace(base))
	switch {
	case err != nil:
		return Links{}, fmt.Errorf("read the base URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return Links{}, errors.New("must start with http:// or https://")
	case u.Hostname() == "":
		return Links{}, errors.New("must name a host")
	case len(u.Port()) > 5 || u.Port() > "65535" && len(u.Port()) == 5:
		return Links{}, errors.New("must have a port up to 65535, or none")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Links{}, errors.New("must be just scheme and host, such as https://qr.example.edu")
	case u.Path != "" && u.Path != "/":
		return Links{}, fmt.Errorf("must have no path: short URLs lie directly below the host, at /r/ (found %q)", u.Path)
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return Links{}, errors.New("must name a possible host")
	}
	full := host
	if strings.Contains(full, ":") {
		full = "[" + full + "]"
	}
	if u.Port() != "" {
		full += ":" + u.Port()
	}
	return Links{base: u.Scheme + "://" + full, host: host}, nil
}

// Base is the base URL without a slash at its end.
func (l Links) Base() string { return l.base }

// ShortURL is the address that people type, share and read: in lower case.
func (l Links) ShortURL(id string) string { return l.base + "/r/" + id }

// SymbolURL is the short URL as the symbol holds it: in upper case, so that it
// fits QR's alphanumeric mode (ISO/IEC 18004 §7.3.4) and each module prints
// larger; /R/ tells a scan of the symbol from a typed /r/.
func (l Links) SymbolURL(id string) string { return strings.ToUpper(l.base + "/R/" + id) }

// SymbolContent is what a code's symbol says: the short URL of a dynamic code,
// the content of a static one.
func (l Links) SymbolContent(c db.Code) string {
	if c.ShortID != nil {
		return l.SymbolURL(*c.ShortID)
	}
	if c.Content != nil {
		return *c.Content
	}
	return ""
}

// IsShortURL says whether u, whose host is given in ASCII, is a short URL of
// ours, whatever its scheme, port or case, and however its path is written:
// browsers resolve /x/../r/ and %2e before they ask.
func (l Links) IsShortURL(host string, u *url.URL) bool {
	clean := strings.ToLower(path.Clean("/" + u.Path))
	return host == l.host && (clean == "/r" || strings.HasPrefix(clean, "/r/"))
}

// LocalOnly says whether the base URL can be reached from this machine or its
// private network only, so that codes printed now would not work outside.
func (l Links) LocalOnly() bool {
	if l.host == "localhost" || strings.HasSuffix(l.host, ".localhost") || strings.HasSuffix(l.host, ".local") {
		return true
	}
	ip, err := netip.ParseAddr(l.host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
