package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/webp"
)

// readPicture reads back a JPEG or WebP with libraries that share no code with
// our writers.
func readPicture(data []byte, format Format, modules, high int, paper Color) (*view, error) {
	decode := jpeg.Decode
	if format == FormatWebP {
		decode = webp.Decode
	}
	picture, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	width, height := picture.Bounds().Dx(), picture.Bounds().Dy()
	if width < modules || width > MaxPixels || height > MaxPixels {
		return nil, fmt.Errorf("picture is %d × %d pixels", width, height)
	}
	v := newView(width, modules, high, viewModule)
	row := make([]byte, width)
	for y := range height {
		switch m := picture.(type) {
		case *image.Gray:
			row = m.Pix[y*m.Stride:][:width]
		case *image.YCbCr:
			row = m.Y[y*m.YStride:][:width] // luma is what a camera sees without colour
		case *image.NRGBA:
			grayRow(row, m.Pix[y*m.Stride:][:4*width], paper)
		default:
			return nil, fmt.Errorf("picture is a %T", picture)
		}
		v.add(row, 1)
	}
	return v, nil
}
