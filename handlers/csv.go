package handlers

import (
	"encoding/csv"
	"io"

	"qrgen/internal/archive"
)

const mimeCSV = "text/csv; charset=utf-8"

// csvWriter writes a table for spreadsheets: with a byte order mark, without
// which Excel takes UTF-8 for something else, and no cell that is a formula.
type csvWriter struct{ *csv.Writer }

func newCSVWriter(w io.Writer) csvWriter {
	_, _ = io.WriteString(w, "\ufeff") // an error stays, and comes with the next one
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return csvWriter{c}
}

// line writes one line; Error tells what went wrong.
func (w csvWriter) line(cells ...string) {
	for i := range cells {
		cells[i] = archive.Defused(cells[i])
	}
	_ = w.Write(cells) // Error gives it as well
}
