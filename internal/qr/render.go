package qr

import (
	"crypto/sha256"
	"encoding/hex"

	"qrgen/internal/errs"
)

// Request is everything that decides about a file. The same request gives the
// same bytes, always and everywhere.
type Request struct {
	Content     string
	Style       Style
	Format      Format
	Size        Size
	Title, Desc string   // the text alternative, in formats that hold one
	Below       []string // lines of text below the symbol: the name, the short address
}

// Image is a finished file that has been read back. Data must not be changed.
type Image struct {
	Data          []byte
	ContentType   string
	ETag          string // strong, with its quotes; the same for the same Data
	SHA256        string // of Data, in hexadecimal: what a receipt names the file by
	Width, Height int    // pixels; 0 for SVG, PDF and EPS
	Symbol        *Symbol
	Report        Report // how well it reads
	LogoTakes     int    // percent of the error correction that the logo uses up, in the worst block
}

// Render gives the file that the request asks for. Files in use are
// remembered, in bounded memory; see render for how they are made.
func Render(r Request) (Image, error) {
	return images.get(r.key(), r.render)
}

// render makes a file: it encodes, draws, reads the file's bytes back with an
// independent decoder, tries how much the picture bears and hands it out only
// if it reads. Errors are those of Style.Check, Encode, Draw and the size, and
// Invalid on the field "style" for a file of grade D; then the image has the
// Report and no Data.
func (r Request) render() (Image, error) {
	if err := r.Style.Check(); err != nil {
		return Image{}, err
	}
	symbol, err := r.Style.Symbol(r.Content)
	if err != nil {
		return Image{}, err
	}
	drawing, err := Draw(symbol, r.Style, r.Below)
	if err != nil {
		return Image{}, err
	}
	image, err := drawing.file(r)
	if err != nil {
		return Image{}, err
	}
	image.Symbol, image.LogoTakes = symbol, drawing.burden
	if image.Report = examine(image.Data, r.Format, r.Size, &drawing, r.Content); image.Report.Grade == GradeD {
		image.Data = nil
		return image, &errs.Error{Kind: errs.Invalid, Message: refused, Fields: []errs.Field{{Name: "style", Message: refused}}, Err: image.Report.err}
	}
	sum := sha256.Sum256(image.Data)
	image.SHA256 = hex.EncodeToString(sum[:])
	image.ETag = `"` + image.SHA256[:32] + `"`
	return image, nil
}

const refused = "This code did not read back in our own test, so it is not handed out. " +
	"Try stronger colours, square shapes, a smaller logo or a larger size."

// Write draws a symbol and gives the file's bytes without the gate: for
// measuring, and for sheets whose symbols have passed it.
func Write(s *Symbol, r Request) ([]byte, error) {
	d, err := Draw(s, r.Style, r.Below)
	if err != nil {
		return nil, err
	}
	image, err := d.file(r)
	return image.Data, err
}

// file writes the drawing in the request's format.
func (d *Drawing) file(r Request) (Image, error) {
	image := Image{ContentType: r.Format.ContentType()}
	var err error
	switch r.Format {
	case FormatSVG:
		image.Data = d.svg(r.Size, r.Title, r.Desc)
		return image, nil
	case FormatPDF:
		image.Data, err = d.pdf(r.Size, r.Title)
		return image, err
	case FormatEPS:
		image.Data = d.eps(r.Size, r.Title)
		return image, nil
	}
	c, err := d.canvas(r.Size)
	if err != nil {
		return Image{}, err
	}
	image.Width, image.Height = c.width, c.height
	switch r.Format {
	case FormatJPEG:
		image.Data = c.jpeg(r.Size)
	case FormatWebP:
		image.Data = c.webp()
	default:
		image.Data = c.png(r.Size)
	}
	return image, nil
}
