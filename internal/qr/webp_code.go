package qr

import (
	"cmp"
	"math/bits"
	"slices"
)

// webpCode is a prefix code: for each symbol its length and its bits, which
// are written lowest first. The only symbol of a code takes no bits, though
// its length is 1.
type webpCode struct {
	lengths []uint8
	codes   []uint16
	only    bool
}

// newWebPCode makes a code for symbols that occur so often, none longer than
// limit.
func newWebPCode(counts []uint32, limit int) webpCode {
	c := webpCode{lengths: codeLengths(counts, limit), codes: make([]uint16, len(counts))}
	c.only = len(c.used()) == 1
	next := uint16(0)
	for length := uint8(1); int(length) <= limit; length++ { // RFC 1951 §3.2.2
		for symbol, l := range c.lengths {
			if l == length {
				c.codes[symbol] = bits.Reverse16(next) >> (16 - length)
				next++
			}
		}
		next <<= 1
	}
	return c
}

// codeLengths is Huffman's algorithm. Where a code gets too long, rare symbols
// are counted as less rare.
func codeLengths(counts []uint32, limit int) []uint8 {
	type node struct {
		count   uint64
		symbols []int
	}
	lengths := make([]uint8, len(counts))
	for floor := uint64(1); ; floor *= 2 {
		var nodes []node
		for symbol, n := range counts {
			if n > 0 {
				nodes = append(nodes, node{max(uint64(n), floor), []int{symbol}})
			}
		}
		clear(lengths)
		for len(nodes) > 1 {
			slices.SortStableFunc(nodes, func(a, b node) int { return cmp.Compare(a.count, b.count) })
			both := node{nodes[0].count + nodes[1].count, slices.Concat(nodes[0].symbols, nodes[1].symbols)}
			for _, symbol := range both.symbols {
				lengths[symbol]++
			}
			nodes = append([]node{both}, nodes[2:]...)
		}
		if len(nodes) == 1 && len(nodes[0].symbols) == 1 {
			lengths[nodes[0].symbols[0]] = 1
		}
		if int(slices.Max(lengths)) <= limit {
			return lengths
		}
	}
}

func (c webpCode) put(w *webpWriter, symbol int) {
	if !c.only {
		w.put(uint32(c.codes[symbol]), int(c.lengths[symbol]))
	}
}

// used lists the symbols that occur, up to two.
func (c webpCode) used() []int {
	var list []int
	for symbol, n := range c.lengths {
		if n > 0 && len(list) < 2 {
			list = append(list, symbol)
		}
	}
	return list
}

// lengthOrder is the order in which the lengths of the lengths' own code are
// written (RFC 9649 §3.7.2.1.2).
var lengthOrder = [...]uint8{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// write writes the code itself.
func (c webpCode) write(w *webpWriter) {
	list := c.used()
	switch {
	case len(list) == 0:
		w.put(0b0001, 4) // simple, one symbol of one bit: 0
		return
	case len(list) == 1 && list[0] < 256:
		w.put(0b101, 3) // simple, one symbol of eight bits
		w.put(uint32(list[0]), 8)
		return
	}
	counts := make([]uint32, len(lengthOrder))
	for _, n := range c.lengths {
		counts[n]++
	}
	lengths := newWebPCode(counts, 7)
	w.put(0, 1) // not simple
	w.put(uint32(len(lengthOrder)-4), 4)
	for _, n := range lengthOrder {
		w.put(uint32(lengths.lengths[n]), 3)
	}
	w.put(0, 1) // as many lengths as there are symbols
	for _, n := range c.lengths {
		lengths.put(w, int(n))
	}
}
