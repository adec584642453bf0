package qr

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// parseSVG reads the document with encoding/xml, which takes only well-formed
// XML, and gives the text of each element and the attributes of the root.
func parseSVG(t testing.TB, data []byte) (texts, root map[string]string) {
	t.Helper()
	texts, root = map[string]string{}, map[string]string{}
	d := xml.NewDecoder(strings.NewReader(string(data)))
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, root
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, data)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) == 0 {
				for _, a := range token.Attr {
					root[a.Name.Local] = a.Value
				}
			}
			open = append(open, token.Name.Local)
			texts[token.Name.Local] += ""
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				texts[open[len(open)-1]] += string(token)
			}
		}
	}
}

func TestSVGSizes(t *testing.T) {
	t.Parallel()
	plain := drawn(t, mustEncode(t, shortURL, M), DefaultStyle())
	pixels, _ := Pixels(500)
	mm, _ := Millimetres(52.5, 300)
	huge, _ := Millimetres(2000, 1200) // too much for a PNG, nothing for an SVG
	for want, size := range map[string]Size{"33mm": {}, "500": pixels, "52.5mm": mm, "2000mm": huge} {
		data := svgOf(t, mustEncode(t, shortURL, M), DefaultStyle(), size, "", "")
		if err := reads(t, data, FormatSVG, shortURL, plain); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		texts, root := parseSVG(t, data)
		if root["width"] != want || root["height"] != want {
			t.Errorf("width %q, height %q, want %q", root["width"], root["height"], want)
		}
		if root["viewBox"] != "0 0 33 33" || root["role"] != "img" || root["shape-rendering"] != "crispEdges" ||
			root["xmlns"] != "http://www.w3.org/2000/svg" {
			t.Errorf("root has %v", root)
		}
		if len(texts) != 3 { // svg, rect, path
			t.Errorf("elements %v", texts)
		}
	}
}

func TestSVGTextIsOnlyText(t *testing.T) {
	t.Parallel()
	plain := drawn(t, mustEncode(t, shortURL, M), DefaultStyle())
	for in, want := range map[string]string{
		"Library":                              "Library",
		"  spaced \n":                          "spaced",
		`</title><script>alert(1)</script>`:    `</title><script>alert(1)</script>`,
		`"><img src=x onerror=alert(1)>`:       `"><img src=x onerror=alert(1)>`,
		"<![CDATA[ ]]> <!-- --> <?x?> &amp; &": "<![CDATA[ ]]> <!-- --> <?x?> &amp; &",
		"nul\x00bell\x07esc\x1bdel\x7f":        "nulbellescdel\x7f",
		"bad\xffutf8":                          "bad\uFFFDutf8",
		"non\ufffe\uffffcharacter":             "noncharacter",
		"\u202eRTL\u202c שלום 漢字 🎉":            "\u202eRTL\u202c שלום 漢字 🎉",
		"\x00\x01":                             "",
		`<rect width="33" height="33" fill="#000000"/><path d="`: `<rect width="33" height="33" fill="#000000"/><path d="`,
		` viewBox="0 0 1 1"`: `viewBox="0 0 1 1"`,
	} {
		data := svgOf(t, mustEncode(t, shortURL, M), DefaultStyle(), Size{}, in, in)
		texts, _ := parseSVG(t, data)
		if texts["title"] != want || texts["desc"] != want {
			t.Errorf("title %q becomes %q and %q", in, texts["title"], texts["desc"])
		}
		if !utf8.Valid(data) {
			t.Errorf("title %q: not UTF-8", in)
		}
		for name := range texts {
			if !strings.Contains("svg title desc rect path", name) {
				t.Errorf("title %q makes an element %q", in, name)
			}
		}
		if err := reads(t, data, FormatSVG, shortURL, plain); err != nil {
			t.Errorf("title %q: %v", in, err)
		}
	}
}

func TestSVGGateSeesTheFile(t *testing.T) {
	t.Parallel()
	plain := drawn(t, mustEncode(t, shortURL, M), DefaultStyle())
	good := string(svgOf(t, mustEncode(t, shortURL, M), DefaultStyle(), Size{}, "", ""))
	for name, bad := range map[string]string{
		"other content":  string(svgOf(t, mustEncode(t, shortURL+"X", M), DefaultStyle(), Size{}, "", "")),
		"empty path":     good[:strings.Index(good, ` d="`)] + " d=\"\"/></svg>\n",
		"shifted rows":   strings.ReplaceAll(good, " 12h", " 13h"),
		"wrong width":    strings.Replace(good, "v1h-7z", "v1h-6z", 1),
		"open":           strings.Replace(good, "h-7z", "h-7", 1),
		"outside":        strings.Replace(good, "M4 4h", "M30 4h", 1),
		"curve":          strings.Replace(good, "M4 4", "C4 4", 1),
		"no colour":      strings.ReplaceAll(good, "#000000", "black"),
		"nothing to see": strings.ReplaceAll(good, "#000000", "#ffffff"),
		"more shapes":    strings.Replace(good, "</svg>", "<rect/></svg>", 1),
		"no viewBox":     strings.Replace(good, "viewBox", "viewbox", 1),
		"odd viewBox":    strings.Replace(good, "0 0 33 33", "0 0 33 34", 1),
		"cut":            good[:200],
		"nothing":        "",
	} {
		if err := reads(t, []byte(bad), FormatSVG, shortURL, plain); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}
