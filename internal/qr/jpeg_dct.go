package qr

import "encoding/binary"

// block is the coefficients of 8 × 8 samples, divided by jpegStep, in the order
// in which they are written.
type block struct {
	used   uint64 // a bit for each one that is not 0; the others' values are left over from elsewhere
	values [64]int16
}

// set takes the coefficient in row v and column u.
func (b *block) set(v, u int, value int16) {
	k := zigzagged[(8*v+u)&63] & 63
	b.values[k] = value
	b.used |= uint64(uint16(value|-value)>>15) << k
}

// zigzagged is where in zigzag each place is.
var zigzagged = func() (order [64]uint8) { //nolint:gochecknoglobals // a table
	for k, place := range zigzag {
		order[place] = uint8(k)
	}
	return order
}()

// transform makes the blocks of the band, of which so many rows are filled: all
// eight, or the first one for all.
func (e *jpegEncoder) transform(rows int) {
	e.filled, e.repeated = 0, false
	k := 0
	for x := 0; x < e.stride; x += 8 {
		for i := range e.components {
			var lines [8]uint64 // of the block, eight samples each
			alike, level := true, true
			for y := range rows {
				line := binary.LittleEndian.Uint64(e.band[y*len(e.line)+i*e.stride+x:])
				lines[y] = line
				alike = alike && line == lines[0]
				level = level && line == line&0xFF*0x0101010101010101
			}
			e.blocks[k].transform(&lines, alike, level)
			k++
		}
	}
}

// transform is the cosine transform (T.81 §A.3.3) of lines that are all alike,
// or of which each has but one value, or both, or neither. In a direction in
// which nothing changes all coefficients but the first are 0: exactly, since
// all is counted in integers.
func (b *block) transform(lines *[8]uint64, alike, level bool) {
	b.used = 0
	var in, out [8]int64
	switch {
	case alike && level:
		b.set(0, 0, int16(int8(lines[0]))*8/jpegStep)
	case alike:
		spread(lines[0], &in)
		forward(&in, &out)
		for u, sum := range out {
			b.set(0, u, quantized(sum*8*cosine4))
		}
	case level:
		for y, line := range lines {
			in[y] = int64(int8(line))
		}
		forward(&in, &out)
		for v, sum := range out {
			b.set(v, 0, quantized(sum*8*cosine4))
		}
	default:
		b.transformBoth(lines)
	}
}

func (b *block) transformBoth(lines *[8]uint64) {
	var half [8][8]int64 // its columns
	var in, out [8]int64
	for y, line := range lines {
		spread(line, &in)
		forward(&in, &out)
		for u, sum := range out {
			half[u][y] = sum
		}
	}
	for u := range half {
		forward(&half[u], &out)
		for v, sum := range out {
			b.set(v, u, quantized(sum))
		}
	}
}

// spread gives the samples of a line.
func spread(line uint64, to *[8]int64) {
	for x := range to {
		to[x] = int64(int8(line >> (8 * x)))
	}
}

// These are cos(kπ/16) times 4096. The factor of a first coefficient is √½, as
// that of the fourth.
const cosine1, cosine2, cosine3, cosine4, cosine5, cosine6, cosine7 = 4017, 3784, 3406, 2896, 2276, 1567, 799

// forward transforms in one direction. The two halves of a line meet in sums
// for cosines that are even about the middle, and in differences for those that
// are odd.
func forward(in, out *[8]int64) {
	s0, s1, s2, s3 := in[0]+in[7], in[1]+in[6], in[2]+in[5], in[3]+in[4]
	d0, d1, d2, d3 := in[0]-in[7], in[1]-in[6], in[2]-in[5], in[3]-in[4]
	out[0] = cosine4 * (s0 + s3 + s1 + s2)
	out[4] = cosine4 * (s0 + s3 - s1 - s2)
	out[2] = cosine2*(s0-s3) + cosine6*(s1-s2)
	out[6] = cosine6*(s0-s3) - cosine2*(s1-s2)
	out[1] = cosine1*d0 + cosine3*d1 + cosine5*d2 + cosine7*d3
	out[3] = cosine3*d0 - cosine7*d1 - cosine1*d2 - cosine5*d3
	out[5] = cosine5*d0 - cosine1*d1 + cosine7*d2 + cosine3*d3
	out[7] = cosine7*d0 - cosine5*d1 + cosine3*d2 - cosine1*d3
}

// quantized takes off the factors, 4096 and 2 in each direction, and divides by
// jpegStep, rounding to the nearest, a half away from 0. Like set it does
// without branches, for nothing foretells which way they go.
func quantized(sum int64) int16 {
	const divisor uint64 = jpegStep * 4 * 4096 * 4096
	negative := sum >> 63 // -1, or 0
	size := int64((uint64(sum^negative-negative) + divisor/2) / divisor)
	return int16(size ^ negative - negative)
}
