package qr

// webpRows are the rows of a picture while it is read. A row is a byte for each
// coded pixel: its grey or, where colours are indexed, the indices packed into
// it. No row is kept but the last, for nothing is repeated from further away.
type webpRows struct {
	*webpFile

	f       func(row []byte, times int)
	row     []byte // the row being read, and from x on the one before
	x, y    int
	changed bool // the row is not the one before
	gray    []byte
	times   int // rows that are gray and that f has not got yet
}

// rows calls to with each row of the picture from top to bottom, in grey; the
// row is only lent.
func (f *webpFile) rows(to func(row []byte, times int)) error {
	codes, err := f.codes(true)
	if err != nil {
		return err
	}
	if len(codes.green) == 1 {
		return errWebPCode // its pixels could take no bits, and a short file much time
	}
	r := webpRows{webpFile: f, f: to, row: make([]byte, (f.width+f.packed-1)/f.packed), gray: make([]byte, f.width+8)}
	for r.y < f.height {
		if err := r.read(codes); err != nil {
			return err
		}
	}
	// Zeros fill the last byte up.
	if rest := f.end - f.at; rest < 0 || rest > 7 || f.take(rest) != 0 {
		return errWebPEnd
	}
	r.flush()
	return nil
}

// read reads a pixel or a repetition (RFC 9649 §3.7.2.3).
func (r *webpRows) read(codes *webpCodes) error {
	if r.at > r.end {
		return errWebPEnd
	}
	symbol := r.symbol(&codes.green)
	if symbol < 256 {
		value, err := r.value(r.literal(codes, symbol))
		if err != nil {
			return err
		}
		r.row[r.x] = value
		r.changed = true
		r.advance(1)
		return nil
	}
	length := r.length(symbol - 256)
	if length > (r.height-r.y)*len(r.row)-r.x {
		return errWebPCode
	}
	switch r.symbol(&codes.distance) { // the first two of the map of distances
	case 0: // the pixel above
		if r.y == 0 {
			return errWebPCode
		}
		for length > 0 {
			n := min(length, len(r.row)-r.x)
			r.advance(n)
			length -= n
		}
	case 1: // the pixel to the left, or the last of the row above
		if r.x == 0 && r.y == 0 {
			return errWebPCode
		}
		r.left(length)
	default:
		return errWebPCode
	}
	return nil
}

// length reads how many pixels are repeated (RFC 9649 §3.6.2.2).
func (r *webpRows) length(prefix int) int {
	if prefix < 4 {
		return prefix + 1
	}
	extra := (prefix - 2) >> 1
	return (2+prefix&1)<<extra + r.take(extra) + 1
}

// left repeats a pixel to the right, and on through the next rows.
func (r *webpRows) left(length int) {
	value := r.row[(r.x+len(r.row)-1)%len(r.row)]
	for length > 0 {
		n := min(length, len(r.row)-r.x)
		for i := range r.row[r.x : r.x+n] {
			r.row[r.x+i] = value
		}
		r.changed = true
		r.advance(n)
		length -= n
	}
}

// value is what a row holds of a pixel.
func (r *webpRows) value(pixel [4]byte) (byte, error) {
	if r.expand != nil {
		if [3]byte{pixel[0], pixel[2], pixel[3]} != [3]byte{0, 0, 255} {
			return 0, errWebPCode // indices are green
		}
		return pixel[1], nil
	}
	if pixel[3] != 255 && !r.transparent {
		return 0, errWebPOpacity
	}
	var gray [1]byte
	grayRow(gray[:], pixel[:], r.paper)
	return gray[0], nil
}

// advance takes pixels of the row as they are now.
func (r *webpRows) advance(n int) {
	if r.x += n; r.x < len(r.row) {
		return
	}
	r.x = 0
	r.y++
	if !r.changed {
		r.times++
		return
	}
	r.flush()
	r.changed, r.times = false, 1
	if r.expand == nil {
		copy(r.gray, r.row)
		return
	}
	for i, indices := range r.row {
		*(*[8]byte)(r.gray[i*r.packed:]) = r.expand[indices]
	}
}

// flush hands over the rows that are known to be alike.
func (r *webpRows) flush() {
	if r.times > 0 {
		r.f(r.gray[:r.width], r.times)
	}
}
