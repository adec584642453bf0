package codes

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"qrgen/internal/errs"
)

// targetMax is the longest target URL, in bytes: what every browser takes.
const targetMax = 2048

// Target is a URL that a code may lead to: http or https, with a host, without
// credentials, in ASCII (RFC 3986), at most 2,048 bytes. Apart from what had
// to be encoded it is kept as it was written.
type Target string

// Rules are what an organisation lays down about targets, and the addresses
// that codes get.
type Rules struct {
	// Links makes the short URLs. A target must not be one of them.
	Links Links
	// AllowedDomains, where any are set, are the only ones a target may lie
	// in: the domain itself or one below it.
	AllowedDomains []string
}

// ParseTarget reads a URL that a person or a program gave as a target.
func (r Rules) ParseTarget(s string) (Target, error) {
	a, err := parseAddress(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	if r.Links.IsShortURL(a.host, a.url) {
		return "", errs.New(errs.Invalid, "This is one of our own short addresses: scanning would go in a circle. Enter the page it leads to.")
	}
	if !r.allowed(a.host) {
		return "", errs.New(errs.Invalid, "Addresses on "+a.host+" are not allowed here. Allowed are: "+strings.Join(r.AllowedDomains, ", ")+".")
	}
	return a.target, nil
}

// address is a web address as it was read, with its host in ASCII.
type address struct {
	url    *url.URL
	host   string
	target Target
}

// parseAddress reads any web address that a browser can open.
func parseAddress(s string) (address, error) {
	if err := checkTargetText(s); err != nil {
		return address{}, err
	}
	u, err := url.Parse(s)
	if err != nil {
		return address{}, errs.Wrap(errs.Invalid, "This is not a web address. Example: https://www.example.edu/page", err)
	}
	if err := checkTargetParts(u); err != nil {
		return address{}, err
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return address{}, err
	}
	a := address{url: u, host: host, target: asciiTarget(s, u, host)}
	if len(a.target) > targetMax {
		return address{}, errs.New(errs.Invalid, "This address is too long: 2,048 characters is the most.")
	}
	return a, nil
}

func checkTargetText(s string) error {
	switch {
	case s == "":
		return errs.New(errs.Invalid, "Enter the web address that the code leads to.")
	case len(s) > targetMax:
		return errs.New(errs.Invalid, "This address is too long: 2,048 characters is the most.")
	case !utf8.ValidString(s):
		return errs.New(errs.Invalid, "This address has characters that are not text (invalid UTF-8).")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		return errs.New(errs.Invalid, "This address has invisible control characters. Type it anew or copy it from the browser's address bar.")
	case strings.ContainsAny(s, " \\"):
		return errs.New(errs.Invalid, "A web address has no spaces or backslashes in it.")
	case strings.HasPrefix(s, "//"):
		return errs.New(errs.Invalid, "Start the address with https:// – for example https:"+s)
	}
	return nil
}

func checkTargetParts(u *url.URL) error {
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "" || strings.Contains(scheme, "."):
		return errs.New(errs.Invalid, "Start the address with https:// – for example https://www.example.edu/page")
	case scheme != "http" && scheme != "https" && u.Opaque != "" && isPort(u.Opaque):
		return errs.New(errs.Invalid, "Start the address with https:// – for example https://www.example.edu/page")
	case scheme != "http" && scheme != "https":
		return errs.New(errs.Invalid, "A code can lead to http:// and https:// addresses only, not to "+scheme+":")
	case u.User != nil:
		return errs.New(errs.Invalid, "Leave the user name and password out of the address: everybody who scans the code would see them.")
	case u.Hostname() == "":
		return errs.New(errs.Invalid, "This address names no web site. Example: https://www.example.edu/page")
	case u.Port() != "" && !isPort(u.Port()), strings.HasSuffix(u.Host, ":"):
		return errs.New(errs.Invalid, "The number after the colon must be a port from 1 to 65535.")
	}
	return nil
}

func isPort(s string) bool {
	number, _, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(number, 10, 16)
	return err == nil && n > 0
}

// asciiHost gives the host as it goes over the wire: lower case, international
// names in Punycode (RFC 5891), IPv6 without brackets.
func asciiHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return ip.String(), nil
	}
	host, err := hostProfile().ToASCII(strings.TrimSuffix(host, "."))
	if err == nil { // what was no text, such as %80, makes Punycode that is none
		_, err = hostProfile().ToASCII(host)
	}
	if err != nil || !isHost(host) {
		return "", errs.Wrap(errs.Invalid, "This web site's name is not a possible one. Example: https://www.example.edu/page", err)
	}
	return host, nil
}

// hostProfile reads names as browsers do (WHATWG URL Standard §3.3): names in
// use such as my_site.example and my--site.example are good ones.
func hostProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(true))
}

// isHost says whether an ASCII name has only what a host can have. A name that
// ends in a number is none: browsers take it for an IPv4 address in a notation
// of its own, such as 0x7f.1 (WHATWG URL Standard §3.5).
func isHost(name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return !isShortIDRune(r) && r != '.' && r != '_' }) {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	digits, isHex := strings.CutPrefix(last, "0x")
	if isHex {
		return strings.Trim(digits, "0123456789abcdef") != ""
	}
	return strings.Trim(last, "0123456789") != ""
}

func (r Rules) allowed(host string) bool {
	if len(r.AllowedDomains) == 0 {
		return true
	}
	for _, domain := range r.AllowedDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// asciiTarget writes the URL in ASCII: the host in lower case or Punycode, any
// other character outside ASCII, and those RFC 3986 has no place for,
// percent-encoded; the rest as it was.
func asciiTarget(s string, u *url.URL, host string) Target {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	rest := s[strings.Index(s, "//")+2:]
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[end:]
	} else {
		rest = ""
	}
	var b strings.Builder
	b.WriteString(strings.ToLower(u.Scheme) + "://" + host)
	const hex = "0123456789ABCDEF"
	for i := range len(rest) {
		if c := rest[i]; c >= 0x80 || strings.IndexByte("\"<>^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return Target(b.String())
}
