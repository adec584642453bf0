package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// pngFile is what the gate learns of a PNG from its bytes.
type pngFile struct {
	width, height int
	depth, kind   byte
	tones         []byte // of the palette, on the paper
	colors        []Color
	paper         Color
}

// readPNG reads back a PNG of the kinds that canvas.png writes and nothing
// else: checksums, palette, compressed rows. A picture without a background is
// seen on paper.
func readPNG(data []byte, modules, high int, paper Color) (*view, error) {
	rest, ok := bytes.CutPrefix(data, []byte(pngSignature))
	if !ok {
		return nil, errors.New("no PNG signature")
	}
	f := pngFile{paper: paper}
	var v *view
	for len(rest) >= 12 {
		n := int(binary.BigEndian.Uint32(rest))
		if n > len(rest)-12 {
			return nil, errors.New("chunk is cut short")
		}
		kind, body := string(rest[4:8]), rest[8:8+n]
		if crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			return nil, fmt.Errorf("checksum of %s is wrong", kind)
		}
		rest = rest[12+n:]
		switch kind {
		case "IDAT":
			if f.width == 0 || f.kind == pngPalette && f.tones == nil || v != nil {
				return nil, errors.New("picture is out of place")
			}
			if err := checkPixels(f.width, f.height, modules); err != nil {
				return nil, err
			}
			v = newView(f.width, modules, high, viewModule)
			if err := f.inflate(body, v); err != nil {
				return nil, err
			}
		case "IEND":
			if len(rest) != 0 || v == nil {
				return nil, errors.New("end is not at the end")
			}
			return v, nil
		default:
			if err := f.chunk(kind, body); err != nil {
				return nil, err
			}
		}
	}
	return nil, errors.New("end is missing")
}

// chunk takes note of header and palette.
func (f *pngFile) chunk(kind string, body []byte) error {
	switch kind {
	case "IHDR":
		if len(body) != 13 || body[10]|body[11]|body[12] != 0 {
			return errors.New("header is not understood")
		}
		f.width, f.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
		f.depth, f.kind = body[8], body[9]
		switch [2]byte{f.depth, f.kind} {
		case [2]byte{1, pngPalette}, [2]byte{4, pngPalette}, [2]byte{8, pngRGB}, [2]byte{8, pngRGBA}:
		default:
			return fmt.Errorf("picture has %d bits of kind %d", f.depth, f.kind)
		}
	case "PLTE":
		if len(body) != 3<<f.depth {
			return fmt.Errorf("palette has %d bytes", len(body))
		}
		for i := 0; i < len(body); i += 3 {
			c := Color{body[i], body[i+1], body[i+2]}
			f.colors = append(f.colors, c)
			f.tones = append(f.tones, c.gray())
		}
	case "tRNS":
		if len(body) != len(f.colors) {
			return errors.New("opacity does not fit the palette")
		}
		for i, c := range f.colors {
			grayRow(f.tones[i:i+1], []byte{c.R, c.G, c.B, body[i]}, f.paper)
		}
	}
	return nil
}

// inflate reads the rows of a picture that has all its data in one chunk.
func (f *pngFile) inflate(data []byte, v *view) error {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	bits := int(f.depth) * map[byte]int{pngPalette: 1, pngRGB: 3, pngRGBA: 4}[f.kind]
	line, last := make([]byte, 1+(f.width*bits+7)/8), make([]byte, 1+(f.width*bits+7)/8)
	row, rgba := make([]byte, f.width), make([]byte, 4*f.width)
	times := 0
	for y := range f.height {
		if _, err := io.ReadFull(z, line); err != nil {
			return err
		}
		if line[0] != filterNone {
			return fmt.Errorf("row has filter %d", line[0])
		}
		if y > 0 && bytes.Equal(line, last) {
			times++
			continue
		}
		if times > 0 {
			f.tone(row, rgba, last[1:])
			v.add(row, times)
		}
		line, last, times = last, line, 1
	}
	f.tone(row, rgba, last[1:])
	v.add(row, times)
	if n, err := z.Read(line); n != 0 || err != io.EOF {
		return errors.New("data goes on after the last row")
	}
	return nil
}

// tone turns the bytes of a row into grey.
func (f *pngFile) tone(row, rgba, line []byte) {
	switch f.depth {
	case 1:
		for x := range row {
			row[x] = f.tones[line[x>>3]>>(7-x&7)&1]
		}
	case 4:
		for x := range row {
			row[x] = f.tones[line[x>>1]>>(4-x&1<<2)&15]
		}
	default:
		channels := 3
		if f.kind == pngRGBA {
			channels = 4
		}
		for x := range row {
			rgba[4*x+3] = 255
			copy(rgba[4*x:4*x+4], line[x*channels:(x+1)*channels])
		}
		grayRow(row, rgba, f.paper)
	}
}
