package qr

import "testing"

// drawn lays out a symbol without text.
func drawn(t testing.TB, s *Symbol, style Style) *Drawing {
	t.Helper()
	d, err := Draw(s, style, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func svgOf(t testing.TB, s *Symbol, style Style, size Size, title, desc string) []byte {
	t.Helper()
	return drawn(t, s, style).svg(size, title, desc)
}

func pngOf(t testing.TB, s *Symbol, style Style, size Size) ([]byte, error) {
	t.Helper()
	c, err := drawn(t, s, style).canvas(size)
	if err != nil {
		return nil, err
	}
	return c.png(size), nil
}

// reads says why a file made for the symbol of the short URL, or of what is
// given, does not read as it is; nil if it does.
func reads(t testing.TB, data []byte, format Format, want string, layout *Drawing) error {
	t.Helper()
	v, err := look(data, format, Size{}, layout)
	if err != nil {
		return err
	}
	return Verify(v.gray, want)
}
