package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// jpegFile is what the gate learns of a JPEG from its bytes.
type jpegFile struct {
	width, height int
	components    int
	dc, ac        *jpegCodes
}

// The markers of the segments that canvas.jpeg writes (T.81 table B.1; APP0 is
// JFIF's).
const (
	jpegStart   = 0xD8
	jpegEnd     = 0xD9
	jpegJFIF    = 0xE0
	jpegSteps   = 0xDB
	jpegFrame   = 0xC0
	jpegHuffman = 0xC4
	jpegPicture = 0xDA
)

// readJPEG reads back a JPEG of the kinds that canvas.jpeg writes and nothing
// else: grey or with colour at full resolution, one step for all coefficients,
// the standard's codes. What a camera sees without colour is luma, so that
// colour is read from the bits and not transformed.
//
// It has no coding and no transform in common with the writer, where a mistake
// would cancel itself out: only plain tables, which tests compare with
// image/jpeg's.
func readJPEG(data []byte, modules, high int) (*view, error) {
	rest, ok := bytes.CutPrefix(data, []byte{0xFF, jpegStart})
	if !ok {
		return nil, errors.New("no JPEG signature")
	}
	var f jpegFile
	for _, s := range [...]struct {
		marker byte
		read   func(body []byte) error
	}{
		{jpegJFIF, f.jfif},
		{jpegSteps, f.steps},
		{jpegFrame, f.frame},
		{jpegHuffman, f.codes(&f.dc, 0x00, jpegDC)},
		{jpegHuffman, f.codes(&f.ac, 0x10, jpegAC)},
		{jpegPicture, f.scan},
	} {
		if len(rest) < 4 || rest[0] != 0xFF || rest[1] != s.marker {
			return nil, fmt.Errorf("segment %X is not in its place", s.marker)
		}
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < 2 || n > len(rest)-2 {
			return nil, fmt.Errorf("segment %X is cut short", s.marker)
		}
		if err := s.read(rest[4 : 2+n]); err != nil {
			return nil, err
		}
		rest = rest[2+n:]
	}
	if err := checkPixels(f.width, f.height, modules); err != nil {
		return nil, err
	}
	bits, err := unstuffed(rest)
	if err != nil {
		return nil, err
	}
	v := newView(f.width, modules, high, viewModule)
	m := merger{f: v.add}
	if err := newJPEGScan(&f, bits).rows(m.add); err != nil {
		return nil, err
	}
	v.add(m.last, m.times)
	return v, nil
}

// jfif takes square pixels, with or without dots per inch (JFIF 1.02).
func (*jpegFile) jfif(body []byte) error {
	const head = "JFIF\x00\x01\x01"
	if len(body) != 14 || string(body[:7]) != head || body[7] > 1 || body[12]|body[13] != 0 {
		return errors.New("JFIF header is not understood")
	}
	across, down := binary.BigEndian.Uint16(body[8:]), binary.BigEndian.Uint16(body[10:])
	if across == 0 || across != down || body[7] == 0 && across != 1 {
		return fmt.Errorf("resolution is %d × %d", across, down)
	}
	return nil
}

// jpegReadStep is the one step that readJPEG knows; the transforms count on
// it.
const jpegReadStep = 8

// steps takes one table of 8-bit steps (T.81 §B.2.4.1), all alike.
func (*jpegFile) steps(body []byte) error {
	if len(body) != 65 || body[0] != 0 {
		return errors.New("steps are not understood")
	}
	for _, step := range body[1:] {
		if step != jpegReadStep {
			return fmt.Errorf("a step is %d", step)
		}
	}
	return nil
}

// frame takes the size and the components, each at full resolution (T.81
// §B.2.2).
func (f *jpegFile) frame(body []byte) error {
	if len(body) < 6 || body[0] != 8 || len(body) != 6+3*int(body[5]) {
		return errors.New("frame is not understood")
	}
	f.height, f.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if f.components = int(body[5]); f.components != 1 && f.components != 3 {
		return fmt.Errorf("picture has %d components", f.components)
	}
	for i := range f.components {
		if [3]byte(body[6+3*i:]) != [3]byte{byte(i + 1), 0x11, 0} {
			return fmt.Errorf("component %d is not understood", i+1)
		}
	}
	return nil
}

// codes takes the table of codes of the class, and only the standard's (T.81
// §B.2.4.2, annex K.3).
func (*jpegFile) codes(to **jpegCodes, class byte, standard *huffman) func(body []byte) error {
	return func(body []byte) error {
		if len(body) < 17 || body[0] != class || !bytes.Equal(body[1:17], standard.counts[:]) || !bytes.Equal(body[17:], standard.values) {
			return fmt.Errorf("codes %02x are not the standard's", class)
		}
		*to = newJPEGCodes([16]byte(body[1:]), body[17:])
		return nil
	}
}

// scan takes all components at once, from the first coefficient to the last
// (T.81 §B.2.3).
func (f *jpegFile) scan(body []byte) error {
	want := []byte{byte(f.components)}
	for i := range f.components {
		want = append(want, byte(i+1), 0)
	}
	if !bytes.Equal(body, append(want, 0, 63, 0)) {
		return errors.New("scan is not understood")
	}
	return nil
}

// unstuffed gives the bytes of the picture up to the end of the file, without
// the zero after each byte of ones (T.81 §F.1.2.3).
func unstuffed(data []byte) ([]byte, error) {
	data, ok := bytes.CutSuffix(data, []byte{0xFF, jpegEnd})
	if !ok {
		return nil, errors.New("end is missing")
	}
	out := make([]byte, 0, len(data)+jpegMargin)
	for {
		i := bytes.IndexByte(data, 0xFF)
		if i < 0 {
			return append(out, data...), nil
		}
		if i+1 == len(data) || data[i+1] != 0 {
			return nil, errors.New("there is a marker in the picture")
		}
		out = append(out, data[:i+1]...)
		data = data[i+2:]
	}
}
