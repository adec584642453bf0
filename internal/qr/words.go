package qr

import "qrgen/internal/pdf"

// HasLetter says whether our font can write a letter.
func HasLetter(r rune) bool {
	_, err := regularText(string(r))
	return err == nil
}

// TextWidth is the width of a line of text in parts of the letters' size.
// Letters that the font lacks have none.
func TextWidth(s string) float64 {
	t, err := regularText(s)
	if err != nil {
		return 0
	}
	return float64(t.width(unit)) / unit
}

// PlaceText draws a line of text on a page of a PDF, its baseline's left end
// at x, y, the letters of the given size, all in mm. It is Invalid if the font
// lacks a letter.
func PlaceText(page *pdf.Page, s string, x, y, size float64) error {
	t, err := regularText(s)
	if err != nil {
		return err
	}
	var ink path
	t.draw(&ink, 0, 0, unit, false)
	page.Shapes(x, y, size, append(ink.appendOperators(pdf.AppendFill(nil, pdf.Color(Black))), "f\n"...))
	return nil
}
