package qr

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"

	"qrgen/internal/errs"
)

// What a logo's file may be.
const (
	MaxLogoBytes  = 1 << 20
	MaxLogoPixels = 4_000_000

	// logoSide is the longest side that is kept, in pixels: 500 dots an inch
	// on a poster's symbol 12 cm wide.
	logoSide = 512
)

// Logo is a picture for the middle of a symbol. It never changes.
type Logo struct {
	png    []byte
	hash   string
	pixels *image.NRGBA
}

// PNG is the logo's file, to be stored and given to OpenLogo later. It must
// not be changed.
func (l *Logo) PNG() []byte { return l.png }

// Hash names the logo by its content: 64 hexadecimal digits.
func (l *Logo) Hash() string { return l.hash }

// Size is the width and height in pixels.
func (l *Logo) Size() (width, height int) {
	return l.pixels.Rect.Dx(), l.pixels.Rect.Dy()
}

// ParseLogo reads a PNG or JPEG that somebody uploaded, whatever its name: up
// to MaxLogoBytes and MaxLogoPixels, which is checked before anything is
// unpacked. The picture is turned as its camera meant it, made smaller where
// it is larger than any print needs, and written anew, so that nothing of the
// file but its picture gets into our files. Whatever is wrong is Invalid on
// the field "logo".
func ParseLogo(data []byte) (*Logo, error) {
	decode, refusal := logoDecoder(data)
	if refusal != "" {
		return nil, errs.InvalidField("logo", refusal)
	}
	picture, err := decode()
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: logoBroken, Fields: []errs.Field{{Name: "logo", Message: logoBroken}}, Err: err}
	}
	upright := orient(picture, orientation(data))
	size := upright.Rect.Size()
	if longest := max(size.X, size.Y); longest > logoSide {
		upright = resample(upright, max(1, size.X*logoSide/longest), max(1, size.Y*logoSide/longest))
	}
	if !anyOpaque(upright) {
		return nil, errs.InvalidField("logo", "This picture is transparent all over. Choose another one.")
	}
	var out bytes.Buffer
	if err := png.Encode(&out, upright); err != nil {
		return nil, fmt.Errorf("write the logo: %w", err)
	}
	return newLogo(out.Bytes(), upright), nil
}

const logoBroken = "This picture is damaged or incomplete. Save it again as PNG or JPEG and upload that."

// OpenLogo takes a file that Logo.PNG gave. Its bytes stay as they are, so
// that symbols with it do, too. Logos in use are remembered.
func OpenLogo(file []byte) (*Logo, error) {
	sum := sha256.Sum256(file)
	return logos.get(string(sum[:]), func() (*Logo, error) {
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			return nil, fmt.Errorf("read the stored logo: %w", err)
		}
		return newLogo(file, straight(picture)), nil
	})
}

func newLogo(file []byte, pixels *image.NRGBA) *Logo {
	sum := sha256.Sum256(file)
	return &Logo{png: file, hash: hex.EncodeToString(sum[:]), pixels: pixels}
}

// logoDecoder finds out what the file is, or why we don't take it, in words
// for people.
func logoDecoder(data []byte) (decode func() (image.Image, error), refusal string) {
	if len(data) > MaxLogoBytes {
		return nil, fmt.Sprintf("This file has %.1f MiB, and a logo may have 1 MiB. Make the picture smaller: %d pixels a side are enough.",
			float64(len(data))/(1<<20), logoSide)
	}
	const moving = "This may be a moving picture, and a printed logo cannot move. Save one frame as PNG and upload that."
	var config image.Config
	var err error
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	switch kind {
	case "image/png":
		if bytes.Contains(data[:min(len(data), 1024)], []byte("acTL")) {
			return nil, moving
		}
		config, err = png.DecodeConfig(bytes.NewReader(data))
		decode = func() (image.Image, error) { return png.Decode(bytes.NewReader(data)) }
	case "image/jpeg":
		config, err = jpeg.DecodeConfig(bytes.NewReader(data))
		decode = func() (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) }
	case "image/gif":
		return nil, moving
	default:
		return nil, "A logo is a PNG or JPEG picture. This file is " + plainKind(data, kind) + ", whatever its name says. Save the logo as PNG and upload that."
	}
	switch {
	case err != nil:
		return nil, logoBroken
	case config.Width < 1 || config.Height < 1 || config.Width > MaxLogoPixels/config.Height:
		return nil, fmt.Sprintf("This picture has %d × %d pixels, and a logo may have 4 million. Make it smaller: %d pixels a side are enough.",
			config.Width, config.Height, logoSide)
	}
	return decode, ""
}

// plainKind names a file for people.
func plainKind(data []byte, kind string) string {
	switch {
	case len(data) == 0:
		return "an empty file"
	case bytes.Contains(data[:min(len(data), 1024)], []byte("<svg")):
		return "an SVG drawing"
	case kind == "text/html" || kind == "text/xml":
		return "a web page"
	case kind == "application/octet-stream":
		return "something else"
	}
	return kind
}

// anyOpaque says whether there is anything to see.
func anyOpaque(m *image.NRGBA) bool {
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] > 0 {
			return true
		}
	}
	return false
}
