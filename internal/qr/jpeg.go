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
	e := &jpegEncoder{components: 3, width: c.width, stride: (c.width + 7) &^ 7}
	if c.d.logo == nil && c.d.dark.isGray() && c.d.light.isGray() {
		e.components = 1
	}
	e.header(c.height, size)
	e.line = make([]byte, e.components*e.stride)
	e.band = make([]byte, 8*len(e.line))
	e.blocks = make([]block, len(e.line)/8)
	e.whole = make([]byte, 0, 1<<16)
	if c.d.logo == nil {
		colors, _ := c.d.ramp()
		c.rows(e.shades(colors))
	} else {
		c.colorRows(e.colors)
	}
	return e.close()
}

func (c Color) isGray() bool { return c.R == c.G && c.G == c.B }

// jpegEncoder turns rows into blocks of 8 × 8 and those into bits.
type jpegEncoder struct {
	out               []byte // the header
	components, width int
	stride            int     // samples in a row of whole blocks
	line              []byte  // the samples of a row: those of luma, then those of each colour difference
	band              []byte  // eight such rows
	filled            int     // rows of it
	blocks            []block // of the band, in the order in which they are written

	jpegBits
	dc       [3]int32 // the block before, of each component
	last     jpegBand // the band written last
	repeated bool     // the blocks are still its blocks
}

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
	e.out = append(make([]byte, 0, 1024), 0xFF, 0xD8)
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

// rows takes the line so many times.
func (e *jpegEncoder) rows(times int) {
	known := false // the blocks are those of a band of this row alone
	for times > 0 {
		if e.filled == 0 && times >= 8 {
			if !known {
				copy(e.band, e.line)
				e.transform(1)
				known = true
			}
			e.write()
			times -= 8
			continue
		}
		for ; e.filled < 8 && times > 0; times-- {
			copy(e.band[e.filled*len(e.line):], e.line)
			e.filled++
		}
		if e.filled == 8 {
			e.transform(8)
			e.write()
		}
	}
}

// shades gives a function that takes a row of shades so many times.
func (e *jpegEncoder) shades(colors [shades]Color) func(row []byte, times int) {
	var samples [3][shades]byte
	for i := range samples {
		for shade, c := range colors {
			samples[i][shade] = component(i, c.R, c.G, c.B)
		}
	}
	return func(row []byte, times int) {
		for i := range e.components {
			line := e.line[i*e.stride:][:e.stride]
			for x, shade := range row {
				line[x] = samples[i][shade%shades]
			}
			e.extend(line)
		}
		e.rows(times)
	}
}

// colors takes a row of red, green, blue and opacity so many times.
func (e *jpegEncoder) colors(row []byte, times int) {
	for i := range e.components {
		line := e.line[i*e.stride:][:e.stride]
		for x := range e.width {
			p := row[4*x : 4*x+4]
			if x > 0 && [4]byte(p) == [4]byte(row[4*x-4:]) { // as most are
				line[x] = line[x-1]
				continue
			}
			line[x] = component(i, p[0], p[1], p[2])
		}
		e.extend(line)
	}
	e.rows(times)
}

// extend fills the last block of a line with its last sample.
func (e *jpegEncoder) extend(line []byte) {
	setAll(line[e.width:], line[e.width-1])
}

// close ends the picture, whose last band may be short: it is filled up with
// its last row.
func (e *jpegEncoder) close() []byte {
	if e.filled > 0 {
		last := e.band[(e.filled-1)*len(e.line):][:len(e.line)]
		for ; e.filled < 8; e.filled++ {
			copy(e.band[e.filled*len(e.line):], last)
		}
		e.transform(8)
		e.write()
	}
	return append(e.stuffed(e.out), 0xFF, 0xD9)
}

// component gives luma or one of the colour differences (JFIF 1.02), in
// integers: -128 to 127, as a byte.
func component(i int, red, green, blue uint8) byte {
	r, g, b := int32(red), int32(green), int32(blue)
	switch i {
	case 0:
		return byte((19595*r+38470*g+7471*b+1<<15)>>16 - 128)
	case 1:
		return byte(min((-11056*r-21712*g+32768*b+1<<15)>>16, 127))
	}
	return byte(min((32768*r-27440*g-5328*b+1<<15)>>16, 127))
}
