package qr

import "qrgen/internal/errs"

// Shape is how modules, or the three finder patterns in the corners, are
// drawn. The zero value is Square.
type Shape uint8

// The shapes.
const (
	Square  Shape = iota
	Rounded       // outer corners are round, neighbours grow together
	Dots          // a dot for each module; finder patterns are as Rounded, for not all decoders find circles
)

// ParseShape reads "square", "rounded" or "dots". Anything else is Invalid.
func ParseShape(s string) (Shape, error) {
	switch s {
	case "square":
		return Square, nil
	case "rounded":
		return Rounded, nil
	case "dots":
		return Dots, nil
	}
	return 0, errs.New(errs.Invalid, "Choose the shape square, rounded or dots.")
}

// String gives "square", "rounded" or "dots".
func (s Shape) String() string {
	return [...]string{Square: "square", Rounded: "rounded", Dots: "dots"}[min(s, Dots)]
}
