package qr

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"strconv"
	"strings"
)

// readOperators reads the operators of appendOperators into a drawing and
// gives the text after them: a background if there are two fills, and ink.
func (d *Drawing) readOperators(text string) (rest string, err error) {
	type fill struct {
		color Color
		shape path
	}
	var fills []fill
	var now fill
	for {
		line, after, ok := strings.Cut(text, "\n")
		if !ok || line == "" || line[0] != '-' && (line[0] < '0' || line[0] > '9') && line != "h" && line != "f" {
			break
		}
		text = after
		switch {
		case line == "f":
			fills = append(fills, now)
			now.shape = path{}
		case strings.HasSuffix(line, " rg"):
			if now.color, err = readColor(strings.TrimSuffix(line, " rg")); err != nil {
				return "", err
			}
		default:
			if err := now.shape.readOperator(line); err != nil {
				return "", err
			}
		}
	}
	switch len(fills) {
	case 1:
		d.transparent = true
	case 2:
		var all path
		all.rect(0, 0, d.width, d.height)
		if string(all.appendOperators(nil)) != string(fills[0].shape.appendOperators(nil)) {
			return "", errors.New("background does not fill the page")
		}
		d.light = fills[0].color
	default:
		return "", fmt.Errorf("%d shapes, want background and ink", len(fills))
	}
	ink := fills[len(fills)-1]
	d.dark, d.ink, d.whole = ink.color, ink.shape, ink.shape.whole()
	return text, nil
}

// readOperator reads one line: coordinates and what to do with them.
func (p *path) readOperator(line string) error {
	s := &scanner{text: line}
	var at [6]int32
	n := 0
	for s.err == nil && s.text != "" && (s.text[0] == '-' || s.text[0] >= '0' && s.text[0] <= '9') {
		if n == len(at) {
			return errors.New("too many coordinates")
		}
		at[n] = s.units()
		s.token(" ")
		n++
	}
	if s.err != nil {
		return s.err
	}
	op := strings.Index("mlch", s.text)
	if len(s.text) != 1 || op < 0 || numbers[op] != n {
		return fmt.Errorf("operator %q is not understood", abridge(line))
	}
	p.add(step(op), at[:n]...)
	return nil
}

func readColor(text string) (Color, error) {
	var c [3]uint8
	parts := strings.Fields(text)
	if len(parts) != len(c) {
		return Color{}, fmt.Errorf("colour %q is not understood", text)
	}
	for i, s := range parts {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return Color{}, fmt.Errorf("colour %q is not understood", text)
		}
		c[i] = uint8(math.Round(v * 255))
	}
	return Color{c[0], c[1], c[2]}, nil
}

// fills says whether the drawing at this scale covers a page to within a
// hundredth of a millimetre.
func (d *Drawing) fills(pageWidth, pageHeight, sx, sy, x, y float64) bool {
	const slack = 0.01 * pointsPerMM
	near := func(a, b float64) bool { return math.Abs(a-b) <= slack }
	return near(sx*d.Width(), pageWidth) && near(-sy*d.Height(), pageHeight) && near(x, 0) && near(y, pageHeight)
}

func unpack(packed []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, 4*logoSide*logoSide+1))
}

// logoOfPixels is a logo as read back from bytes that are not its PNG.
func logoOfPixels(width, height int, rgb, alpha []byte) (*Logo, error) {
	if width < 1 || height < 1 || width > logoSide || height > logoSide || len(rgb) != 3*width*height || alpha != nil && len(alpha) != width*height {
		return nil, errors.New("picture has the wrong size")
	}
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 255
		if alpha != nil {
			m.Pix[4*i+3] = alpha[i]
		}
	}
	return &Logo{pixels: m}, nil
}
