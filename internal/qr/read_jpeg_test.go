package qr

import (
	"bytes"
	"encoding/binary"
	"image"
	"testing"
)

// The tables that writer and reader have in common are the standard's, as
// image/jpeg writes them.
func TestJPEGTablesAreTheStandards(t *testing.T) {
	t.Parallel()
	file := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	found := 0
	for rest := file[2:]; rest[1] != jpegPicture; {
		n := int(binary.BigEndian.Uint16(rest[2:]))
		for body := rest[4 : 2+n]; rest[1] == jpegHuffman && len(body) > 0; {
			values := 0
			for _, count := range body[1:17] {
				values += int(count)
			}
			ours := map[byte]*huffman{0x00: jpegDC, 0x10: jpegAC}[body[0]]
			if ours == nil || !bytes.Equal(body[1:17], ours.counts[:]) || !bytes.Equal(body[17:17+values], ours.values) {
				t.Errorf("table %02x is not the standard's", body[0])
			}
			body = body[17+values:]
			found++
		}
		rest = rest[2+n:]
	}
	if found != 2 {
		t.Errorf("image/jpeg wrote %d tables", found)
	}
}

// jpegOf makes a file of 8 × 8 grey pixels with these coefficients, in the
// order of the file.
func jpegOf(values map[int]int16) []byte {
	e := &jpegEncoder{components: 1, width: 8, stride: 8}
	e.header(8, Size{})
	var b block
	for k, v := range values {
		b.values[k] = v
		b.used |= 1 << k
	}
	e.block(&b, &e.dc[0])
	return append(e.stuffed(e.out), 0xFF, jpegEnd)
}

// Every coefficient has its place, large and small.
func TestJPEGCoefficients(t *testing.T) {
	t.Parallel()
	for k := range 64 {
		for _, v := range []int16{1, -1, 2, -3, 7, -12, 21} {
			for _, first := range []int16{0, -40, 60} {
				values := map[int]int16{0: first}
				if k > 0 || first == 0 {
					values[k] = v
				}
				if !agree(t, jpegOf(values), FormatJPEG, White) {
					t.Errorf("%v is not read", values)
				}
				if t.Failed() {
					t.Fatalf("coefficients %v", values)
				}
			}
		}
	}
	if agree(t, jpegOf(map[int]int16{0: 100, 1: 100, 2: 100, 9: 100}), FormatJPEG, White) {
		t.Error("a block far beyond white is read")
	}
}

func TestReadJPEGRefuses(t *testing.T) {
	t.Parallel()
	gray, color := smallFiles(t, FormatJPEG)["plain"], smallFiles(t, FormatJPEG)["caption"]
	at := func(file []byte, marker byte) int { // of a segment's body
		i := bytes.Index(file, []byte{0xFF, marker})
		if i < 0 {
			t.Fatalf("no segment %X", marker)
		}
		return i + 4
	}
	picture := at(gray, jpegPicture) - 4 + 2 + int(binary.BigEndian.Uint16(gray[at(gray, jpegPicture)-2:]))
	change := func(file []byte, place int, to ...byte) []byte {
		return append(append(append([]byte(nil), file[:place]...), to...), file[place+len(to):]...)
	}
	swapped := func() []byte {
		a, b, c := at(gray, jpegJFIF)-4, at(gray, jpegSteps)-4, at(gray, jpegFrame)-4
		return bytes.Join([][]byte{gray[:a], gray[b:c], gray[a:b], gray[c:]}, nil)
	}
	for name, file := range map[string][]byte{
		"empty":                 nil,
		"PNG":                   []byte(pngSignature),
		"segments out of order": swapped(),
		"a comment":             bytes.Join([][]byte{gray[:2], {0xFF, 0xFE, 0, 2}, gray[2:]}, nil),
		"a segment too long":    change(gray, at(gray, jpegPicture)-2, 0xFF, 0xFF),
		"JFIF 1.2":              change(gray, at(gray, jpegJFIF)+6, 2),
		"a thumbnail":           change(gray, at(gray, jpegJFIF)+12, 1),
		"long pixels":           change(gray, at(gray, jpegJFIF)+8, 0, 2),
		"another step":          change(gray, at(gray, jpegSteps)+30, 9),
		"steps of 16 bits":      change(gray, at(gray, jpegSteps), 0x10),
		"no height":             change(gray, at(gray, jpegFrame)+1, 0, 0),
		"too high":              change(gray, at(gray, jpegFrame)+1, 0xFF, 0xFF),
		"a row of blocks less":  change(gray, at(gray, jpegFrame)+1, 0, 112),
		"a row of blocks more":  change(gray, at(gray, jpegFrame)+1, 0, 121),
		"12 bits":               change(gray, at(gray, jpegFrame), 12),
		"two components":        change(gray, at(gray, jpegFrame)+5, 2),
		"subsampled":            change(color, at(color, jpegFrame)+7, 0x22),
		"progressive":           change(gray, at(gray, jpegFrame)-3, 0xC2),
		"other codes":           change(gray, at(gray, jpegHuffman)+18, 2),
		"another scan":          change(gray, at(gray, jpegPicture)+4, 62),
		"a marker in it":        change(gray, picture+10, 0xFF, 0xD0),
		"no code":               bytes.Join([][]byte{gray[:picture], bytes.Repeat([]byte{0xFF, 0}, 99), gray[len(gray)-2:]}, nil),
		"zeros in the padding":  bytes.Join([][]byte{jpegOf(nil)[:len(jpegOf(nil))-3], {0x28, 0xFF, jpegEnd}}, nil),
		"too many zeros":        append(zeros(4), 0xFF, jpegEnd),
	} {
		if agree(t, file, FormatJPEG, White) {
			t.Errorf("%s: is read", name)
		}
	}
	if !agree(t, append(zeros(3), 0xFF, jpegEnd), FormatJPEG, White) {
		t.Error("48 zeros are not read")
	}
}

// zeros begins a picture of one block: n times 16 zeros, and the end.
func zeros(n int) []byte {
	e := &jpegEncoder{components: 1, width: 8, stride: 8}
	e.header(8, Size{})
	e.put(jpegDC.symbol(0))
	for range n {
		e.put(jpegAC.symbol(0xF0))
	}
	e.put(jpegAC.symbol(0))
	return e.stuffed(e.out)
}

// Bands are repeated from any bit on, whatever their length.
func TestJPEGRepeatsBits(t *testing.T) {
	t.Parallel()
	for length := shortestRepeat; length < 200; length += 7 {
		for before := range 40 {
			var once, twice jpegBits
			put := func(b *jpegBits) {
				for i := range length {
					b.put(uint64(i*i/3)&1, 1)
				}
			}
			for _, b := range []*jpegBits{&once, &twice} {
				b.put(0x5A5A5A5A5A>>(40-before), before%33)
				put(b)
			}
			put(&once)
			twice.repeat(before%33, length)
			if !bytes.Equal(once.stuffed(nil), twice.stuffed(nil)) {
				t.Fatalf("%d bits after %d", length, before)
			}
		}
	}
}
