package qr

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// readSVG reads back an SVG of the kind that Drawing.svg writes and nothing
// else. It reads the document's text, not the symbol, and refuses whatever it
// does not know.
func readSVG(data []byte, paper Color) (*Drawing, error) {
	text := string(data)
	box, _, ok := between(text, ` viewBox="0 0 `, `"`)
	if !ok {
		return nil, errors.New("viewBox is missing")
	}
	d := &Drawing{light: paper, transparent: true}
	s := &scanner{text: box}
	d.width = s.units()
	s.token(" ")
	d.height = s.units()
	if s.err != nil || s.text != "" || d.width < unit || d.height < unit || d.width%unit != 0 || d.height%unit != 0 || d.width > MaxPixels*unit || d.height > MaxPixels*unit {
		return nil, fmt.Errorf("viewBox %q is not understood", box)
	}
	// Title and desc may say anything, but never with a "<".
	shapes := text[max(0, strings.LastIndex(text, "<path")):]
	head := text[:len(text)-len(shapes)]
	if at := strings.LastIndex(head, "<rect"); at >= 0 {
		rect := `<rect width="` + string(appendUnits(nil, d.width)) + `" height="` + string(appendUnits(nil, d.height)) + `" fill="`
		light, between, ok := between(head[at:], rect, `"/>`)
		if !ok || between != "" {
			return nil, errors.New("background is not understood")
		}
		var err error
		if d.light, err = ParseColor(light); err != nil {
			return nil, err
		}
		d.transparent = false
	}
	dark, shapes, ok1 := between(shapes, `<path fill="`, `" d="`)
	outline, end, ok2 := between(shapes, ``, `"/>`)
	if !ok1 || !ok2 {
		return nil, errors.New("shapes are not understood")
	}
	var err error
	if d.dark, err = ParseColor(dark); err != nil {
		return nil, err
	}
	if d.ink, err = readPathData(outline); err != nil {
		return nil, err
	}
	d.whole = d.ink.whole()
	if end, err = d.readLogo(end); err != nil {
		return nil, err
	}
	if end != "</svg>\n" {
		return nil, fmt.Errorf("end %q is not understood", abridge(end))
	}
	return d, nil
}

// readLogo reads the picture, if there is one, and gives the text after it.
func (d *Drawing) readLogo(text string) (rest string, err error) {
	if !strings.HasPrefix(text, "<image ") {
		return text, nil
	}
	s := &scanner{text: strings.TrimPrefix(text, "<image ")}
	for i, v := range [...]*int32{&d.logoBox.x, &d.logoBox.y, &d.logoBox.width, &d.logoBox.height} {
		s.token([...]string{`x="`, ` y="`, ` width="`, ` height="`}[i])
		*v = s.units()
		s.token(`"`)
	}
	s.token(` preserveAspectRatio="none" xlink:href="data:image/png;base64,`)
	if s.err != nil {
		return "", s.err
	}
	encoded, rest, ok := strings.Cut(s.text, `"/>`)
	if !ok {
		return "", errors.New("picture has no end")
	}
	file, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", err
	}
	d.logo, err = OpenLogo(file)
	return rest, err
}

// between cuts text after its first start and then before the next end.
func between(text, start, end string) (inside, after string, ok bool) {
	if _, text, ok = strings.Cut(text, start); !ok {
		return "", "", false
	}
	return strings.Cut(text, end)
}
