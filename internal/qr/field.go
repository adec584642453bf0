package qr

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"qrgen/internal/errs"
)

// Limits of Style.LogoSize, in percent of the symbol's width.
const (
	MinLogoSize, MaxLogoSize = 8, 40

	// logoBurden is how much of the error correction a logo may use up, in
	// percent of what the worst block of codewords can restore. The rest is
	// for dirt and scratches.
	logoBurden = 40
)

// field is the quiet rectangle in the middle of a symbol that a logo is drawn
// on, in modules. The zero value is none.
type field struct{ x, y, width, height int }

// covers says whether a module lies in the field.
func (f field) covers(x, y int) bool {
	return x >= f.x && x < f.x+f.width && y >= f.y && y < f.y+f.height
}

// logoField gives the field for the style's logo: of the size asked for, else
// the largest that error correction bears. Invalid on the field "logo_size" if
// what was asked for is too large, and on "logo" if the symbol bears none.
func logoField(s *Symbol, style Style) (field, error) {
	if style.Logo == nil {
		return field{}, nil
	}
	largest := field{}
	for n := 3; n <= s.size*MaxLogoSize/100; n += 2 {
		f := s.middle(n, style.Logo)
		if s.burden(f) > logoBurden {
			break
		}
		largest = f
	}
	most := 100 * max(largest.width, largest.height) / s.size
	switch {
	case largest == field{}:
		return field{}, errs.InvalidField("logo", fmt.Sprintf(
			"This code has no room for a logo at level %s. Choose level H, or leave the logo out.", s.level))
	case style.LogoSize == 0:
		return largest, nil
	case style.LogoSize > most:
		advice := "Make it smaller."
		if s.level < H {
			advice = "Make it smaller, or choose a higher level."
		}
		return field{}, errs.InvalidField("logo_size", fmt.Sprintf(
			"The logo would cover more than error correction can restore: at level %s it may be %d %% of the code's width. %s", s.level, most, advice))
	}
	n := s.size * style.LogoSize / 100
	return s.middle(max(3, n-(n+1)%2), style.Logo), nil
}

// middle is the field with n modules on the logo's longer side. Both sides are
// odd, like the symbol's, so that the field lies between modules.
func (s *Symbol) middle(n int, logo *Logo) field {
	w, h := logo.Size()
	width, height := n, n
	if w >= h {
		height = max(3, (n*h/w)|1)
	} else {
		width = max(3, (n*w/h)|1)
	}
	return field{(s.size - width) / 2, (s.size - height) / 2, width, height}
}

// picture is where the logo itself goes: in the field with half a module
// round it.
func (f field) picture(logo *Logo, left, top int32) box {
	w, h := logo.Size()
	width, height := int32(f.width-1)*unit, int32(f.height-1)*unit
	if int64(width)*int64(h) > int64(height)*int64(w) {
		width = int32(int64(height) * int64(w) / int64(h))
	} else {
		height = int32(int64(width) * int64(h) / int64(w))
	}
	return box{
		x: left + int32(f.x)*unit + (int32(f.width)*unit-width)/2, y: top + int32(f.y)*unit + (int32(f.height)*unit-height)/2,
		width: width, height: height,
	}
}

// burden is how much of the error correction is used up where the field makes
// every codeword under it unreadable: percent of what the worst block can
// restore. The decoder's own tables say which module belongs to which block.
func (s *Symbol) burden(f field) int {
	if f == (field{}) {
		return 0
	}
	clean, err := s.blocks(field{})
	if err != nil {
		return 1000
	}
	covered, err := s.blocks(f)
	if err != nil {
		return 1000
	}
	worst := 0
	for i, block := range clean {
		words, wrong := block.GetCodewords(), 0
		for k, w := range covered[i].GetCodewords() {
			if w != words[k] {
				wrong++
			}
		}
		restorable := (len(words) - block.GetNumDataCodewords()) / 2
		worst = max(worst, 100*wrong/restorable)
	}
	return worst
}

// blocks reads the symbol's blocks of codewords with every module of the field
// inverted.
func (s *Symbol) blocks(f field) ([]*decoder.DataBlock, error) {
	bits, err := gozxing.NewSquareBitMatrix(s.size)
	if err != nil {
		return nil, err
	}
	for y := range s.size {
		for x := range s.size {
			if s.Dark(x, y) != f.covers(x, y) {
				bits.Set(x, y)
			}
		}
	}
	parser, err := decoder.NewBitMatrixParser(bits)
	if err != nil {
		return nil, err
	}
	info, err := parser.ReadFormatInformation()
	if err != nil {
		return nil, err
	}
	version, err := parser.ReadVersion()
	if err != nil {
		return nil, err
	}
	words, err := parser.ReadCodewords()
	if err != nil {
		return nil, err
	}
	return decoder.DataBlock_GetDataBlocks(words, version, info.GetErrorCorrectionLevel())
}
