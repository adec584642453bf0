package corpus

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // for image.Decode
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/image/draw"

	"qrgen/internal/qr"
)

// Tools are the programs that Picture and the decoders need.
func Tools() []string {
	return []string{"zbarimg", "ZXingReader", "node", "rsvg-convert", "pdftoppm", "gs", "dwebp"}
}

// Picture writes the file into the folder and gives the path of a picture of
// it that decoders take: the file itself if it is a PNG or JPEG with a
// background, else what another program makes of it. The picture's pixels are
// beside it, under the same name with ".gray", for qr-decode.mjs.
func Picture(ctx context.Context, dir, name string, request qr.Request, data []byte) (string, error) {
	file := filepath.Join(dir, name+"."+request.Format.String())
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return "", err
	}
	drawn := filepath.Join(dir, name+"-drawn.png")
	dpi := strconv.Itoa(request.Size.Resolution())
	var command []string
	switch request.Format {
	case qr.FormatSVG:
		command = []string{"rsvg-convert", "--dpi-x", dpi, "--dpi-y", dpi, "-o", drawn, file}
	case qr.FormatPDF:
		command = []string{"pdftoppm", "-r", dpi, "-png", "-singlefile", file, drawn[:len(drawn)-len(".png")]}
	case qr.FormatEPS:
		command = []string{"gs", "-q", "-dSAFER", "-dEPSCrop", "-dNOPAUSE", "-dBATCH", "-sDEVICE=png16m", "-r" + dpi, "-sOutputFile=" + drawn, file}
	case qr.FormatWebP:
		command = []string{"dwebp", "-quiet", file, "-o", drawn}
	default:
		drawn = file
	}
	if command != nil {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", command[0], err, out)
		}
	}
	return onPaper(drawn, filepath.Join(dir, name), request.Style)
}

// onPaper lays a transparent picture on the paper it is meant for, and writes
// every picture's pixels.
func onPaper(file, name string, style qr.Style) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	b := picture.Bounds()
	sheet := image.NewRGBA(b)
	paper := color.RGBA{style.Light.R, style.Light.G, style.Light.B, 255}
	draw.Draw(sheet, b, image.NewUniform(paper), image.Point{}, draw.Src)
	draw.Draw(sheet, b, picture, b.Min, draw.Over)
	if !style.Transparent {
		return file, writeGray(file, sheet)
	}
	return writePicture(name+"-paper.png", sheet)
}

func writePicture(file string, picture image.Image) (string, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		return "", err
	}
	return file, writeGray(file, picture)
}

// writeGray writes a picture's pixels beside its file: its width, its height
// and a byte for each pixel.
func writeGray(file string, picture image.Image) error {
	b := picture.Bounds()
	gray := image.NewGray(b)
	draw.Draw(gray, b, picture, b.Min, draw.Src)
	raw := binary.LittleEndian.AppendUint32(nil, uint32(b.Dx()))
	raw = binary.LittleEndian.AppendUint32(raw, uint32(b.Dy()))
	return os.WriteFile(file+".gray", append(raw, gray.Pix...), 0o600)
}
