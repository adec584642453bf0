package qr

import "encoding/binary"

// The inverse cosine transform (T.81 §A.3.3), in integers, so that every
// machine sees the same. A row's second half mirrors its first one, but for the
// sign of what is odd.

// cosine[k] is cos(kπ/16) times 8192.
var cosine = [8]int{8192, 8035, 7568, 6811, 5793, 4551, 3135, 1598}

// inverse transforms eight coefficients in one direction. What comes out is too
// large by 2 × 8192.
func inverse(f, to *[8]int) {
	sum, difference := (f[0]+f[4])*cosine[4], (f[0]-f[4])*cosine[4]
	outer, inner := f[2]*cosine[2]+f[6]*cosine[6], f[2]*cosine[6]-f[6]*cosine[2]
	even := [4]int{sum + outer, difference + inner, difference - inner, sum - outer}
	odd := [4]int{
		f[1]*cosine[1] + f[3]*cosine[3] + f[5]*cosine[5] + f[7]*cosine[7],
		f[1]*cosine[3] - f[3]*cosine[7] - f[5]*cosine[1] - f[7]*cosine[5],
		f[1]*cosine[5] - f[3]*cosine[1] + f[5]*cosine[7] + f[7]*cosine[3],
		f[1]*cosine[7] - f[3]*cosine[5] + f[5]*cosine[3] - f[7]*cosine[1],
	}
	to[0], to[7] = even[0]+odd[0], even[0]-odd[0]
	to[1], to[6] = even[1]+odd[1], even[1]-odd[1]
	to[2], to[5] = even[2]+odd[2], even[2]-odd[2]
	to[3], to[4] = even[3]+odd[3], even[3]-odd[3]
}

// draw puts the block's 64 samples into the band from to on. Most blocks have
// nothing but a mean, or change in one direction only; the transform in the
// other one is a factor then.
func (s *jpegScan) draw(to []byte) {
	const every = 0x0101010101010101
	b := &s.coefficients
	switch {
	case s.rowsUsed|s.columnsUsed == 0:
		v := b[0]*jpegReadStep/8 + 256 // as in samples
		s.reach |= v
		s.same(to, uint64(min(max(v-128, 0), 255))*every)
	case s.rowsUsed == 1:
		var out [8]int
		inverse((*[8]int)(b[:]), &out)
		s.same(to, s.samples(&out, cosine[4]))
	case s.columnsUsed == 1:
		var out [8]int
		inverse(&[8]int{b[0], b[8], b[16], b[24], b[32], b[40], b[48], b[56]}, &out)
		line := s.samples(&out, cosine[4])
		for y := range 8 {
			binary.LittleEndian.PutUint64(to[y*s.stride:], line>>(8*y)&0xFF*every)
		}
	default:
		s.drawBoth(to)
	}
}

// drawBoth transforms in both directions.
func (s *jpegScan) drawBoth(to []byte) {
	var half [8][8]int
	var out [8]int
	b := &s.coefficients
	for u := range 8 {
		if (s.columnsUsed|1)>>u&1 == 0 {
			continue
		}
		inverse(&[8]int{b[u], b[8+u], b[16+u], b[24+u], b[32+u], b[40+u], b[48+u], b[56+u]}, &out)
		for y, v := range out {
			half[y][u] = v
		}
	}
	for y := range 8 {
		inverse(&half[y], &out)
		binary.LittleEndian.PutUint64(to[y*s.stride:], s.samples(&out, 1))
	}
}

// same puts one row of samples into all eight.
func (s *jpegScan) same(to []byte, line uint64) {
	for range 7 {
		binary.LittleEndian.PutUint64(to, line)
		to = to[s.stride:]
	}
	binary.LittleEndian.PutUint64(to, line)
}

// samples takes the factors off a row, moves it from -128…127 to 0…255 (T.81
// §A.3.1) and cuts off what rounding has put beyond. It notes in reach whether
// there was a sample so far beyond that no picture gives it: rounding moves 64
// coefficients by half a step each, which weigh a quarter at most and come to
// 64.
func (s *jpegScan) samples(row *[8]int, factor int) uint64 {
	const bits = 2 + 2*13 - 3 // of 2 × 8192, both twice, less the step
	line := uint64(0)
	for x, v := range row {
		v = (v*factor+1<<(bits-1))>>bits + 256 // more by 128 than it should be
		s.reach |= v
		line |= uint64(min(max(v-128, 0), 255)) << (8 * x)
	}
	return line
}

// jpegReach are the bits that reach can have.
const jpegReach = 511
