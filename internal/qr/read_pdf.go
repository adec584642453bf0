package qr

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// readPDF reads back a PDF of the kind that Drawing.pdf writes and nothing
// else: its page must be filled by the drawing exactly.
func readPDF(data []byte, width, height int32, paper Color) (*Drawing, error) {
	text := string(data)
	box, _, ok := between(text, "/MediaBox[0 0 ", "]")
	content, _, ok2 := between(text, "stream\nq ", "endstream")
	frame, content, ok3 := strings.Cut(content, " cm\n")
	if !ok || !ok2 || !ok3 || !strings.HasSuffix(text, "%%EOF\n") {
		return nil, errors.New("page is not understood")
	}
	var pageWidth, pageHeight, sx, sy, x, y float64
	if _, err := fmt.Sscanf(box+" "+frame, "%g %g %g 0 0 %g %g %g", &pageWidth, &pageHeight, &sx, &sy, &x, &y); err != nil {
		return nil, fmt.Errorf("frame %q is not understood", abridge(frame))
	}
	d := &Drawing{width: width, height: height, light: paper}
	if !d.fills(pageWidth, pageHeight, sx, sy, x, y) {
		return nil, fmt.Errorf("drawing does not fill the page of %g × %g points", pageWidth, pageHeight)
	}
	rest, err := d.readOperators(content)
	if err != nil {
		return nil, err
	}
	rest, ok = strings.CutPrefix(rest, "Q\n")
	if !ok {
		return nil, errors.New("page has more than the drawing")
	}
	if rest == "\n" {
		return d, nil
	}
	return d, d.readPDFLogo(text, rest, sx, pageHeight)
}

// readPDFLogo reads "q w 0 0 h x y cm /I5 Do Q" and the picture of that name.
func (d *Drawing) readPDFLogo(text, operators string, scale, pageHeight float64) error {
	var w, h, x, y float64
	var number int
	if _, err := fmt.Sscanf(operators, "q %g 0 0 %g %g %g cm /I%d Do Q", &w, &h, &x, &y, &number); err != nil {
		return fmt.Errorf("picture %q is not understood", abridge(operators))
	}
	units := func(points float64) int32 { return int32(math.Round(points / scale * unit)) }
	d.logoBox = box{x: units(x), y: units(pageHeight - y - h), width: units(w), height: units(h)}
	rgb, dict, err := pdfStream(text, number)
	if err != nil {
		return err
	}
	var width, height, mask int
	if _, err := fmt.Sscanf(dict[strings.Index(dict, "/Width"):], "/Width %d/Height %d", &width, &height); err != nil {
		return err
	}
	var alpha []byte
	if _, ref, ok := strings.Cut(dict, "/SMask "); ok {
		if _, err := fmt.Sscanf(ref, "%d 0 R", &mask); err != nil {
			return err
		}
		if alpha, _, err = pdfStream(text, mask); err != nil {
			return err
		}
	}
	d.logo, err = logoOfPixels(width, height, rgb, alpha)
	return err
}

// pdfStream unpacks the stream of an object.
func pdfStream(text string, number int) (data []byte, dict string, err error) {
	_, object, ok := strings.Cut(text, fmt.Sprintf("\n%d 0 obj\n", number))
	dict, object, ok2 := strings.Cut(object, "\nstream\n")
	_, size, ok3 := strings.Cut(dict, "/Length ")
	if !ok || !ok2 || !ok3 {
		return nil, "", fmt.Errorf("object %d is missing", number)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(size, ">>"))
	if err != nil || n > len(object) {
		return nil, "", fmt.Errorf("object %d is cut short", number)
	}
	data, err = unpack([]byte(object[:n]))
	return data, dict, err
}
