package scans

import (
	"encoding/binary"
	"hash/crc32"
	"sync/atomic"
	"time"
	"unsafe"
)

// Source says how a visitor came to the short URL.
type Source uint8

// The sources.
const (
	Link Source = iota // typed, shared, clicked
	QR                 // scanned from the printed symbol
)

// Class says what sort of visitor a scan comes from.
type Class uint8

// The classes, as they are stored in scans.class.
const (
	Human    Class = 1
	Bot      Class = 2
	Prefetch Class = 3 // a browser or a link preview, ahead of a person
	Test     Class = 4 // staff trying a code out; never counted in totals
)

// String names the class for pages and files.
func (c Class) String() string {
	switch c {
	case Human:
		return "human"
	case Bot:
		return "bot"
	case Prefetch:
		return "prefetch"
	case Test:
		return "test"
	}
	return "unknown"
}

// Visit is one request for a short URL that was answered with a redirect, as
// the handler sees it. The texts are raw header values; what is longer than
// the journal keeps is cut off. They are never stored past the journal.
type Visit struct {
	CodeID int64
	At     time.Time
	Source Source

	UserAgent      string // first 512 bytes are kept
	Referer        string // first 256
	AcceptLanguage string // first 64
	Purpose        string // Sec-Purpose, else Purpose, else X-Moz; first 32
	Address        string // the client's address, with or without a port; first 64
}

// What a record keeps of each text, in bytes.
const (
	maxUserAgent = 512
	maxReferer   = 256
	maxLanguage  = 64
	maxPurpose   = 32
	maxAddress   = 64
)

// A record is a multiple of 8 bytes long and starts at one:
//
//	0  uint16 recordMagic
//	2  uint16 length of the whole record
//	4  uint32 CRC-32C of what follows, keyed by the segment and the position
//	8  int64  time, microseconds since 1970
//	16 int64  code ID
//	24 uint8  flags; uint8 lengths of language, purpose, address
//	28 uint16 lengths of user agent and referer
//	32 the five texts, then zeroes
//
// A record with flagLike has uint32, where an earlier record of the segment
// begins whose first four texts are its own, and the address in place of the
// five texts. A hall full of people has a few dozen sorts of phones: it takes a
// third of the room.
//
// The first word is written last: zero means "claimed, never finished".
const (
	recordMagic  = 0x51c7
	recordHead   = 32
	maxRecord    = (recordHead + maxUserAgent + maxReferer + maxLanguage + maxPurpose + maxAddress + 7) &^ 7
	flagQR       = 1
	flagLike     = 2
	likeLen      = 4
	crcCoversOff = 8
)

// castagnoli is CRC-32C, which amd64 and arm64 compute in hardware. The
// standard library makes its table once.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// clip cuts every text to what a record keeps.
func (v *Visit) clip() {
	v.UserAgent = cut(v.UserAgent, maxUserAgent)
	v.Referer = cut(v.Referer, maxReferer)
	v.AcceptLanguage = cut(v.AcceptLanguage, maxLanguage)
	v.Purpose = cut(v.Purpose, maxPurpose)
	v.Address = cut(v.Address, maxAddress)
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// recordSize is the length of the record of a clipped visit: one that is like
// an earlier record (where that begins), or like none (0).
func (v *Visit) recordSize(like uint32) int {
	n := recordHead + len(v.Address)
	if like != 0 {
		n += likeLen
	} else {
		n += len(v.UserAgent) + len(v.Referer) + len(v.AcceptLanguage) + len(v.Purpose)
	}
	return (n + 7) &^ 7
}

// encode writes the record of a clipped visit into b, which is zeroed and
// exactly recordSize long. seed is the segment's key for this position.
func (v *Visit) encode(b []byte, seed, like uint32) {
	le := binary.LittleEndian
	le.PutUint64(b[8:], uint64(v.At.UnixMicro()))
	le.PutUint64(b[16:], uint64(v.CodeID))
	if v.Source == QR {
		b[24] |= flagQR
	}
	b[27] = byte(len(v.Address))
	n := recordHead
	if like != 0 {
		b[24] |= flagLike
		le.PutUint32(b[n:], like)
		n += likeLen
	} else {
		b[25], b[26] = byte(len(v.AcceptLanguage)), byte(len(v.Purpose))
		le.PutUint16(b[28:], uint16(len(v.UserAgent)))
		le.PutUint16(b[30:], uint16(len(v.Referer)))
		n += copy(b[n:], v.UserAgent)
		n += copy(b[n:], v.Referer)
		n += copy(b[n:], v.AcceptLanguage)
		n += copy(b[n:], v.Purpose)
	}
	copy(b[n:], v.Address)
	sum := crc32.Update(seed, castagnoli(), b[crcCoversOff:])
	// Last, in one store: a record is there as a whole or not at all.
	storeWord(b, recordMagic|uint64(len(b))<<16|uint64(sum)<<32)
}

// storeWord puts a word at the start of b, which lies at a multiple of 8, in
// one store. binary's PutUint64 promises none: with the race detector it makes
// eight, and a kill between them leaves half a word.
func storeWord(b []byte, word uint64) {
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], word)
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&b[0])), binary.NativeEndian.Uint64(bytes[:])) //nolint:gosec // what else promises one store?
}

// recordAt gives the length of the sound record at the start of b, 0 if there
// is none.
func recordAt(b []byte, seed uint32) int {
	if len(b) < recordHead {
		return 0
	}
	word := binary.LittleEndian.Uint64(b)
	n := int(word >> 16 & 0xffff)
	if word&0xffff != recordMagic || n < recordHead || n > maxRecord || n%8 != 0 || n > len(b) {
		return 0
	}
	if crc32.Update(seed, castagnoli(), b[crcCoversOff:n]) != uint32(word>>32) {
		return 0
	}
	return n
}

// decode reads the sound record b; text is the same bytes, for the strings to
// share. It gives where the record begins that this one is like, 0 if it is like
// none, and false where the lengths don't fit, which a sound checksum rules out
// but for a defect.
func (v *Visit) decode(b []byte, text string) (like uint32, ok bool) {
	le := binary.LittleEndian
	*v = Visit{At: time.UnixMicro(int64(le.Uint64(b[8:]))), CodeID: int64(le.Uint64(b[16:]))}
	if b[24]&flagQR != 0 {
		v.Source = QR
	}
	rest := text[recordHead:]
	if b[24]&flagLike != 0 {
		if len(rest) < likeLen {
			return 0, false
		}
		like, rest = le.Uint32(b[recordHead:]), rest[likeLen:]
	}
	for _, part := range [...]struct {
		to *string
		n  int
	}{
		{&v.UserAgent, int(le.Uint16(b[28:]))}, {&v.Referer, int(le.Uint16(b[30:]))},
		{&v.AcceptLanguage, int(b[25])}, {&v.Purpose, int(b[26])}, {&v.Address, int(b[27])},
	} {
		if part.n > len(rest) {
			return 0, false
		}
		*part.to, rest = rest[:part.n], rest[part.n:]
	}
	return like, true
}
