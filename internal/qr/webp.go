package qr

import (
	"encoding/binary"
	"math/bits"
)

// webp draws the canvas as a lossless WebP (RFC 9649, VP8L): an indexed
// picture, or all colours where there is a logo. Rows are written as
// repetitions of the pixel to the left and of the row above, which is all that
// a symbol needs.
func (c canvas) webp() []byte {
	w := &webpWriter{}
	w.put(0x2f, 8)
	w.put(uint32(c.width-1), 14)
	w.put(uint32(c.height-1), 14)
	if c.d.transparent {
		w.put(1, 1)
	} else {
		w.put(0, 1)
	}
	w.put(0, 3) // version
	if c.d.logo == nil {
		c.webpIndexed(w)
	} else {
		c.webpColored(w)
	}
	w.flush()
	if len(w.out)%2 != 0 {
		w.out = append(w.out, 0)
	}
	out := append([]byte("RIFF"), make([]byte, 4)...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(w.out)+12))
	out = append(out, "WEBPVP8L"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(w.length))
	return append(out, w.out...)
}

// webpIndexed writes a palette and the pixels as indices into it, several to
// a byte (RFC 9649 §3.5.4).
func (c canvas) webpIndexed(w *webpWriter) {
	depth := 4
	if c.d.whole {
		depth = 1
	}
	rgb, alpha := c.palette(byte(depth))
	w.put(1, 1) // there is a transform
	w.put(3, 2) // colour indexing
	w.put(uint32(len(alpha)-1), 8)
	var palette webpImage
	var before [4]byte
	for i, a := range alpha { // each as the difference to the one before
		now := [4]byte{rgb[3*i], rgb[3*i+1], rgb[3*i+2], a}
		palette.literal(now[0]-before[0], now[1]-before[1], now[2]-before[2], now[3]-before[3])
		before = now
	}
	w.put(0, 1) // no cache of colours
	palette.write(w)
	w.put(0, 1) // no more transforms

	var pixels webpImage
	row := make([]byte, (c.width*depth+7)/8)
	c.rows(func(shade []byte, times int) {
		clear(row)
		for x, v := range shade {
			row[x*depth>>3] |= v >> (4 - depth) << (x * depth & 7)
		}
		for x := 0; x < len(row); {
			n := 1
			for x+n < len(row) && row[x+n] == row[x] {
				n++
			}
			pixels.literal(0, row[x], 0, 255)
			pixels.repeat(fromLeft, n-1)
			x += n
		}
		pixels.repeat(fromAbove, (times-1)*len(row))
	})
	w.put(0, 2) // no cache of colours, one set of codes
	pixels.write(w)
}

// webpColored writes every pixel with its colour.
func (c canvas) webpColored(w *webpWriter) {
	w.put(0, 1) // no transform
	var pixels webpImage
	c.colorRows(func(row []byte, times int) {
		for x := 0; x < len(row); {
			n := 1
			for x+4*n < len(row) && [4]byte(row[x+4*n:]) == [4]byte(row[x:]) {
				n++
			}
			pixels.literal(row[x], row[x+1], row[x+2], row[x+3])
			pixels.repeat(fromLeft, n-1)
			x += 4 * n
		}
		pixels.repeat(fromAbove, (times-1)*c.width)
	})
	w.put(0, 2)
	pixels.write(w)
}

// webpImage is a picture as a list of steps: pixels, and repetitions.
type webpImage struct{ steps []webpStep }

// webpStep is a pixel's red, green, blue and opacity, or a repetition.
type webpStep struct {
	pixel  [4]byte
	repeat uint16 // pixels that are repeated; 0: a pixel
	from   uint8
}

// Where repeated pixels come from, as distances are coded (RFC 9649 §3.6.2.2).
const (
	fromAbove = 0
	fromLeft  = 1
)

func (m *webpImage) literal(r, g, b, a byte) {
	m.steps = append(m.steps, webpStep{pixel: [4]byte{r, g, b, a}})
}

// longestRepeat is what one step can repeat.
const longestRepeat = 4096

func (m *webpImage) repeat(from uint8, n int) {
	for n > 0 {
		k := min(n, longestRepeat)
		m.steps = append(m.steps, webpStep{repeat: uint16(k), from: from})
		n -= k
	}
}

// The alphabets of a picture's codes: green holds the lengths of repetitions
// as well.
const (
	webpGreen = iota
	webpRed
	webpBlue
	webpAlpha
	webpDistance
	webpAlphabets
)

// write counts the symbols, writes a code for each alphabet, and the picture.
func (m *webpImage) write(w *webpWriter) {
	counts := [webpAlphabets][]uint32{make([]uint32, 256+24), make([]uint32, 256), make([]uint32, 256), make([]uint32, 256), make([]uint32, 40)}
	for _, s := range m.steps {
		if s.repeat > 0 {
			symbol, _, _ := webpLength(int(s.repeat))
			counts[webpGreen][256+symbol]++
			counts[webpDistance][s.from]++
			continue
		}
		for a, v := range [...]byte{webpGreen: s.pixel[1], webpRed: s.pixel[0], webpBlue: s.pixel[2], webpAlpha: s.pixel[3]} {
			counts[a][v]++
		}
	}
	var codes [webpAlphabets]webpCode
	for a := range codes {
		codes[a] = newWebPCode(counts[a], 15)
		codes[a].write(w)
	}
	for _, s := range m.steps {
		if s.repeat > 0 {
			symbol, extra, n := webpLength(int(s.repeat))
			codes[webpGreen].put(w, 256+symbol)
			w.put(uint32(extra), n)
			codes[webpDistance].put(w, int(s.from))
			continue
		}
		codes[webpGreen].put(w, int(s.pixel[1]))
		codes[webpRed].put(w, int(s.pixel[0]))
		codes[webpBlue].put(w, int(s.pixel[2]))
		codes[webpAlpha].put(w, int(s.pixel[3]))
	}
}

// webpLength gives the symbol of a length and its further bits.
func webpLength(length int) (symbol, extra, n int) {
	v := length - 1
	if v < 4 {
		return v, 0, 0
	}
	high := bits.Len(uint(v)) - 1
	n = high - 1
	return 2*high + v>>n&1, v & (1<<n - 1), n
}

// webpWriter writes bits, lowest first.
type webpWriter struct {
	out    []byte
	acc    uint64
	n      int
	length int // bytes written by flush, without padding
}

func (w *webpWriter) put(v uint32, n int) {
	w.acc |= uint64(v) << w.n
	w.n += n
	for w.n >= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.n -= 8
	}
}

func (w *webpWriter) flush() {
	if w.n > 0 {
		w.out = append(w.out, byte(w.acc))
		w.acc, w.n = 0, 0
	}
	w.length = len(w.out)
}
