package qr

import "math/bits"

// huffman is a table of T.81 annex K.3: how many codes there are of each
// length, and what they mean.
type huffman struct {
	counts [16]byte
	values []byte
	codes  [256]struct{ code, length uint16 }
}

func newHuffman(counts [16]byte, values string) *huffman {
	h := &huffman{counts: counts, values: []byte(values)}
	code, k := uint16(0), 0
	for length, count := range counts {
		for range count {
			h.codes[h.values[k]] = struct{ code, length uint16 }{code, uint16(length + 1)}
			code++
			k++
		}
		code <<= 1
	}
	return h
}

// The tables for luminance; values of AC are a run of zeros in the high half
// and a number of bits in the low one.
var (
	jpegDC = newHuffman([16]byte{0, 1, 5, 1, 1, 1, 1, 1, 1}, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b") //nolint:gochecknoglobals // a table
	jpegAC = newHuffman([16]byte{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},                             //nolint:gochecknoglobals // a table
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1\xc1\x15\x52\xd1\xf0"+
			"\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49"+
			"\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89"+
			"\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5"+
			"\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa")
)

// jpegBand is what was written of a band, and what it was written after.
type jpegBand struct {
	start, length int // bits
	before, after [3]int32
}

// write writes the blocks of the band. Where it follows on itself its bits are
// there already.
func (e *jpegEncoder) write() {
	band := jpegBand{start: e.bits(), before: e.dc}
	if e.repeated && e.dc == e.last.before && e.last.length >= shortestRepeat {
		e.repeat(e.last.start, e.last.length)
		e.dc = e.last.after
	} else {
		for k := range e.blocks {
			e.block(&e.blocks[k], &e.dc[k%e.components])
		}
	}
	band.length, band.after = e.bits()-band.start, e.dc
	e.last, e.repeated = band, true
}

// block writes one block (T.81 §F.1.2).
func (e *jpegEncoder) block(b *block, before *int32) {
	first := int32(0)
	if b.used&1 != 0 {
		first = int32(b.values[0])
	}
	e.put(jpegDC.number(0, first-*before))
	*before = first
	last := 0
	for rest := b.used &^ 1; rest != 0; rest &= rest - 1 {
		k := bits.TrailingZeros64(rest)
		zeros := k - last - 1
		for ; zeros > 15; zeros -= 16 {
			e.put(jpegAC.symbol(0xF0))
		}
		e.put(jpegAC.number(zeros, int32(b.values[k])))
		last = k
	}
	if last < 63 {
		e.put(jpegAC.symbol(0))
	}
}

// number gives the bits of a number after so many zeros, and how many they are:
// a code for how many bits the number has, then those bits; of a negative one
// they are inverted.
func (h *huffman) number(zeros int, v int32) (uint64, int) {
	negative := v >> 31 // -1, or 0
	n := bits.Len32(uint32(v ^ negative - negative))
	c := h.codes[(zeros<<4|n)&0xFF]
	return uint64(c.code)<<n | uint64(v+negative)&(1<<n-1), int(c.length) + n
}

// symbol gives the bits of a value's code, and how many they are.
func (h *huffman) symbol(value byte) (uint64, int) {
	c := h.codes[value]
	return uint64(c.code), int(c.length)
}
