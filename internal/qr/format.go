package qr

import "qrgen/internal/errs"

// Format is a kind of file. The zero value is FormatSVG.
type Format uint8

// The formats. SVG, PDF and EPS are made of shapes, the others of pixels.
const (
	FormatSVG Format = iota
	FormatPDF
	FormatPNG
	FormatJPEG
	FormatWebP
	FormatEPS
)

var formats = [...]struct{ extension, contentType string }{
	FormatSVG:  {"svg", "image/svg+xml"},
	FormatPDF:  {"pdf", "application/pdf"},
	FormatPNG:  {"png", "image/png"},
	FormatJPEG: {"jpg", "image/jpeg"},
	FormatWebP: {"webp", "image/webp"},
	FormatEPS:  {"eps", "application/postscript"},
}

// Formats lists all of them, in the order in which people choose.
func Formats() []Format {
	return []Format{FormatSVG, FormatPDF, FormatPNG, FormatJPEG, FormatWebP, FormatEPS}
}

// ParseFormat reads "svg", "pdf", "png", "jpg", "jpeg", "webp" or "eps".
// Anything else is Invalid on the field "format".
func ParseFormat(s string) (Format, error) {
	if s == "jpeg" {
		s = "jpg"
	}
	for i, f := range formats {
		if f.extension == s {
			return Format(i), nil
		}
	}
	return 0, errs.InvalidField("format", "Choose the format svg, pdf, png, jpg, webp or eps.")
}

// String gives the extension of a file's name: "svg", "pdf", "png", "jpg",
// "webp" or "eps".
func (f Format) String() string { return formats[min(f, FormatEPS)].extension }

// ContentType is the media type.
func (f Format) ContentType() string { return formats[min(f, FormatEPS)].contentType }

// Pixels says whether files of the format are made of pixels, so that a size
// on paper needs a resolution.
func (f Format) Pixels() bool { return f == FormatPNG || f == FormatJPEG || f == FormatWebP }
