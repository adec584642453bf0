package qr

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	qrcode "github.com/skip2/go-qrcode"

	"qrgen/internal/errs"
)

// Symbol is the matrix of modules of one QR code, without its quiet zone. It
// never changes and may be shared between goroutines.
type Symbol struct {
	version, size int
	level         Level
	ascii         bool     // whether the content is
	bits          []uint64 // module (x, y) is bit y*size+x; 1 is dark
}

// Encode makes the smallest symbol that holds the content at the level. Empty
// content, invalid UTF-8 and content that no symbol of the level can hold are
// Invalid, on the field "content".
//
// Text outside ASCII is written as UTF-8 without an ECI header (ISO/IEC 18004
// §7.4.2), the only way the encoder knows. ZXing and ZXing-C++ recognise it as
// UTF-8. zbar gives the right bytes, but as text it takes short pieces of
// UTF-8 for Big5 or Shift JIS: "Tür" comes out as "T羹r" (zbar 0.23, without
// -Sbinary). Advise warns about such contents; managed short URLs are ASCII.
func Encode(content string, level Level) (*Symbol, error) {
	if err := checkContent(content, level); err != nil {
		return nil, err
	}
	// A *QRCode is not safe for concurrent use, so none outlives this call.
	code, err := qrcode.New(content, level.recoveryLevel())
	if err != nil {
		return nil, tooLong(content, level)
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	s := &Symbol{
		version: code.VersionNumber,
		size:    len(rows),
		level:   level,
		ascii:   isASCII(content),
		bits:    make([]uint64, (len(rows)*len(rows)+63)/64),
	}
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				i := y*s.size + x
				s.bits[i>>6] |= 1 << (i & 63)
			}
		}
	}
	return s, nil
}

// Symbol encodes the content at the style's level, or with AutoLevel at the
// highest level that keeps the version. Errors are those of Encode.
func (s Style) Symbol(content string) (*Symbol, error) {
	symbol, err := symbolOf(content, s.Level)
	if err != nil || !s.AutoLevel {
		return symbol, err
	}
	for level := H; level > s.Level; level-- {
		if better, err := symbolOf(content, level); err == nil && better.version == symbol.version {
			return better, nil
		}
	}
	return symbol, nil
}

// Version is the symbol's version, 1 to 40.
func (s *Symbol) Version() int { return s.version }

// Level is the symbol's error correction level.
func (s *Symbol) Level() Level { return s.level }

// Size is the number of modules on each side, without the quiet zone: 21 for
// version 1 and 4 more for each further version.
func (s *Symbol) Size() int { return s.size }

// Dark tells whether the module in column x of row y, both from 0 at the top
// left, is dark. It is false outside the symbol.
func (s *Symbol) Dark(x, y int) bool {
	if x < 0 || y < 0 || x >= s.size || y >= s.size {
		return false
	}
	i := y*s.size + x
	return s.bits[i>>6]>>(i&63)&1 != 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func checkContent(content string, level Level) error {
	switch {
	case level > H:
		return errs.InvalidField("level", "Choose the error correction level L, M, Q or H.")
	case content == "":
		return errs.InvalidField("content", "Enter what the code should hold.")
	case !utf8.ValidString(content):
		return errs.InvalidField("content", "The content is not valid UTF-8 text. Enter it again as plain text.")
	case len(content) > capacity[digits].max[L]:
		return tooLong(content, level)
	}
	return nil
}

// alphabet is a set of characters that QR codes pack alike.
type alphabet int

const (
	digits alphabet = iota
	capitals
	anything
)

// capacity is what a version 40 symbol holds of each alphabet (ISO/IEC 18004
// table 7, numeric, alphanumeric and byte mode).
var capacity = [...]struct {
	max  [H + 1]int
	unit string
}{
	digits:   {[...]int{7089, 5596, 3993, 3057}, "digits"},
	capitals: {[...]int{4296, 3391, 2420, 1852}, "characters"},
	anything: {[...]int{2953, 2331, 1663, 1273}, "bytes"},
}

func alphabetOf(content string) alphabet {
	a := digits
	for _, r := range content {
		switch {
		case r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z', r == ' ', r == '$', r == '%', r == '*', r == '+', r == '-', r == '.', r == '/', r == ':':
			a = capitals
		default:
			return anything
		}
	}
	return a
}

// tooLong says how much is possible at the level and which level would do.
func tooLong(content string, level Level) error {
	c := capacity[alphabetOf(content)]
	message := fmt.Sprintf("The content is too long: it has %s %s, and level %s holds at most %s.",
		thousands(len(content)), c.unit, level, thousands(c.max[level]))
	if c.unit == "bytes" && utf8.RuneCountInString(content) != len(content) {
		message += " A letter outside A–Z, such as ü or 漢, takes 2 to 4 bytes."
	}
	if fit, ok := fittingLevel(content, level); ok {
		message += fmt.Sprintf(" Choose level %s, or shorten it.", fit)
	} else {
		message += fmt.Sprintf(" Shorten it; level L, the roomiest, holds %s %s.", thousands(c.max[L]), c.unit)
	}
	return errs.InvalidField("content", message)
}

// fittingLevel finds the strongest level below level that holds the content.
func fittingLevel(content string, level Level) (Level, bool) {
	if len(content) > capacity[digits].max[L] {
		return 0, false
	}
	for l := int(level) - 1; l >= 0; l-- {
		if _, err := qrcode.New(content, Level(l).recoveryLevel()); err == nil {
			return Level(l), true
		}
	}
	return 0, false
}

// thousands writes 0 to 999,999 with a comma before the last three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	if len(s) > 3 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	return s
}
