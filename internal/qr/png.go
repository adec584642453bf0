package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"sync"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNG draws the symbol as a PNG with a palette of two colours, 1 bit a pixel.
// Each module is a whole number of pixels, the same for all; pixels that are
// left over widen the quiet zone evenly, so that the picture has exactly the
// size asked for. With a size in mm the resolution is written too (pHYs).
//
// A size without a pixel for each module, or above MaxPixels, is Invalid on
// the field "size" or "mm".
func (s *Symbol) PNG(style Style, size Size) ([]byte, error) {
	width, err := size.width()
	if err != nil {
		return nil, err
	}
	modules := s.size + 2*style.QuietZone
	module := width / modules
	if module == 0 {
		return nil, size.tooSmall(modules)
	}

	out := bytes.NewBuffer(make([]byte, 0, 4096))
	out.WriteString(pngSignature)
	w := chunkWriter{out}
	var header [13]byte
	binary.BigEndian.PutUint32(header[0:], uint32(width))
	binary.BigEndian.PutUint32(header[4:], uint32(width))
	header[8], header[9] = 1, 3 // 1 bit, palette
	w.chunk("IHDR", header[:])
	if size.mm > 0 {
		w.chunk("pHYs", physical(size.dpi))
	}
	w.chunk("PLTE", []byte{style.Light.R, style.Light.G, style.Light.B, style.Dark.R, style.Dark.G, style.Dark.B})
	data, err := s.pixels(width, module)
	if err != nil {
		return nil, err
	}
	w.chunk("IDAT", data)
	w.chunk("IEND", nil)
	return out.Bytes(), nil
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

const (
	filterUp   = 2 // PNG §9.2: each byte less the one above it
	filterNone = 0
)

// A zlib writer is most of a megabyte, so they are kept.
var zlibWriters = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

// pixels gives the compressed rows of a picture of width × width pixels with
// so many pixels a module. With the Up filter a row equal to the one above it
// is all zeros, which costs next to nothing.
func (s *Symbol) pixels(width, module int) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, 4096))
	z := zlibWriters.Get().(*zlib.Writer)
	defer zlibWriters.Put(z)
	z.Reset(out)

	stride := (width + 7) / 8
	above, row := make([]byte, stride), make([]byte, stride)
	first, same := make([]byte, 1+stride), make([]byte, 1+stride)
	first[0], same[0] = filterUp, filterUp
	margin := (width - module*s.size) / 2
	write := func(height int) error {
		for i := range row {
			first[1+i] = row[i] - above[i]
		}
		line := first
		for range height {
			if _, err := z.Write(line); err != nil {
				return fmt.Errorf("compress pixels: %w", err)
			}
			line = same
		}
		above, row = row, above
		clear(row)
		return nil
	}
	if margin > 0 {
		if err := write(margin); err != nil {
			return nil, err
		}
	}
	for y := range s.size {
		s.fillRow(row, y, margin, module)
		if err := write(module); err != nil {
			return nil, err
		}
	}
	if rest := width - margin - module*s.size; rest > 0 {
		if err := write(rest); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress pixels: %w", err)
	}
	return out.Bytes(), nil
}

// fillRow sets the bits of the dark pixels of row y.
func (s *Symbol) fillRow(row []byte, y, margin, module int) {
	for x := range s.size {
		if s.Dark(x, y) {
			for p := margin + x*module; p < margin+(x+1)*module; p++ {
				row[p>>3] |= 0x80 >> (p & 7)
			}
		}
	}
}
