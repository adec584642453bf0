package qr

import (
	"errors"
	"fmt"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Verify reads the picture with a decoder that shares no code with the
// encoder and tells whether it says exactly what it must. The error is for the
// log.
//
// The decoder first takes the picture for one that nobody photographed
// (PURE_BARCODE), then for a photograph (TRY_HARDER), because gozxing 0.1.1
// misses some flawless symbols with either alone. It is told no character set,
// so text outside ASCII passes only if it is recognised as UTF-8 unaided, as
// on a phone.
func Verify(img *image.Gray, want string) error {
	size := img.Rect.Size()
	source, err := gozxing.NewPlanarYUVLuminanceSource(img.Pix, img.Stride, size.Y, 0, 0, size.X, size.Y, false)
	if err != nil {
		return fmt.Errorf("prepare picture: %w", err)
	}
	attempts := [...]struct {
		binarizer gozxing.Binarizer
		hint      gozxing.DecodeHintType
	}{
		{gozxing.NewGlobalHistgramBinarizer(source), gozxing.DecodeHintType_PURE_BARCODE},
		{gozxing.NewHybridBinarizer(source), gozxing.DecodeHintType_TRY_HARDER},
		{gozxing.NewGlobalHistgramBinarizer(source), gozxing.DecodeHintType_TRY_HARDER},
	}
	var failures error
	for _, a := range attempts {
		bitmap, err := gozxing.NewBinaryBitmap(a.binarizer)
		if err != nil {
			return fmt.Errorf("prepare picture: %w", err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{a.hint: true})
		if err != nil {
			failures = errors.Join(failures, err)
			continue
		}
		if got := result.GetText(); got != want {
			return fmt.Errorf("picture says %q, must say %q", abridge(got), abridge(want))
		}
		return nil
	}
	return fmt.Errorf("picture does not decode: %w", failures)
}

func abridge(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// examine reads a finished file back from its bytes and tries what its
// picture bears. The drawing says how large the picture is and on what paper
// it lies, not what it shows.
func examine(data []byte, format Format, size Size, d *Drawing, want string) Report {
	v, err := look(data, format, size, d)
	if err != nil {
		return Report{err: fmt.Errorf("read %s back: %w", format, err)}
	}
	r := try(v, d.symbol, want)
	for _, c := range d.cautions(format, size) {
		r.Trials = append(r.Trials, Trial{Name: c.name})
		r.Grade = min(r.Grade, c.most)
	}
	if d.logo != nil && r.Grade == GradeB {
		r.Grade = GradeC // a logo and one more burden are too much for zbar, once in some hundred files
	}
	return r
}

// caution is something that our own trials bear and other decoders at times do
// not, as the corpus shows (docs/corpus.md): it costs a grade.
type caution struct {
	name string
	most Grade
}

const (
	// Below this contrast decoders begin to miss.
	fairContrast = 4.5
	// Fewer pixels a module, drawn by others, make modules that differ in width
	// by a third and more.
	fairModulePixels = 4
	// Symbols of version 7 and above have an alignment pattern in the middle
	// (ISO/IEC 18004 annex E), where a logo lies.
	middleMarkModules = 45
)

func (d *Drawing) cautions(format Format, size Size) []caution {
	var list []caution
	switch quiet := d.quiet(); {
	case quiet < 2:
		list = append(list, caution{"beside other things, for lack of a quiet zone", GradeC})
	case quiet < DefaultQuietZone:
		list = append(list, caution{"close beside other things, for a narrow quiet zone", GradeB})
	}
	switch contrast := Contrast(d.dark, d.light); {
	case contrast < fairContrast:
		list = append(list, caution{"by weak cameras, for lack of contrast", GradeC})
	case contrast < GoodContrast && !d.whole:
		list = append(list, caution{"by weak cameras, for little contrast between round shapes", GradeC})
	case contrast < GoodContrast:
		list = append(list, caution{"by weak cameras, for little contrast", GradeB})
	}
	if d.logo != nil && d.symbol.width >= middleMarkModules*unit {
		list = append(list, caution{"by some scanners, for a logo over the mark that symbols this large have in the middle", GradeC})
	}
	if !format.Pixels() && size.screen(int(d.width/unit)) < fairModulePixels {
		list = append(list, caution{fmt.Sprintf("at this size and resolution, with less than %d pixels a module", fairModulePixels), GradeC})
	}
	return list
}

// quiet is the width of the quiet zone in modules, up to the frame.
func (d *Drawing) quiet() int { return int((d.symbol.x - d.line) / unit) }

// look gives a file's picture.
func look(data []byte, format Format, size Size, d *Drawing) (*view, error) {
	modules, high := int(d.width/unit), int(d.height/unit)
	var shapes *Drawing
	var err error
	switch format {
	case FormatPNG:
		return readPNG(data, modules, high, d.light)
	case FormatJPEG:
		return readJPEG(data, modules, high)
	case FormatWebP:
		return readWebP(data, modules, high, d.light)
	case FormatPDF:
		shapes, err = readPDF(data, d.width, d.height, d.light)
	case FormatEPS:
		shapes, err = readEPS(data, d.width, d.height, d.light)
	default:
		shapes, err = readSVG(data, d.light)
	}
	if err != nil {
		return nil, err
	}
	if shapes.width != d.width || shapes.height != d.height {
		return nil, fmt.Errorf("drawing is %d × %d, must be %d × %d", shapes.width, shapes.height, d.width, d.height)
	}
	module := min(max(size.screen(modules), minModulePixels), viewModule)
	v := newView(modules*module, modules, high, viewModule)
	shapes.paint(module, v.add)
	return v, nil
}
