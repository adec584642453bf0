// Package corpus makes many different symbol files and has programs that
// others wrote read them: zbar, ZXing-C++ and the npm package qr. It is the proof of what
// the grades of internal/qr promise; nothing of the product needs it.
package corpus

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"

	"qrgen/internal/qr"
)

// letters are what random contents are made of: one alphabet or a mixture.
var letters = [][]rune{
	[]rune("0123456789"),
	[]rune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"),
	[]rune("abcdefghijklmnopqrstuvwxyzABC0123456789-._~:/?#[]@!$&'()*+,;=% "),
	[]rune("äöüßéèñçøåÆŁžΩπдежя "),
	[]rune("漢字かなカナ한국어中文"),
	[]rune("שלוםمرحباไทยहिन्दी"),
	[]rune("😀🎉👩\u200d💻🇨🇭❤️🏳️\u200d🌈"),
	[]rune("aé漢😀0A"),
}

// kinds are the payloads that codes hold, with a place for random text.
var kinds = []string{
	"%s",
	"HTTPS://QR.EXAMPLE.EDU/R/7K3QX9AB",
	"https://www.example.edu/rooms?q=%s",
	"WIFI:T:WPA;S:%s;P:geheim;;",
	"BEGIN:VCARD\r\nVERSION:3.0\r\nN:%s;Ada\r\nFN:Ada\r\nTEL:+4930123456\r\nEND:VCARD",
	"MECARD:N:%s;TEL:+4930123456;;",
	"mailto:office@example.edu?subject=%s",
	"SMSTO:+4930123456:%s",
	"tel:+4930123456",
	"geo:52.5200,13.4050?q=%s",
	"BEGIN:VEVENT\r\nSUMMARY:%s\r\nDTSTART:20270120T090000Z\r\nDTEND:20270120T170000Z\r\nEND:VEVENT",
}

// Sample gives the nth request: always the same one. One in forty is long.
func Sample(n int) qr.Request {
	r := rand.New(rand.NewPCG(2026, uint64(n)))
	formats := qr.Formats()
	request := qr.Request{
		Content: content(r, n), Style: style(r, n), Format: formats[n%len(formats)],
		Size: size(r, n), Title: "Sample", Desc: "Sample",
	}
	if r.IntN(6) == 0 {
		request.Below = []string{"Größe & Café", "qr.example.edu/r/7k3qx9ab"}
	}
	return request
}

func content(r *rand.Rand, n int) string {
	alphabet := letters[r.IntN(len(letters))]
	length := 1 + r.IntN(25)
	if n%40 == 0 {
		length = 100 + r.IntN(300)
	}
	var b strings.Builder
	for range length {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	kind := kinds[r.IntN(len(kinds))]
	if !strings.Contains(kind, "%s") {
		return kind
	}
	// Scanners trim what they show, and so would hide a difference.
	return fmt.Sprintf(kind, strings.TrimSpace(b.String())+"x")
}

func style(r *rand.Rand, n int) qr.Style {
	s := qr.DefaultStyle()
	s.Level = qr.Level(n / 6 % 4)
	s.AutoLevel = r.IntN(8) == 0
	if r.IntN(3) == 0 {
		s.QuietZone = []int{0, 1, 2, 3, 8, 40}[r.IntN(6)]
	}
	if r.IntN(3) == 0 {
		s.Dark = qr.Color{R: uint8(r.UintN(140)), G: uint8(r.UintN(120)), B: uint8(r.UintN(180))}
		s.Light = qr.Color{R: uint8(180 + r.UintN(76)), G: uint8(180 + r.UintN(76)), B: uint8(180 + r.UintN(76))}
	}
	if r.IntN(2) == 0 {
		s.Modules, s.Finders = qr.Shape(r.IntN(3)), qr.Shape(r.IntN(3))
	}
	s.Transparent = r.IntN(5) == 0
	if r.IntN(5) == 0 {
		s.Logo = logo(r)
	}
	if r.IntN(6) == 0 {
		s.Caption = "Scan me"
	}
	return s
}

// size asks for files of shapes with 0.7 to 1.5 mm a module, more or less, and
// for pictures from 100 to 700 pixels.
func size(r *rand.Rand, n int) qr.Size {
	var s qr.Size
	var err error
	switch r.IntN(3) {
	case 0:
		return s
	case 1:
		s, err = qr.Pixels(100 + r.IntN(600))
	default:
		s, err = qr.Millimetres(20+float64(r.IntN(500))/10, []int{150, 200, 300}[r.IntN(3)])
	}
	if err != nil {
		panic(fmt.Sprintf("size of sample %d: %v", n, err))
	}
	return s
}

// logo draws a disc of a random colour, a third of them on nothing.
func logo(r *rand.Rand) *qr.Logo {
	side := 20 + r.IntN(100)
	m := image.NewNRGBA(image.Rect(0, 0, side, side*(1+r.IntN(3))/2))
	c := color.NRGBA{uint8(r.UintN(256)), uint8(r.UintN(256)), uint8(r.UintN(256)), 255}
	ground := color.NRGBA{255, 255, 255, uint8(255 * min(1, r.IntN(3)))}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w {
			dx, dy := 2*x-w, 2*y-h
			if dx*dx*h*h+dy*dy*w*w < w*w*h*h {
				m.SetNRGBA(x, y, c)
			} else {
				m.SetNRGBA(x, y, ground)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	l, err := qr.ParseLogo(b.Bytes())
	if err != nil {
		panic(err)
	}
	return l
}
