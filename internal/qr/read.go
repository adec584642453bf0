package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// readPNG reads back a PNG of the kind that PNG writes and nothing else, from
// its bytes: checksums, palette, compressed rows.
func readPNG(data []byte) (*raster, error) {
	rest, ok := bytes.CutPrefix(data, []byte(pngSignature))
	if !ok {
		return nil, errors.New("no PNG signature")
	}
	var r raster
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
		case "IHDR":
			if n != 13 || !bytes.Equal(body[8:], []byte{1, 3, 0, 0, 0}) {
				return nil, errors.New("header is not that of a picture of two colours")
			}
			r.width, r.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
			if r.width < 1 || r.height < 1 || r.width > MaxPixels || r.height > MaxPixels {
				return nil, fmt.Errorf("picture is %d × %d pixels", r.width, r.height)
			}
		case "PLTE":
			if n != 6 {
				return nil, errors.New("palette has not two colours")
			}
			r.light, r.dark = Color{body[0], body[1], body[2]}, Color{body[3], body[4], body[5]}
		case "IDAT":
			if err := r.inflate(body); err != nil {
				return nil, err
			}
		case "IEND":
			if len(rest) != 0 || len(r.bands) == 0 {
				return nil, errors.New("end is not at the end")
			}
			return &r, nil
		}
	}
	return nil, errors.New("end is missing")
}

// inflate reads the rows of a picture that has all its data in one chunk.
func (r *raster) inflate(data []byte) error {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	height := r.height
	r.height = 0
	line := make([]byte, 1+(r.width+7)/8)
	for range height {
		if _, err := io.ReadFull(z, line); err != nil {
			return err
		}
		if line[0] != filterNone {
			return fmt.Errorf("row has filter %d", line[0])
		}
		r.add(line[1:])
	}
	if n, err := z.Read(line); n != 0 || err != io.EOF {
		return errors.New("data goes on after the last row")
	}
	return nil
}

// readSVG draws an SVG of the kind that Symbol.SVG writes and nothing else,
// one pixel a unit of its viewBox. It reads the document's text, not the
// symbol, and refuses whatever it does not know.
func readSVG(data []byte) (*raster, error) {
	text := string(data)
	box, _, ok := between(text, ` viewBox="0 0 `, `"`)
	number, _, _ := strings.Cut(box, " ")
	side, err := strconv.Atoi(number)
	if !ok || err != nil || side < 1 || side > MaxPixels || box != fmt.Sprintf("%d %d", side, side) {
		return nil, fmt.Errorf("viewBox %q is not understood", box)
	}
	shapes := text[max(0, strings.LastIndex(text, "<rect")):]
	rect := fmt.Sprintf(`<rect width="%d" height="%d" fill="`, side, side)
	light, shapes, ok1 := between(shapes, rect, `"/>`)
	dark, shapes, ok2 := between(shapes, `<path fill="`, `"`)
	path, end, ok3 := between(shapes, ` d="`, `"`)
	if !ok1 || !ok2 || !ok3 || end != "/></svg>\n" {
		return nil, errors.New("shapes are not understood")
	}
	r := &raster{width: side}
	if r.light, err = ParseColor(light); err != nil {
		return nil, err
	}
	if r.dark, err = ParseColor(dark); err != nil {
		return nil, err
	}
	stride := (side + 7) / 8
	pix := make([]byte, stride*side)
	for path != "" {
		var run run
		if run, path, err = nextRun(path); err != nil {
			return nil, err
		}
		if run.x+run.length > side || run.y >= side {
			return nil, fmt.Errorf("run %v is outside the picture", run)
		}
		for x := run.x; x < run.x+run.length; x++ {
			pix[run.y*stride+x>>3] |= 0x80 >> (x & 7)
		}
	}
	for y := range side {
		r.add(pix[y*stride:][:stride])
	}
	return r, nil
}

// between cuts text after its first start and then before the next end.
func between(text, start, end string) (inside, after string, ok bool) {
	if _, text, ok = strings.Cut(text, start); !ok {
		return "", "", false
	}
	return strings.Cut(text, end)
}

// run is length dark pixels in row y from column x.
type run struct{ x, y, length int }

// nextRun reads one "M4 4h7v1h-7z" from the front of a path.
func nextRun(path string) (r run, rest string, err error) {
	var back int
	rest = path
	for _, step := range [...]struct {
		command string
		number  *int
	}{{"M", &r.x}, {" ", &r.y}, {"h", &r.length}, {"v1h-", &back}} {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, step.command); !ok {
			return r, "", errors.New("path is not understood")
		}
		n := 0
		for n < len(rest) && n < 5 && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if *step.number, err = strconv.Atoi(rest[:n]); err != nil {
			return r, "", err
		}
		rest = rest[n:]
	}
	rest, ok := strings.CutPrefix(rest, "z")
	if !ok || back != r.length || back == 0 {
		return r, "", errors.New("path has an open rectangle")
	}
	return r, rest, nil
}
