package qr

import (
	"crypto/sha256"
	"encoding/hex"

	"qrgen/internal/errs"
)

// Format is a kind of file. The zero value is FormatSVG.
type Format uint8

// The formats.
const (
	FormatSVG Format = iota
	FormatPNG
)

// Formats lists the formats.
func Formats() []Format { return []Format{FormatSVG, FormatPNG} }

// ParseFormat reads "svg" or "png". Anything else is Invalid on the field
// "format".
func ParseFormat(s string) (Format, error) {
	switch s {
	case "svg":
		return FormatSVG, nil
	case "png":
		return FormatPNG, nil
	}
	return 0, errs.InvalidField("format", "Choose the format svg or png.")
}

// String gives "svg" or "png", which is also the extension of a file's name.
func (f Format) String() string {
	if f == FormatPNG {
		return "png"
	}
	return "svg"
}

// ContentType is the media type.
func (f Format) ContentType() string {
	if f == FormatPNG {
		return "image/png"
	}
	return "image/svg+xml"
}

// Image is a finished file that has been read back. Data must not be changed.
type Image struct {
	Data        []byte
	ContentType string
	ETag        string // strong, with its quotes; the same for the same Data
	Width       int    // pixels, 0 for an SVG
	Symbol      *Symbol
}

// Render makes the file for a content: it encodes, draws, reads the file's
// bytes back with an independent decoder and hands them out only if they say
// the content. Errors are those of Style.Check, Encode and Symbol.PNG, and
// Invalid for a file that does not read. Title and desc are for SVG. The same
// input gives the same bytes.
func Render(content string, style Style, format Format, size Size, title, desc string) (Image, error) {
	if err := style.Check(); err != nil {
		return Image{}, err
	}
	symbol, err := symbols.symbol(content, style.Level)
	if err != nil {
		return Image{}, err
	}
	image := Image{ContentType: format.ContentType(), Symbol: symbol}
	if format == FormatPNG {
		if image.Data, err = symbol.PNG(style, size); err != nil {
			return Image{}, err
		}
		image.Width, _ = size.width()
	} else {
		image.Data = symbol.SVG(style, size, title, desc)
	}
	if err := verifyFile(image.Data, format, content); err != nil {
		return Image{}, errs.Wrap(errs.Invalid,
			"This code did not read back in our own test, so it is not handed out. "+
				"Try black on white, another error correction level or another size.", err)
	}
	sum := sha256.Sum256(image.Data)
	image.ETag = `"` + hex.EncodeToString(sum[:16]) + `"`
	return image, nil
}
