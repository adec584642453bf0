package codes

import (
	"crypto/rand"
	"slices"
	"strings"
	"unicode/utf8"

	"qrgen/internal/errs"
)

// ShortID is the last path element of a short URL: 3 to 32 of a–z, 0–9 and
// inner hyphens, in lower case. Once given it is never changed or reused.
type ShortID string

const (
	shortIDMin = 3
	shortIDMax = 32

	// generatedLength gives 40 bits: among a million codes one new ID in a
	// million collides, and is drawn again.
	generatedLength = 8

	// crockford is Crockford's base32 alphabet in lower case: no i, l, o, u.
	crockford = "0123456789abcdefghjkmnpqrstvwxyz"

	// trailing is what the text around a printed address leaves behind it.
	trailing = ".,);:!?"
)

// reserved are short IDs that could be taken for a part of the program or of
// the organisation's own site.
var reserved = []string{
	"admin", "api", "assets", "codes", "docs", "favicon", "health", "import", "index", "login", "logout",
	"metrics", "new", "null", "qr", "robots", "scan", "scans", "sheet", "static", "status", "undefined",
}

// GenerateShortID draws a new short ID: 8 characters of Crockford's base32
// from crypto/rand.
func GenerateShortID() ShortID {
	b := make([]byte, generatedLength)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	for i := range b {
		b[i] = crockford[b[i]%byte(len(crockford))]
	}
	return ShortID(b)
}

// ParseShortID reads a short ID that a person chose. Case does not matter.
func ParseShortID(s string) (ShortID, error) {
	typed := strings.TrimSpace(s)
	s = strings.ToLower(typed)
	n := utf8.RuneCountInString(s)
	switch {
	// U+212A, the kelvin sign, is a k in lower case, but nobody could type it.
	case strings.ContainsFunc(s, func(r rune) bool { return !isShortIDRune(r) }), len(typed) != len(s):
		return "", errs.New(errs.Invalid, "A short ID has only the letters a to z, digits and hyphens.")
	case n < shortIDMin || n > shortIDMax:
		return "", errs.New(errs.Invalid, "A short ID has 3 to 32 characters.")
	case s[0] == '-' || s[len(s)-1] == '-':
		return "", errs.New(errs.Invalid, "A short ID neither starts nor ends with a hyphen.")
	case slices.Contains(reserved, s):
		return "", errs.New(errs.Invalid, "This short ID is reserved. Please choose another one.")
	}
	return ShortID(s), nil
}

// Candidates are the short IDs that a scanned or typed path element may mean,
// best first: as it is in lower case, then without the punctuation that text
// leaves behind it, and read with Crockford's look-alikes (i and l as 1, o as
// 0). Nothing that could not be a short ID is among them; there are at most
// three.
func Candidates(raw string) []ShortID {
	if len(raw) > shortIDMax+len(trailing) {
		return nil
	}
	exact := strings.ToLower(raw)
	trimmed := strings.TrimRight(exact, trailing)
	list := make([]ShortID, 0, 3)
	for _, s := range []string{exact, trimmed, lookAlikes.Replace(trimmed)} {
		if id := ShortID(s); plausible(s) && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

var lookAlikes = strings.NewReplacer("i", "1", "l", "1", "o", "0")

func plausible(s string) bool {
	return len(s) >= shortIDMin && len(s) <= shortIDMax && strings.IndexFunc(s, func(r rune) bool { return !isShortIDRune(r) }) < 0
}

func isShortIDRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-'
}
