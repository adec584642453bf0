package qr

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNG's kinds of colour (PNG §11.2.1).
const (
	pngPalette = 3
	pngRGB     = 2
	pngRGBA    = 6
)

// png draws the canvas as a PNG: 1 bit a pixel where there are two colours, 4
// bits where round shapes need shades, and all colours only with a logo. With
// a size in mm the resolution is written too (pHYs).
func (c canvas) png(size Size) []byte {
	kind, depth := byte(pngPalette), byte(4)
	switch {
	case c.d.logo != nil && c.d.transparent:
		kind, depth = pngRGBA, 8
	case c.d.logo != nil:
		kind, depth = pngRGB, 8
	case c.d.whole:
		depth = 1
	}
	out := bytes.NewBuffer(make([]byte, 0, 4096))
	out.WriteString(pngSignature)
	w := chunkWriter{out}
	var header [13]byte
	binary.BigEndian.PutUint32(header[0:], uint32(c.width))
	binary.BigEndian.PutUint32(header[4:], uint32(c.height))
	header[8], header[9] = depth, kind
	w.chunk("IHDR", header[:])
	if size.mm > 0 {
		w.chunk("pHYs", physical(size.dpi))
	}
	if kind == pngPalette {
		palette, alpha := c.palette(depth)
		w.chunk("PLTE", palette)
		if c.d.transparent {
			w.chunk("tRNS", alpha)
		}
		w.chunk("IDAT", c.packed(int(depth)))
	} else {
		w.chunk("IDAT", c.colored(kind))
	}
	w.chunk("IEND", nil)
	return out.Bytes()
}

// palette lists the shades that a pixel of so many bits can have.
func (c canvas) palette(depth byte) (rgb, alpha []byte) {
	colors, opaque := c.d.ramp()
	step := (shades - 1) / (1<<depth - 1)
	for i := 0; i < shades; i += step {
		rgb = append(rgb, colors[i].R, colors[i].G, colors[i].B)
		alpha = append(alpha, opaque[i])
	}
	return rgb, alpha
}

// physical is the content of a pHYs chunk: pixels a metre, both ways (PNG
// §11.3.4.3).
func physical(dpi int) []byte {
	perMetre := uint32(math.Round(float64(dpi) * 1000 / mmPerInch))
	b := binary.BigEndian.AppendUint32(nil, perMetre)
	b = binary.BigEndian.AppendUint32(b, perMetre)
	return append(b, 1) // the unit is the metre
}

type chunkWriter struct{ out *bytes.Buffer }

// chunk writes length, type, data and checksum (PNG §5.3).
func (w chunkWriter) chunk(kind string, data []byte) {
	b := w.out.AvailableBuffer()
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	b = append(append(b, kind...), data...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	w.out.Write(b)
}

const filterNone = 0 // PNG §9.2: the bytes as they are

// packed gives the compressed rows of shades, so many bits a pixel.
func (c canvas) packed(depth int) []byte {
	d := newDeflater(make([]byte, 0, 4096))
	row := make([]byte, 1+(c.width*depth+7)/8)
	row[0] = filterNone
	c.rows(func(shade []byte, times int) {
		pack(row[1:], shade, depth)
		d.rows(row, 1, times)
	})
	return d.close()
}

// pack writes shades into bits, the first pixel highest.
func pack(to, shade []byte, depth int) {
	clear(to)
	if depth == 1 {
		for x, v := range shade {
			to[x>>3] |= v >> 3 << 7 >> (x & 7)
		}
		return
	}
	for x, v := range shade {
		to[x>>1] |= v << (4 - x&1<<2)
	}
}

// colored gives the compressed rows of all colours.
func (c canvas) colored(kind byte) []byte {
	channels := 4
	if kind == pngRGB {
		channels = 3
	}
	d := newDeflater(make([]byte, 0, 1<<16))
	row := make([]byte, 1+c.width*channels)
	row[0] = filterNone
	c.colorRows(func(rgba []byte, times int) {
		for x := range c.width {
			copy(row[1+x*channels:][:channels], rgba[4*x:])
		}
		d.rows(row, channels, times)
	})
	return d.close()
}
