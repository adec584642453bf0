package handlers_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// decode reads a PNG as a phone would.
func decode(t *testing.T, data string) string {
	t.Helper()
	picture := picture(t, data)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, hint := range []gozxing.DecodeHintType{gozxing.DecodeHintType_PURE_BARCODE, gozxing.DecodeHintType_TRY_HARDER} {
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{hint: true})
		if err == nil {
			return result.GetText()
		}
		last = err
	}
	t.Fatal(last)
	return ""
}

func picture(t *testing.T, data string) image.Image {
	t.Helper()
	picture, err := png.Decode(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestImagesHoldWhatTheyMust(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dynamicCode := s.Create(dynamic("short_id", "open-day", "level", "H", "dark", "#003366", "light", "#ffffee"))
	staticCode := s.Create(static("content", "Straße 5\nRoom é"))
	for _, path := range []string{codePath(dynamicCode, "/image.png"), codePath(dynamicCode, "/image.png?size=300&quiet_zone=1"), codePath(dynamicCode, "/image.png?mm=20&dpi=600")} {
		if got := decode(t, s.Get(path).Body); got != "HTTPS://QR.EXAMPLE.EDU/R/OPEN-DAY" {
			t.Errorf("%s says %q", path, got)
		}
	}
	if got := decode(t, s.Get(codePath(staticCode, "/image.png")).Body); got != "Straße 5\nRoom é" {
		t.Errorf("the static code says %q", got)
	}
	// The size is as asked for, in pixels or at a resolution.
	for query, width := range map[string]int{"": 1024, "?size=333": 333, "?mm=25.4&dpi=300": 300, "?mm=25,4&dpi=600": 600, "?mm=25.4": 300, "?size=10000": 10000} {
		r := s.Get(codePath(dynamicCode, "/image.png"+query))
		config, err := png.DecodeConfig(strings.NewReader(r.Body))
		if err != nil || config.Width != width || config.Height != width || r.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %d × %d, %v, %s", query, config.Width, config.Height, err, r.Header.Get("Content-Type"))
		}
	}
	svg := s.Get(codePath(dynamicCode, "/image.svg?mm=30"))
	if svg.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(svg.Body, `width="30mm"`) || !strings.Contains(svg.Body, "#003366") {
		t.Errorf("SVG: %.300s", svg.Body)
	}
	// The numbers of the pixels depend on the millimetres: 1.0 and 1,0 are one.
	if a, b := s.Get(codePath(dynamicCode, "/image.svg?mm=30")), s.Get(codePath(dynamicCode, "/image.svg?mm=30,0")); a.Body != b.Body || a.Header.Get("ETag") != b.Header.Get("ETag") {
		t.Error("30 and 30,0 mm differ")
	}
}

func TestSVGIsXMLWithATitle(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, title := range []string{"Library & <Museum>", "\"'", "\ufffe x \uffff", "مرحبا"} {
		body := s.Get(codePath(s.Create(dynamic("title", title)), "/image.svg")).Body
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%q: %v in %s", title, err, body)
			}
		}
	}
}

func TestImageRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	for query, message := range map[string]string{
		"png?size=15":         "16 to 10,000",
		"png?size=10001":      "16 to 10,000",
		"png?size=-1":         "16 to 10,000",
		"png?size=big":        "whole number",
		"png?size=1e3":        "whole number",
		"png?size=16":         "too small",
		"svg?mm=4":            "5 to 2,000",
		"svg?mm=2001":         "5 to 2,000",
		"svg?mm=NaN":          "number of millimetres",
		"svg?mm=Inf":          "5 to 2,000",
		"svg?mm=wide":         "number of millimetres",
		"png?mm=30&dpi=71":    "72 to 1,200",
		"png?mm=30&dpi=1201":  "72 to 1,200",
		"png?mm=30&dpi=x":     "whole number",
		"png?mm=2000&dpi=300": "lower resolution",
		"png?dpi=300":         "add mm",
		"png?size=512&mm=30":  "not both",
		"svg?quiet_zone=41":   "0 to 40",
		"svg?quiet_zone=-1":   "0 to 40",
		"svg?quiet_zone=wide": "whole number",
		"png?size=%ff":        "whole number",
	} {
		s.Request("GET", codePath(id, "/image."+query+"&download=1"), nil, http.StatusUnprocessableEntity).Has(message)
	}
	s.Request("GET", codePath(id, "/image.gif"), nil, http.StatusNotFound)
	s.Request("GET", codePath(id, "/image"), nil, http.StatusNotFound)
	if c := s.Code(id).Code; c.PrintedAt != nil {
		t.Error("a refused download was noted as one")
	}
	s.Get(codePath(id, "/image.svg?size=&mm=&dpi=&quiet_zone=")) // an empty form asks for nothing
}

func TestImageETags(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	for _, path := range []string{codePath(id, "/image.svg"), codePath(id, "/image.png?size=300")} {
		r := s.Get(path)
		etag := r.Header.Get("ETag")
		if !strings.HasPrefix(etag, `"`) || r.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: ETag %s, Cache-Control %s", path, etag, r.Header.Get("Cache-Control"))
		}
		for _, match := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
			if r := s.Request("GET", path, nil, http.StatusNotModified, header("If-None-Match", match)); r.Body != "" || r.Header.Get("ETag") != etag {
				t.Errorf("%s: 304 with %q", path, r.Body)
			}
		}
		s.Get(path, header("If-None-Match", `"other"`))
		s.Post(codePath(id, ""), form("target_url", "https://new.example.edu/"+etag[1:5]))
		if s.Get(path).Header.Get("ETag") != etag {
			t.Error("another target made another image: the printed code must stay the same")
		}
	}
	svg := codePath(id, "/image.svg")
	before := s.Get(svg).Header.Get("ETag")
	s.Post(codePath(id, ""), form("dark", "#112233"))
	s.Get(svg, header("If-None-Match", before))
}

func TestDownloadNames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	for title, want := range map[string]string{
		"Library, ground floor!": "library-ground-floor-open-day.svg",
		"Über uns – 漢字":          "über-uns-漢字-open-day.svg",
		"../../etc/passwd":       "etc-passwd-open-day.svg",
		"con":                    "con-open-day.svg",
		"\"; filename=evil.exe":  "filename-evil-exe-open-day.svg",
		"re\u0301sume\u0301":     "re\u0301sume\u0301-open-day.svg",
		"💥":                      "qr-open-day.svg",
		"हिन्दी":                 "हिन्दी-open-day.svg",
	} {
		s.Post(codePath(id, ""), form("title", title))
		if got := downloadName(t, s.Get(codePath(id, "/image.svg?download=1"))); got != want {
			t.Errorf("%q is downloaded as %q, want %q", title, got, want)
		}
		if s.Get(codePath(id, "/image.svg")).Header.Get("Content-Disposition") != "" {
			t.Error("an image on a page is a download")
		}
	}
	id = s.Create(static("title", strings.Repeat("漢", 100)))
	got := downloadName(t, s.Get(codePath(id, "/image.png?download=1")))
	if len(got) > 200 || !utf8.ValidString(got) || !strings.HasSuffix(got, "-2.png") {
		t.Errorf("a long title makes a name of %d bytes: %s", len(got), got)
	}
}

func downloadName(t *testing.T, r *reply) string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" {
		t.Errorf("Content-Disposition %q: %v", r.Header.Get("Content-Disposition"), err)
	}
	return params["filename"]
}

// HEAD says what GET would, over a real connection.
func TestImageHead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic())
	web := s.Listen()
	var headers []http.Header
	for _, method := range []string{"GET", "HEAD"} {
		request, err := http.NewRequestWithContext(t.Context(), method, web.URL+codePath(id, "/image.png?size=300&download=1"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := web.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || (body.Len() > 0) != (method == "GET") {
			t.Errorf("%s: %s with %d bytes", method, response.Status, body.Len())
		}
		headers = append(headers, response.Header)
	}
	for _, name := range []string{"ETag", "Content-Type", "Content-Disposition", "Content-Length"} {
		if headers[0].Get(name) != headers[1].Get(name) {
			t.Errorf("%s: GET %q, HEAD %q", name, headers[0].Get(name), headers[1].Get(name))
		}
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 1 {
		t.Errorf("%d downloads in the history, want the GET alone", n)
	}
}
