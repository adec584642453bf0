package qr

import (
	"encoding/binary"
	"math/bits"
)

// deflater writes a zlib stream (RFC 1950) of rows, many of which repeat. It
// knows only what such rows need: fixed Huffman codes, runs of a byte and
// repetitions of the row before.
//
// compress/zlib would do, but its output may change with any Go release, and
// a file's bytes and ETag must not. Knowing which rows repeat also makes this
// independent of their number for all but the copies: the checksum of a
// repetition has a closed form.
type deflater struct {
	out   []byte
	acc   uint64 // bits not yet written, the next one lowest
	n     int    // how many
	adler struct{ a, b uint64 }
}

const (
	adlerMod     = 65521   // RFC 1950 §8.2
	longestCopy  = 258     // RFC 1951 §3.2.5
	farthestCopy = 1 << 15 // the same
	endOfBlock   = 256
)

func newDeflater(out []byte) *deflater {
	d := &deflater{out: append(out, 0x78, 0x01)}
	d.adler.a = 1
	d.put(0b011, 3) // the last block, with fixed codes
	return d
}

// rows writes a row so many times. It has at least 3 bytes, and pixel of them
// for each pixel.
func (d *deflater) rows(row []byte, pixel, times int) {
	d.sum(row, times)
	d.row(row, pixel)
	if len(row) > farthestCopy {
		for range times - 1 {
			d.row(row, pixel)
		}
		return
	}
	left := (times - 1) * len(row)
	for left > 0 {
		n := min(left, longestCopy)
		if rest := left - n; rest == 1 || rest == 2 {
			n -= 3 // a copy is never shorter than 3
		}
		d.copy(n, len(row))
		left -= n
	}
}

// row writes the bytes of a row, runs of one pixel as copies of the first.
func (d *deflater) row(row []byte, pixel int) {
	for i := 0; i < len(row); {
		n := 0
		if i >= pixel {
			for i+n < len(row) && n < longestCopy && row[i+n] == row[i+n-pixel] {
				n++
			}
		}
		if n >= 3 {
			d.copy(n, pixel)
			i += n
			continue
		}
		d.symbol(int(row[i]))
		i++
	}
}

// sum adds so many equal rows to the checksum.
func (d *deflater) sum(row []byte, times int) {
	var s, weighted uint64 // what one row adds to a, and to b when a is 0
	for _, v := range row {
		s += uint64(v)
		weighted += s
	}
	a, b, n := d.adler.a, d.adler.b, uint64(len(row))
	for range times {
		b = (b + n*a + weighted) % adlerMod
		a = (a + s) % adlerMod
	}
	d.adler.a, d.adler.b = a, b
}

// close gives the finished stream.
func (d *deflater) close() []byte {
	d.symbol(endOfBlock)
	d.put(0, -d.n&7) // to the next byte
	d.flush()
	return binary.BigEndian.AppendUint32(d.out, uint32(d.adler.b<<16|d.adler.a))
}

// symbol writes a literal or length symbol in its fixed code (RFC 1951 §3.2.6).
func (d *deflater) symbol(v int) {
	switch {
	case v < 144:
		d.code(0x30+v, 8)
	case v < 256:
		d.code(0x190+v-144, 9)
	case v < 280:
		d.code(v-256, 7)
	default:
		d.code(0xC0+v-280, 8)
	}
}

// copy writes "take length bytes from distance bytes back" (RFC 1951 §3.2.5).
// The length is 3 to 258, the distance 1 to 32768.
func (d *deflater) copy(length, distance int) {
	switch l := length - 3; {
	case length == longestCopy:
		d.symbol(285)
	case l < 8:
		d.symbol(257 + l)
	default:
		extra := bits.Len(uint(l)) - 3
		d.symbol(257 + 4*extra + l>>extra)
		d.put(uint64(l&(1<<extra-1)), extra)
	}
	if back := distance - 1; back < 4 {
		d.code(back, 5)
	} else {
		extra := bits.Len(uint(back)) - 2
		d.code(2*extra+back>>extra, 5)
		d.put(uint64(back&(1<<extra-1)), extra)
	}
}

// code writes a Huffman code, which goes highest bit first.
func (d *deflater) code(v, n int) {
	d.put(uint64(bits.Reverse16(uint16(v))>>(16-n)), n)
}

// put writes n bits, at most 16, lowest bit first.
func (d *deflater) put(v uint64, n int) {
	d.acc |= v << d.n
	d.n += n
	if d.n >= 48 {
		d.flush()
	}
}

// flush moves whole bytes to the output.
func (d *deflater) flush() {
	for d.n >= 8 {
		d.out = append(d.out, byte(d.acc))
		d.acc >>= 8
		d.n -= 8
	}
}
