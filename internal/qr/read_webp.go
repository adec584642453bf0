package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// webpFile is what the gate learns of a lossless WebP from its bytes.
type webpFile struct {
	webpBits

	width, height int
	transparent   bool
	paper         Color

	// Of indexed colours: how many indices a coded pixel holds, and the grey of
	// those pixels. Else 1, and nil.
	packed int
	expand [][8]byte
}

// readWebP reads back a WebP of the kinds that canvas.webp writes and nothing
// else (RFC 9649 §3): two or sixteen indexed colours or no transform, one set
// of prefix codes, no cache of colours, repetitions of the pixel to the left
// and of the row above. A picture without a background is seen on paper.
//
// It has no coding in common with the writer, where a mistake would cancel
// itself out: only the order of code lengths.
func readWebP(data []byte, modules, high int, paper Color) (*view, error) {
	stream, err := webpStream(data)
	if err != nil {
		return nil, err
	}
	f := webpFile{webpBits: newWebPBits(stream), paper: paper, packed: 1}
	if err := f.header(); err != nil {
		return nil, err
	}
	if err := checkPixels(f.width, f.height, modules); err != nil {
		return nil, err
	}
	if f.take(1) == 1 {
		if err := f.palette(); err != nil {
			return nil, err
		}
	}
	v := newView(f.width, modules, high, viewModule)
	return v, f.rows(v.add)
}

// webpStream takes the picture out of its container (RFC 9649 §2.3 to 2.6).
func webpStream(data []byte) ([]byte, error) {
	const head = 20
	if len(data) < head || string(data[:4]) != "RIFF" || string(data[8:16]) != "WEBPVP8L" {
		return nil, errors.New("no WebP signature")
	}
	whole, n := uint64(binary.LittleEndian.Uint32(data[4:])), uint64(binary.LittleEndian.Uint32(data[16:]))
	if whole+8 != uint64(len(data)) || head+n+n%2 != uint64(len(data)) {
		return nil, errors.New("file is cut short, or goes on after its picture")
	}
	stream, padding := data[head:head+n], data[head+n:]
	if !bytes.Equal(padding, make([]byte, n%2)) {
		return nil, errors.New("padding is not empty")
	}
	return stream, nil
}

// header reads the size and whether there is transparency (RFC 9649 §3.4).
func (f *webpFile) header() error {
	signature := f.take(8)
	f.width, f.height = f.take(14)+1, f.take(14)+1
	f.transparent = f.take(1) == 1
	if version := f.take(3); signature != 0x2F || version != 0 {
		return errors.New("WebP header is not understood")
	}
	return nil
}

// palette reads the indexed colours, each as the difference to the one before,
// and how they are packed (RFC 9649 §3.5.4).
func (f *webpFile) palette() error {
	if kind := f.take(2); kind != 3 {
		return fmt.Errorf("transform is of kind %d", kind)
	}
	n := f.take(8) + 1
	bits := map[int]int{2: 1, 16: 4}[n]
	if bits == 0 {
		return fmt.Errorf("palette has %d colours", n)
	}
	codes, err := f.codes(false)
	if err != nil {
		return err
	}
	tones := make([]byte, n)
	var color [4]byte
	for i := range tones {
		green := f.symbol(&codes.green)
		if green > 255 {
			return errWebPCode
		}
		for k, difference := range f.literal(codes, green) {
			color[k] += difference
		}
		if color[3] != 255 && !f.transparent {
			return errWebPOpacity
		}
		grayRow(tones[i:i+1], color[:], f.paper)
	}
	if f.take(1) != 0 {
		return errors.New("there is another transform")
	}
	f.packed, f.expand = 8/bits, make([][8]byte, 256)
	for v := range f.expand {
		for i := range f.packed {
			f.expand[v][i] = tones[v>>(i*bits)&(n-1)]
		}
	}
	return nil
}

var (
	errWebPCode    = errors.New("code or repetition makes no sense")
	errWebPEnd     = errors.New("picture is cut short, or goes on after its last pixel")
	errWebPOpacity = errors.New("picture has transparency without saying so")
)

// webpCodes are the codes of a picture's five alphabets (RFC 9649 §3.7.2).
type webpCodes struct{ green, red, blue, alpha, distance webpPrefix }

// codes reads the codes of the picture, or of a palette. There is no cache of
// colours, and no choice between several sets of codes, which only the picture
// may have.
func (f *webpFile) codes(picture bool) (*webpCodes, error) {
	choices := 1
	if picture {
		choices = 2
	}
	if f.take(choices) != 0 {
		return nil, errors.New("there is a cache of colours, or a second set of codes")
	}
	var c webpCodes
	for _, a := range [...]struct {
		to   *webpPrefix
		size int
	}{{&c.green, 256 + 24}, {&c.red, 256}, {&c.blue, 256}, {&c.alpha, 256}, {&c.distance, 40}} {
		var err error
		if *a.to, err = f.prefix(a.size); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// literal reads the pixel whose green is known: red, green, blue and opacity
// (RFC 9649 §3.7.2.3).
func (f *webpFile) literal(c *webpCodes, green int) [4]byte {
	red := f.symbol(&c.red)
	blue := f.symbol(&c.blue)
	return [4]byte{byte(red), byte(green), byte(blue), byte(f.symbol(&c.alpha))}
}
