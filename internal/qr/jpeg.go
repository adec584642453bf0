package qr

import "encoding/binary"

// jpeg draws the canvas as a baseline JPEG (ITU-T T.81) with its resolution:
// grey where both colours are, else with colour at full resolution, since thin
// modules would lose theirs at half. JPEG has no transparency: there is always
// a background.
//
// image/jpeg would do, but halves the colours' resolution, writes no dots per
// inch, and its output changed with Go 1.26.
func (c canvas) jpeg(size Size) []byte {
	opaque := *c.d
	opaque.transparent = false
	c.d = &opaque
	e := &jpegEncoder{components: 3, width: c.width, stride: 4 * ((c.width + 7) &^ 7)}
	if c.d.logo == nil && c.d.dark.isGray() && c.d.light.isGray() {
		e.components = 1
	}
	e.header(c.height, size)
	e.band = make([]byte, 8*e.stride)
	c.colorRows(e.rows)
	return e.close()
}

func (c Color) isGray() bool { return c.R == c.G && c.G == c.B }

// jpegEncoder turns rows into blocks of 8 × 8 and those into bits.
type jpegEncoder struct {
	out               []byte
	components, width int
	stride            int    // bytes of a row of whole blocks
	band              []byte // eight rows of red, green, blue and opacity
	filled            int    // rows of it
	blocks            []block
	dc                [3]int32 // the block before, of each component
	acc               uint32   // bits not yet written, the next one highest of n
	n                 int
}

// block is 8 × 8 coefficients, divided by jpegStep.
type block [64]int32

// jpegStep is the step in which every coefficient is written. Photographs are
// written more coarsely where eyes see less; sharp edges would leave ghosts.
const jpegStep = 8

// zigzag is the order in which a block's coefficients are written (T.81 figure
// 5).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// header writes all that comes before the picture; the one set of tables is
// for every component.
func (e *jpegEncoder) header(height int, size Size) {
	e.out = append(make([]byte, 0, 1<<16), 0xFF, 0xD8)
	jfif := []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") // square pixels, no resolution
	if size.mm > 0 {
		jfif[7] = 1 // dots per inch
		binary.BigEndian.PutUint16(jfif[8:], uint16(size.dpi))
		binary.BigEndian.PutUint16(jfif[10:], uint16(size.dpi))
	}
	e.segment(0xE0, jfif)
	steps := make([]byte, 65)
	for i := range zigzag {
		steps[1+i] = jpegStep
	}
	e.segment(0xDB, steps)
	frame := []byte{8, byte(height >> 8), byte(height), byte(e.width >> 8), byte(e.width), byte(e.components)}
	scan := []byte{byte(e.components)}
	for i := range e.components {
		frame = append(frame, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	e.segment(0xC0, frame)
	e.segment(0xC4, append(append([]byte{0x00}, jpegDC.counts[:]...), jpegDC.values...))
	e.segment(0xC4, append(append([]byte{0x10}, jpegAC.counts[:]...), jpegAC.values...))
	e.segment(0xDA, append(scan, 0, 63, 0))
}

func (e *jpegEncoder) segment(marker byte, body []byte) {
	e.out = append(e.out, 0xFF, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(len(body)+2))
	e.out = append(e.out, body...)
}

// rows takes a row of the picture so many times.
func (e *jpegEncoder) rows(row []byte, times int) {
	known := false // the blocks are those of a band of this row alone
	for times > 0 {
		if known && times >= 8 {
			e.write()
			times -= 8
			continue
		}
		alone := e.filled == 0 && times >= 8
		for ; e.filled < 8 && times > 0; times-- {
			line := e.band[e.filled*e.stride:][:e.stride]
			n := copy(line, row)
			for ; n < len(line); n += 4 {
				copy(line[n:], row[len(row)-4:])
			}
			e.filled++
		}
		if e.filled == 8 {
			e.transform()
			e.write()
			known = alone
		}
	}
}

// close ends the picture, whose last band may be short: it is filled up with
// its last row.
func (e *jpegEncoder) close() []byte {
	if e.filled > 0 {
		last := e.band[(e.filled-1)*e.stride:][:e.stride]
		for ; e.filled < 8; e.filled++ {
			copy(e.band[e.filled*e.stride:], last)
		}
		e.transform()
		e.write()
	}
	e.put(0x7F, 7) // ones up to the next byte
	return append(e.out, 0xFF, 0xD9)
}

// transform makes the blocks of the band.
func (e *jpegEncoder) transform() {
	e.filled = 0
	e.blocks = e.blocks[:0]
	for x := 0; x < e.stride; x += 32 {
		for i := range e.components {
			var samples block
			flat := true
			for k := range samples {
				p := e.band[k>>3*e.stride+x+4*(k&7):]
				samples[k] = component(i, int32(p[0]), int32(p[1]), int32(p[2]))
				flat = flat && samples[k] == samples[0]
			}
			e.blocks = append(e.blocks, samples.coefficients(flat))
		}
	}
}

// component gives luma or one of the colour differences, -128 to 127 (JFIF
// 1.02), in integers.
func component(i int, r, g, b int32) int32 {
	switch i {
	case 0:
		return (19595*r+38470*g+7471*b+1<<15)>>16 - 128
	case 1:
		return min((-11056*r-21712*g+32768*b+1<<15)>>16, 127)
	}
	return min((32768*r-27440*g-5328*b+1<<15)>>16, 127)
}

// cosines[u][n] is cos((2n+1)uπ/16) times 4096, and for u = 0 a √2 less (T.81
// annex A.3.3).
var cosines = [8][8]int64{
	{2896, 2896, 2896, 2896, 2896, 2896, 2896, 2896},
	{4017, 3406, 2276, 799, -799, -2276, -3406, -4017},
	{3784, 1567, -1567, -3784, -3784, -1567, 1567, 3784},
	{3406, -799, -4017, -2276, 2276, 4017, 799, -3406},
	{2896, -2896, -2896, 2896, 2896, -2896, -2896, 2896},
	{2276, -4017, 799, 3406, -3406, -799, 4017, -2276},
	{1567, -3784, 3784, -1567, -1567, 3784, -3784, 1567},
	{799, -2276, 3406, -4017, 4017, -3406, 2276, -799},
}

// coefficients is the cosine transform, divided by jpegStep. A block of one
// value has only the first.
func (b *block) coefficients(flat bool) block {
	var out block
	if flat {
		out[0] = int32(divide(int64(b[0])*8, jpegStep))
		return out
	}
	var half [64]int64
	for y := range 8 {
		for u := range 8 {
			for n := range 8 {
				half[8*y+u] += cosines[u][n] * int64(b[8*y+n])
			}
		}
	}
	for v := range 8 {
		for u := range 8 {
			sum := int64(0)
			for n := range 8 {
				sum += cosines[v][n] * half[8*n+u]
			}
			out[8*v+u] = int32(divide(sum, jpegStep*4*4096*4096))
		}
	}
	return out
}
