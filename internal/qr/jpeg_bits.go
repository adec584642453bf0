package qr

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// jpegBits are the bits of a picture, the first one highest, before zeros are
// stuffed between them.
type jpegBits struct {
	whole []byte
	acc   uint64 // bits that are not in whole yet, the next one highest of n
	n     int    // fewer than 32
}

// bits is how many there are.
func (b *jpegBits) bits() int { return 8*len(b.whole) + b.n }

// put writes n bits, at most 32.
func (b *jpegBits) put(v uint64, n int) {
	b.acc = b.acc<<n | v
	if b.n += n; b.n >= 32 {
		b.n -= 32
		b.whole = binary.BigEndian.AppendUint32(b.whole, uint32(b.acc>>b.n))
	}
}

// shortestRepeat is how many bits repeat takes at least, so that none of those
// that it reads is still in acc.
const shortestRepeat = 64

// repeat writes the bits from start to the end again, as many as they are.
func (b *jpegBits) repeat(start, length int) {
	const most = 24 // of 32 bits that begin in the middle of a byte
	for end := start + length; start < end; {
		n := min(most, end-start)
		word := binary.BigEndian.Uint32(b.whole[start>>3:]) << (start & 7)
		b.put(uint64(word>>(32-n)), n)
		start += n
	}
}

// stuffed appends the bytes, with ones in what is left of the last one, and a
// zero after each byte of ones (T.81 §F.1.2.3).
func (b *jpegBits) stuffed(out []byte) []byte {
	b.put(0x7F, 7)
	for ; b.n >= 8; b.n -= 8 {
		b.whole = append(b.whole, byte(b.acc>>(b.n-8)))
	}
	out = slices.Grow(out, len(b.whole)+bytes.Count(b.whole, []byte{0xFF})+2)
	for rest := b.whole; ; {
		i := bytes.IndexByte(rest, 0xFF) + 1
		if i == 0 {
			return append(out, rest...)
		}
		out = append(append(out, rest[:i]...), 0)
		rest = rest[i:]
	}
}
