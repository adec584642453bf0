package qr

import (
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readEPS reads back an EPS of the kind that Drawing.eps writes and nothing
// else.
func readEPS(data []byte, width, height int32, paper Color) (*Drawing, error) {
	text := string(data)
	bounds, _, ok := between(text, "\n%%HiResBoundingBox: 0 0 ", "\n")
	_, body, ok2 := strings.Cut(text, epsShort+"gsave qrgen begin\n")
	frame, body, ok3 := strings.Cut(body, " scale\n")
	if !ok || !ok2 || !ok3 || !strings.HasPrefix(text, "%!PS-Adobe-3.0 EPSF-3.0\n") {
		return nil, errors.New("page is not understood")
	}
	var pageWidth, pageHeight, sx, sy, y float64
	if _, err := fmt.Sscanf(bounds+" "+frame, "%g %g 0 %g translate %g %g", &pageWidth, &pageHeight, &y, &sx, &sy); err != nil {
		return nil, fmt.Errorf("frame %q is not understood", abridge(frame))
	}
	d := &Drawing{width: width, height: height, light: paper}
	if !d.fills(pageWidth, pageHeight, sx, sy, 0, y) {
		return nil, fmt.Errorf("drawing does not fill the page of %g × %g points", pageWidth, pageHeight)
	}
	rest, err := d.readOperators(body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(rest, "gsave ") {
		if rest, err = d.readEPSLogo(rest); err != nil {
			return nil, err
		}
	}
	if rest != "end grestore\n%%EOF\n" {
		return nil, fmt.Errorf("end %q is not understood", abridge(rest))
	}
	return d, nil
}

// readEPSLogo reads what appendEPSLogo wrote and gives the text after it.
func (d *Drawing) readEPSLogo(text string) (rest string, err error) {
	s := &scanner{text: strings.TrimPrefix(text, "gsave ")}
	for i, v := range [...]*int32{&d.logoBox.x, &d.logoBox.y, &d.logoBox.width, &d.logoBox.height} {
		*v = s.units()
		s.token(" ")
		if i == 1 {
			s.token("translate ")
		}
	}
	head, encoded, ok := strings.Cut(s.text, "filter>> image\n")
	encoded, rest, ok2 := strings.Cut(encoded, "~>\ngrestore\n")
	_, size, _ := strings.Cut(head, "/Width ")
	var width, height int
	if _, err := fmt.Sscanf(size, "%d /Height %d", &width, &height); err != nil || !ok || !ok2 || s.err != nil {
		return "", errors.Join(errors.New("picture is not understood"), err, s.err)
	}
	packed, err := io.ReadAll(ascii85.NewDecoder(strings.NewReader(encoded)))
	if err != nil {
		return "", err
	}
	rgb, err := unpack(packed)
	if err != nil {
		return "", err
	}
	d.logo, err = logoOfPixels(width, height, rgb, nil)
	return rest, err
}
