package sheet

import (
	"slices"
	"strings"
	"unicode"

	"qrgen/internal/qr"
)

// Printable gives a text as the font can write it, on one line: letters that
// the font lacks are left out, and complete says whether there were none.
func Printable(s string) (words string, complete bool) {
	complete = true
	words = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1 // marks of writing direction and the like are not seen
		case !qr.HasLetter(r):
			complete = false
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(words), " "), complete
}

// widthOf is the width of a text in parts of the letters' size.
func widthOf(s string) float64 { return qr.TextWidth(s) }

const ellipsis = "…"

// narrowest is the width that text needs, in parts of the letters' size: no
// letter of the font is as wide.
const narrowest = 2

// wrap cuts a text into at most n lines no wider than width, between words
// where it can, and ends the last with an ellipsis if not all of it fits.
// Where there is hardly room for a letter there is no text.
func wrap(s string, width float64, n int) []string {
	var lines []string
	if width < narrowest {
		return nil
	}
	for rest := s; rest != ""; {
		if widthOf(rest) <= width {
			return append(lines, rest)
		}
		if len(lines) == n-1 {
			return append(lines, keepStart(rest, width))
		}
		letters := []rune(rest)
		k := fitting(letters, width)
		for i := k; i > 0; i-- {
			if letters[i] == ' ' {
				k = i
				break
			}
		}
		lines = append(lines, string(letters[:k]))
		rest = strings.TrimSpace(string(letters[k:]))
	}
	return lines
}

// fitting is how many of the letters fit, from the first on; at least one.
func fitting(letters []rune, width float64) int {
	k, w := 1, 0.0
	for i, r := range letters {
		if w += widthOf(string(r)); w > width {
			break
		}
		k = i + 1
	}
	// The sum of rounded widths may be a hair less than the rounded sum.
	for k > 1 && widthOf(string(letters[:k])) > width {
		k--
	}
	return k
}

// keepStart shortens a text that is too wide at its end.
func keepStart(s string, width float64) string {
	letters := []rune(s)
	k := fitting(letters, width-widthOf(ellipsis))
	return strings.TrimRight(string(letters[:k]), " ") + ellipsis
}

// keepEnd shortens a text that is too wide at its start: the end of an address
// is what tells it from others.
func keepEnd(s string, width float64) string {
	if widthOf(s) <= width {
		return s
	}
	letters := []rune(s)
	slices.Reverse(letters)
	letters = letters[:fitting(letters, width-widthOf(ellipsis))]
	slices.Reverse(letters)
	return ellipsis + string(letters)
}
