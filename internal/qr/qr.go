// Package qr turns a payload into a QR symbol and a symbol into a file.
//
// Encode gives a Symbol, the matrix of modules. Symbol.SVG and Symbol.PNG draw
// it. Render does both and reads the finished file back with an independent
// decoder before it hands it out, because a printed code cannot be recalled.
// Advise says how large to print.
//
// The words are those of ISO/IEC 18004: symbol, version, module, quiet zone,
// error correction level. Errors are *errs.Error values with words for people.
package qr

import (
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"qrgen/internal/errs"
)

// Level is an error correction level of ISO/IEC 18004 §5.1: how much of the
// symbol may be lost before it stops reading. The zero value is L.
type Level uint8

// The levels and the share of codewords that each can restore.
const (
	L Level = iota // about 7 %
	M              // about 15 %
	Q              // about 25 %
	H              // about 30 %
)

// DefaultLevel is the level of a code whose maker asked for none.
const DefaultLevel = M

// ParseLevel reads "L", "M", "Q" or "H" in either case. Anything else is
// Invalid.
func ParseLevel(s string) (Level, error) {
	if len(s) == 1 {
		if i := strings.IndexByte("LMQH", s[0]&^0x20); i >= 0 {
			return Level(i), nil
		}
	}
	return 0, errs.New(errs.Invalid, "Choose the error correction level L, M, Q or H.")
}

// String gives "L", "M", "Q" or "H".
func (l Level) String() string {
	if l > H {
		return "?"
	}
	return "LMQH"[l : l+1]
}

// Recovery is the share of the symbol, in percent, that may be damaged before
// it stops reading (ISO/IEC 18004 §5.1).
func (l Level) Recovery() int {
	return [...]int{L: 7, M: 15, Q: 25, H: 30}[min(l, H)]
}

// recoveryLevel is the one place that knows skip2's names: its High is Q and
// its Highest is H.
func (l Level) recoveryLevel() qrcode.RecoveryLevel {
	return [...]qrcode.RecoveryLevel{L: qrcode.Low, M: qrcode.Medium, Q: qrcode.High, H: qrcode.Highest}[min(l, H)]
}
