package qr

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
)

// minModulePixels is the smallest width of a module: zbar reads no symbol of 1
// pixel a module and all of 2.
const minModulePixels = 2

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNG draws the symbol as a PNG with a palette of two colours, 1 bit a pixel.
// Each module is a whole number of pixels, the same for all; pixels that are
// left over widen the quiet zone evenly, so that the picture has exactly the
// size asked for. With a size in mm the resolution is written too (pHYs).
//
// A size with less than 2 pixels a module, or above MaxPixels, is Invalid on
// the field "size" or "mm". The style must have passed Check.
func (s *Symbol) PNG(style Style, size Size) ([]byte, error) {
	width, err := size.width()
	if err != nil {
		return nil, err
	}
	modules := s.size + 2*style.QuietZone
	module := width / modules
	if module < minModulePixels {
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
	w.chunk("IDAT", s.pixels(width, module))
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

const filterNone = 0 // PNG §9.2: the bytes as they are

// pixels gives the compressed rows of a picture of width × width pixels with
// so many pixels a module.
func (s *Symbol) pixels(width, module int) []byte {
	margin := (width - module*s.size) / 2
	blank, row := make([]byte, 1+(width+7)/8), make([]byte, 1+(width+7)/8)
	blank[0], row[0] = filterNone, filterNone
	d := newDeflater(make([]byte, 0, 4096))
	if margin > 0 {
		d.rows(blank, margin)
	}
	for y := range s.size {
		copy(row, blank)
		for x := range s.size {
			if s.Dark(x, y) {
				setBits(row[1:], margin+x*module, margin+(x+1)*module)
			}
		}
		d.rows(row, module)
	}
	if rest := width - margin - module*s.size; rest > 0 {
		d.rows(blank, rest)
	}
	return d.close()
}

// setBits sets the bits from ≤ i < to, the highest of a byte first.
func setBits(row []byte, from, to int) {
	for i := from; i < to; {
		if i&7 == 0 && to-i >= 8 {
			row[i>>3] = 0xFF
			i += 8
			continue
		}
		row[i>>3] |= 0x80 >> (i & 7)
		i++
	}
}
