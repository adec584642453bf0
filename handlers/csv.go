package handlers

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"qrgen/internal/archive"
)

const mimeCSV = "text/csv; charset=utf-8"

// csvWriter writes a table for spreadsheets: with a byte order mark, without
// which Excel takes UTF-8 for something else, and no cell that is a formula.
type csvWriter struct{ *csv.Writer }

// newCSVWriter writes to the spreadsheet of whoever asks.
func newCSVWriter(w io.Writer, r *http.Request) csvWriter {
	_, _ = io.WriteString(w, "\ufeff") // an error stays, and comes with the next one
	c := csv.NewWriter(w)
	c.UseCRLF, c.Comma = true, separatorOf(r)
	return csvWriter{c}
}

// separatorOf is what Excel cuts cells at in the first language that a browser
// asks for: where a number has a decimal comma, at semicolons.
func separatorOf(r *http.Request) rune {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err == nil && len(tags) > 0 && strings.Contains(message.NewPrinter(tags[0]).Sprint(0.5), ",") {
		return ';'
	}
	return ','
}

// line writes one line; Error tells what went wrong.
func (w csvWriter) line(cells ...string) {
	cells = slices.Clone(cells)
	for i := range cells {
		cells[i] = archive.Defused(cells[i])
	}
	_ = w.Write(cells) // Error gives it as well
}

// csvFile is a whole table as csvWriter writes it.
func csvFile(r *http.Request, table [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := newCSVWriter(&b, r)
	for _, line := range table {
		w.line(line...)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
