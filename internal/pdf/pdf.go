// Package pdf writes PDF 1.4 documents of filled shapes and pictures, page by
// page, to where they go: nothing but the page in hand is kept in memory. The
// same calls give the same bytes; there is no date and no random number in
// them.
//
// Lengths are in millimetres from the top left corner of the page.
package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"
	"unicode/utf16"
)

// perMM is the number of PDF's units, points, in a millimetre.
const perMM = 72 / 25.4

// Options of a document.
type Options struct {
	Title    string
	Compress bool // smaller, for many pages; a stream that people can read otherwise
}

// Writer writes one document. Errors are kept and given by Close.
type Writer struct {
	to      io.Writer
	options Options
	sum     hash.Hash
	written int64
	err     error
	offsets []int64 // of each object, from number 1
	pages   []int   // numbers of the page objects
	images  map[string]int
	page    *Page
}

// The objects that every document has.
const (
	objectCatalog = 1 + iota
	objectPages
	objectInfo
	objectsFixed = objectInfo
)

// New starts a document.
func New(to io.Writer, options Options) *Writer {
	w := &Writer{to: to, options: options, sum: sha256.New(), offsets: make([]int64, objectsFixed), images: map[string]int{}}
	// Four bytes above 127 tell programs that copy files that this is no text.
	w.write([]byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"))
	return w
}

// Page ends the page before and begins one of the given size.
func (w *Writer) Page(width, height float64) *Page {
	w.endPage()
	w.page = &Page{w: w, width: width, height: height}
	return w.page
}

// Close ends the document and gives the first error of all.
func (w *Writer) Close() error {
	w.endPage()
	kids := []byte("<</Type/Pages/Kids[")
	for _, n := range w.pages {
		kids = fmt.Appendf(kids, "%d 0 R ", n)
	}
	w.object(objectPages, fmt.Appendf(bytes.TrimRight(kids, " "), "]/Count %d>>", len(w.pages)))
	w.object(objectCatalog, []byte("<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>>>"))
	w.object(objectInfo, []byte("<</Title"+textString(w.options.Title)+"/Producer(qrgen)>>"))
	at := w.written
	w.write(fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1))
	for _, offset := range w.offsets {
		w.write(fmt.Appendf(nil, "%010d 00000 n \n", offset))
	}
	id := w.sum.Sum(nil)[:16]
	w.write(fmt.Appendf(nil, "trailer\n<</Size %d/Root 1 0 R/Info 3 0 R/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, id, id, at))
	return w.err
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	w.sum.Write(b)
	n, err := w.to.Write(b)
	w.written += int64(n)
	w.err = err
}

// number reserves an object.
func (w *Writer) number() int {
	w.offsets = append(w.offsets, 0)
	return len(w.offsets)
}

func (w *Writer) object(n int, body []byte) {
	w.offsets[n-1] = w.written
	w.write(fmt.Appendf(nil, "%d 0 obj\n", n))
	w.write(body)
	w.write([]byte("\nendobj\n"))
}

// stream writes an object with data; dict is what stands before its length.
func (w *Writer) stream(n int, dict string, data []byte) {
	w.offsets[n-1] = w.written
	w.write(fmt.Appendf(nil, "%d 0 obj\n<<%s/Length %d>>\nstream\n", n, dict, len(data)))
	w.write(data)
	w.write([]byte("\nendstream\nendobj\n"))
}

func (w *Writer) endPage() {
	p := w.page
	if p == nil {
		return
	}
	w.page = nil
	content, page := w.number(), w.number()
	if w.options.Compress {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(p.content) // a bytes.Buffer takes everything
		_ = z.Close()
		w.stream(content, "/Filter/FlateDecode", b.Bytes())
	} else {
		w.stream(content, "", p.content)
	}
	box := "[0 0 " + decimal(p.width*perMM) + " " + decimal(p.height*perMM) + "]"
	body := []byte("<</Type/Page/Parent 2 0 R/MediaBox" + box + "/TrimBox" + box + "/Resources<<")
	if len(p.images) > 0 {
		body = append(body, "/XObject<<"...)
		for _, n := range p.images {
			body = fmt.Appendf(body, "/I%d %d 0 R", n, n)
		}
		body = append(body, ">>"...)
	}
	w.object(page, fmt.Appendf(body, ">>/Contents %d 0 R>>", content))
	w.pages = append(w.pages, page)
}

// decimals is how exact lengths are written, in places after the point: a
// thousandth of a micrometre.
const decimals = 6

// decimal writes a number without zeros at its end.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	i := len(s)
	for s[i-1] == '0' {
		i--
	}
	if s[i-1] == '.' {
		i--
	}
	if s = s[:i]; s == "-0" {
		return "0"
	}
	return s
}

// textString writes text for people in UTF-16 (PDF 1.4 §3.8.1).
func textString(s string) string {
	b := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return string(append(b, '>'))
}

// finite keeps nonsense out of a document, which programs would refuse whole.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
