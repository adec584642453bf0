package qr

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
)

// straight gives a picture as NRGBA with its corner at 0, 0.
func straight(m image.Image) *image.NRGBA {
	b := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, m, b.Min, draw.Src)
	return out
}

// orient turns and mirrors a picture by its EXIF orientation, 1 to 8, in which
// 1 is upright (EXIF 2.3 §4.6.4, tag 274).
func orient(m image.Image, orientation int) *image.NRGBA {
	in := straight(m)
	if orientation <= 1 || orientation > 8 {
		return in
	}
	w, h := in.Rect.Dx(), in.Rect.Dy()
	if orientation >= 5 { // the sides change places
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			right, down := in.Rect.Dx()-1-sx, in.Rect.Dy()-1-sy
			switch orientation {
			case 2, 8:
				sx = right
			case 3, 7:
				sx, sy = right, down
			case 4, 6:
				sy = down
			}
			out.SetNRGBA(x, y, in.NRGBAAt(sx, sy))
		}
	}
	return out
}

// orientation reads the EXIF orientation of a JPEG; 1 where there is none.
func orientation(data []byte) int {
	if len(data) < 4 || data[0] != 0xFF || data[1] != 0xD8 {
		return 1
	}
	for rest := data[2:]; len(rest) >= 4 && rest[0] == 0xFF && rest[1] != 0xDA; {
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < 2 || len(rest) < 2+n {
			return 1
		}
		if body := rest[4 : 2+n]; rest[1] == 0xE1 && len(body) > 14 && string(body[:6]) == "Exif\x00\x00" {
			return tiffOrientation(body[6:])
		}
		rest = rest[2+n:]
	}
	return 1
}

// tiffOrientation finds tag 274 in the first directory of a TIFF header (TIFF
// 6.0 §2).
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
	default:
		return 1
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at > len(b)-2 {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 274 {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// resample gives the picture at another size: each new pixel is the mean of
// the area it covers, weighted by opacity. It counts in integers, so that
// every machine gives the same.
func resample(in *image.NRGBA, width, height int) *image.NRGBA {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		y0, y1 := y*h, (y+1)*h // in parts of height
		for x := range width {
			x0, x1 := x*w, (x+1)*w // in parts of width
			var r, g, b, a, area uint64
			for sy := y0 / height; sy*height < y1; sy++ {
				high := min(y1, (sy+1)*height) - max(y0, sy*height)
				for sx := x0 / width; sx*width < x1; sx++ {
					part := uint64(high * (min(x1, (sx+1)*width) - max(x0, sx*width)))
					p := in.Pix[in.PixOffset(sx, sy):]
					opaque := part * uint64(p[3])
					area += part
					a += opaque
					r += opaque * uint64(p[0])
					g += opaque * uint64(p[1])
					b += opaque * uint64(p[2])
				}
			}
			if a > 0 {
				out.SetNRGBA(x, y, color.NRGBA{uint8((r + a/2) / a), uint8((g + a/2) / a), uint8((b + a/2) / a), uint8((a + area/2) / area)})
			}
		}
	}
	return out
}
