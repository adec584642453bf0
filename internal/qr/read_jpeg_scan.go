package qr

import (
	"encoding/binary"
	"errors"
)

// jpegCodes is a table for reading Huffman codes (T.81 annex C). An entry has
// the value in its high byte and the code's length in its low one; 0 is no code.
type jpegCodes struct {
	short [1 << jpegLook]uint16 // by the next bits
	long  []uint16              // by the next 16 bits, less from: codes that are longer, which begin with ones
	from  int
}

// jpegLook is how long a code may be to be found in the first table: nearly all
// are, and 1 KiB stays near the processor.
const jpegLook = 9

func newJPEGCodes(counts [16]byte, values []byte) *jpegCodes {
	var c jpegCodes
	code := 0 // moved up to 16 bits
	for i, count := range counts {
		length := i + 1
		if length == jpegLook+1 {
			c.from, c.long = code, make([]uint16, 1<<16-code)
		}
		for range count {
			entry, next := uint16(values[0])<<8|uint16(length), code+1<<(16-length)
			if length <= jpegLook {
				setAll(c.short[code>>(16-jpegLook):next>>(16-jpegLook)], entry)
			} else {
				setAll(c.long[code-c.from:next-c.from], entry)
			}
			values, code = values[1:], next
		}
	}
	return &c
}

// read gives the value of the code that the bits begin with, and its length;
// length 0 for no code.
func (c *jpegCodes) read(bits uint64) (value byte, length int) {
	entry := c.short[bits>>(64-jpegLook)]
	if entry == 0 {
		entry = c.long[int(bits>>48)-c.from]
	}
	return byte(entry >> 8), int(entry & 0xFF)
}

// jpegScan reads the blocks of a picture and turns them into rows, eight at a
// time.
type jpegScan struct {
	jpegFile

	data    []byte // with jpegMargin bytes after it
	at, end int    // bits
	before  [3]int // the first coefficient of the block before, of each component

	coefficients          [64]int // of the block read last
	rowsUsed, columnsUsed uint8   // where coefficients are that are not 0, but for the first one: a bit for each row and column

	stride int
	band   []byte // eight rows of whole blocks
	level  bool   // they are alike
	reach  int    // how far samples went: no bit above jpegReach
}

// jpegMargin is how many bytes may be looked at behind the end, before it is
// noticed: a block of 64 coefficients, each of 16 bits of code and 11 bits of
// value.
const jpegMargin = 64*27/8 + 8

func newJPEGScan(f *jpegFile, data []byte) *jpegScan {
	stride := (f.width + 7) &^ 7
	return &jpegScan{
		jpegFile: *f, data: append(data, make([]byte, jpegMargin)...), end: 8 * len(data),
		stride: stride, band: make([]byte, 8*stride),
	}
}

// rows calls f with each row from top to bottom; the row is only lent.
//
// A band whose bits are those of the band before, and follow the same
// coefficients, is the same band: most of a symbol's bands are.
func (s *jpegScan) rows(f func(row []byte, times int)) error {
	var start, length int // of the band read last, in bits
	var before, after [3]int
	for y := 0; y < s.height; y += 8 {
		if length > 0 && s.before == before && s.repeats(start, length) {
			s.at += length
			s.before = after
		} else {
			start, before = s.at, s.before
			if err := s.readBand(); err != nil {
				return err
			}
			length, after = s.at-start, s.before
		}
		n := min(8, s.height-y)
		if s.level {
			f(s.band[:s.width], n)
			continue
		}
		for i := range n {
			f(s.band[i*s.stride:][:s.width], 1)
		}
	}
	// Ones fill the last byte up (T.81 §F.1.2.3).
	if rest := s.end - s.at; rest < 0 || rest > 7 || s.peek()>>(64-rest) != 1<<rest-1 {
		return errJPEGEnd
	}
	return nil
}

var (
	errJPEGEnd  = errors.New("picture is cut short, or goes on after its last block")
	errJPEGCode = errors.New("code or coefficient makes no sense")
)

// peek gives the next bits, highest first: 57 of them or more, then zeros.
func (s *jpegScan) peek() uint64 { return s.bits(s.at) }

func (s *jpegScan) bits(at int) uint64 { return bitsAt(s.data, at) }

func bitsAt(data []byte, at int) uint64 {
	return binary.BigEndian.Uint64(data[at>>3:]) << (at & 7)
}

// repeats says whether the next bits are those from start on, so many.
func (s *jpegScan) repeats(start, length int) bool {
	if s.at+length > s.end {
		return false
	}
	const step = 56
	for i := 0; i < length; i += step {
		if unused := 64 - min(step, length-i); (s.bits(start+i)^s.bits(s.at+i))>>unused != 0 {
			return false
		}
	}
	return true
}

// readBand reads the next row of blocks and draws it.
func (s *jpegScan) readBand() error {
	s.level = true
	for x := 0; x < s.stride; x += 8 {
		for component := range s.components {
			if err := s.block(component); err != nil {
				return err
			}
			if component == 0 {
				s.level = s.level && s.rowsUsed <= 1
				s.draw(s.band[x:])
			}
		}
	}
	if s.reach&^jpegReach != 0 {
		return errJPEGCode
	}
	return nil
}

// block reads a block of the component (T.81 §F.2.2): a difference to the
// block before, then numbers of zeros and coefficients, and an end if the rest
// is zeros.
func (s *jpegScan) block(component int) error {
	if s.at > s.end {
		return errJPEGEnd
	}
	bits := s.peek()
	size, length := s.dc.read(bits)
	if length == 0 {
		return errJPEGCode
	}
	at := s.at + length + int(size)
	first := s.before[component] + extend(bits<<length, size)
	if first < -1024 || first > 1023 { // no picture has these, but they could add up
		return errJPEGCode
	}
	data, codes, coefficients := s.data, s.ac, &s.coefficients
	rows, columns := uint8(0), uint8(0)
	for k := 1; k < 64; k++ {
		bits = bitsAt(data, at)
		value, length := codes.read(bits)
		if length == 0 {
			return errJPEGCode
		}
		size := value & 15
		at += length + int(size)
		if value == 0 {
			break
		}
		if k += int(value >> 4); k > 63 || k == 63 && size == 0 {
			return errJPEGCode
		}
		if size == 0 { // 16 zeros
			continue
		}
		if rows|columns == 0 {
			*coefficients = [64]int{}
		}
		place := zigzag[k] & 63
		coefficients[place] = extend(bits<<length, size)
		rows |= 1 << (place >> 3)
		columns |= 1 << (place & 7)
	}
	coefficients[0] = first
	s.before[component] = first
	s.at, s.rowsUsed, s.columnsUsed = at, rows, columns
	return nil
}

// extend gives the number that the bits begin with: one that starts with a
// zero is negative (T.81 §F.2.2.1, EXTEND). It does without a branch, for
// nothing foretells a sign.
func extend(bits uint64, size byte) int {
	negative := int(^bits) >> 63 // every bit, or none
	return int(bits>>(64-size)) - negative&(1<<size-1)
}
