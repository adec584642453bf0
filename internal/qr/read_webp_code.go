package qr

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// webpBits reads numbers of bits, the lowest first. Behind the end are zeros,
// as many as one asks for; whoever reads asks now and then whether it is past
// the end.
type webpBits struct {
	data    []byte // with a word of zeros after it
	at, end int    // bits
}

func newWebPBits(data []byte) webpBits {
	return webpBits{data: append(slices.Clip(data), make([]byte, 8)...), end: 8 * len(data)}
}

// peek gives the next bits: 57 of them or more, then zeros.
func (b *webpBits) peek() uint64 {
	return binary.LittleEndian.Uint64(b.data[min(b.at>>3, len(b.data)-8):]) >> (b.at & 7)
}

func (b *webpBits) take(n int) int {
	v := int(b.peek() & (1<<n - 1))
	b.at += n
	return v
}

// webpPrefix is a table for reading a prefix code: by the next bits, as many as
// the longest code has, the symbol and, in the lowest four bits, the length.
type webpPrefix []uint16

// longestPrefix is how long a code may be (RFC 9649 §3.7.2.1.2).
const longestPrefix = 15

// symbol reads one.
func (b *webpBits) symbol(p *webpPrefix) int {
	table := *p
	entry := table[b.peek()&uint64(len(table)-1)]
	b.at += int(entry & longestPrefix)
	return int(entry >> 4)
}

// prefix reads a prefix code for so many symbols, in the two ways in which the
// writer writes it: as the only symbol, or as the length of every symbol's
// code.
func (b *webpBits) prefix(size int) (webpPrefix, error) {
	if b.take(1) == 1 { // RFC 9649 §3.7.2.1.1
		two, long := b.take(1), b.take(1)
		only := b.take(1 + 7*long)
		if two == 1 || only >= size || long == 0 && only != 0 {
			return nil, errWebPCode
		}
		return webpPrefix{uint16(only) << 4}, nil
	}
	if b.take(4) != len(lengthOrder)-4 { // RFC 9649 §3.7.2.1.2
		return nil, errWebPCode
	}
	own := make([]uint8, len(lengthOrder))
	for _, symbol := range lengthOrder {
		own[symbol] = uint8(b.take(3))
	}
	code, err := newWebPPrefix(own)
	if err != nil || b.take(1) != 0 {
		return nil, errWebPCode
	}
	lengths := make([]uint8, size)
	for i := range lengths {
		length := b.symbol(&code)
		if length > longestPrefix {
			return nil, errWebPCode // repetitions, which the writer does not use
		}
		lengths[i] = uint8(length)
	}
	if b.at > b.end {
		return nil, errWebPEnd
	}
	return newWebPPrefix(lengths)
}

// newWebPPrefix makes the table for codes of these lengths; 0 is a symbol that
// does not occur. Shorter codes come first, and among those of one length the
// symbols in their order (RFC 1951 §3.2.2). A code is complete: every sequence
// of bits means something. The only symbol of a code has the length 1 and takes
// no bits.
func newWebPPrefix(lengths []uint8) (webpPrefix, error) {
	var counts [longestPrefix + 1]int
	for _, n := range lengths {
		counts[n]++
	}
	counts[0] = 0
	longest, used := 0, 0 // used: of all sequences of longestPrefix bits
	for n, count := range counts {
		if count > 0 {
			longest = n
		}
		used += count << (longestPrefix - n)
	}
	if longest == 1 && counts[1] == 1 {
		return webpPrefix{uint16(slices.Index(lengths, 1)) << 4}, nil
	}
	if used != 1<<longestPrefix {
		return nil, errWebPCode
	}
	table := make(webpPrefix, 1<<longest)
	var next [longestPrefix + 1]int // of each length, its next code
	for n := 2; n <= longest; n++ {
		next[n] = (next[n-1] + counts[n-1]) << 1
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		from := int(bits.Reverse16(uint16(next[n])) >> (16 - n)) // codes begin with their highest bit
		for i := from; i < len(table); i += 1 << n {
			table[i] = uint16(symbol)<<4 | uint16(n)
		}
		next[n]++
	}
	return table, nil
}
