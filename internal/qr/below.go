package qr

import (
	"strings"

	"qrgen/internal/errs"
)

// Text below the symbol, in parts of the drawing's width.
const (
	belowLines   = 4   // at most, however long the texts are
	belowSize    = 65  // of 1000: the first line's size
	belowSmaller = 52  // of 1000: the other lines'
	belowLeading = 130 // of 100: from line to line
)

// belowLine is a line of text below the symbol.
type belowLine struct {
	words string
	first bool // of the first text given, which is the name
}

// layoutBelow checks the lines' letters.
func layoutBelow(below []string) ([]belowLine, error) {
	var lines []belowLine
	for i, s := range below {
		s = strings.Join(strings.Fields(s), " ")
		if s == "" {
			continue
		}
		if _, err := regularText(s); err != nil {
			return nil, errs.InvalidField("below", messageOf(err))
		}
		lines = append(lines, belowLine{s, i == 0})
	}
	return lines, nil
}

// addBelow draws the lines in the middle, wrapped where they are wider than
// the drawing, and makes the drawing higher by what they take.
func (d *Drawing) addBelow(lines []belowLine) {
	if len(lines) == 0 {
		return
	}
	widest := d.width * 92 / 100
	count := 0
	for _, l := range lines {
		size := int32(int64(d.width) * belowSmaller / 1000)
		if l.first {
			size = int32(int64(d.width) * belowSize / 1000)
		}
		for _, words := range wrap(l.words, size, widest, belowLines-count) {
			t, err := regularText(words)
			if err != nil {
				continue // layoutBelow has looked every letter up
			}
			t.draw(&d.ink, (d.width-t.width(size))/2, d.height+size, size, false)
			d.height += size * belowLeading / 100
			count++
		}
	}
	d.height += d.width * 3 / 100
	d.height = (d.height + unit - 1) / unit * unit
}

// wrap cuts a text into at most n lines no wider than widest, between words
// where it can, and ends the last with "…" if not all of it fits.
func wrap(s string, size, widest int32, n int) []string {
	var lines []string
	rest := []rune(s)
	for len(rest) > 0 && len(lines) < n {
		k := fitting(rest, size, widest)
		if k == len(rest) {
			return append(lines, string(rest))
		}
		if len(lines) == n-1 {
			for k > 0 && !fits(string(rest[:k])+"…", size, widest) {
				k--
			}
			return append(lines, strings.TrimSpace(string(rest[:k]))+"…")
		}
		for i := k; i > k/2; i-- {
			if rest[i] == ' ' {
				k = i
				break
			}
		}
		lines = append(lines, string(rest[:k]))
		rest = []rune(strings.TrimSpace(string(rest[k:])))
	}
	return lines
}

// fitting is how many of the letters fit; at least one.
func fitting(letters []rune, size, widest int32) int {
	k := 1
	for k < len(letters) && fits(string(letters[:k+1]), size, widest) {
		k++
	}
	return k
}

func fits(s string, size, widest int32) bool {
	t, err := regularText(s)
	return err == nil && t.width(size) <= widest
}
