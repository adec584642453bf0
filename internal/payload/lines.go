package payload

import (
	"strings"
	"unicode/utf8"
)

// foldAt is how many bytes a content line has before it is folded.
const foldAt = 75

// lines writes content lines as vCard (RFC 2426 §2.6, RFC 6350 §3.2) and
// iCalendar (RFC 5545 §3.1) have them: CR LF at the end, folded at 75 bytes
// and never within a character.
type lines struct {
	strings.Builder

	bare bool // semicolons in text stay as they are
}

// add writes a property whose value is escaped already.
func (b *lines) add(name, value string) {
	line, room := name+":"+value, foldAt
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], foldAt-1 // the space counts
	}
	b.WriteString(line + "\r\n")
}

// addText writes a property of text, unless it is empty.
func (b *lines) addText(name, value string) {
	switch {
	case value == "":
	case b.bare:
		b.add(name, bareEscapes.Replace(value))
	default:
		b.add(name, escapeText(value))
	}
}

// escapeText writes text as a value (RFC 6350 §3.4, RFC 5545 §3.3.11).
func escapeText(s string) string { return textEscapes.Replace(s) }

var (
	textEscapes = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, "\n", `\n`)
	bareEscapes = strings.NewReplacer(`\`, `\\`, `,`, `\,`, "\n", `\n`)
)
