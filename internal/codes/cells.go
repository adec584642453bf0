package codes

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	bom "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"qrgen/internal/errs"
)

// record is a row of a table as it stands.
type record struct {
	number int // as spreadsheets count rows: from 1, one with several lines once
	cells  []string
}

// decodeTable gives a table's text: in UTF-8, lines that end in LF, no blank
// ones around it.
func decodeTable(data []byte) (string, error) {
	if strings.HasPrefix(string(data[:min(len(data), 4)]), "PK\x03\x04") { // a ZIP: .xlsx, .ods
		return "", errTable("This is a workbook, not a table. Save it as CSV (UTF-8), or copy its cells and paste them here.")
	}
	if len(data) > TableMax {
		return "", errTable("The table is larger than 1 MiB. Import it in parts.")
	}
	decoded, _, err := transform.Bytes(bom.BOMOverride(transform.Nop), data)
	if err != nil || !utf8.Valid(decoded) {
		return "", errTable("The table is not in UTF-8. In Excel, save it as “CSV UTF-8”, or copy its cells and paste them here.")
	}
	return strings.Trim(newlines.Replace(string(decoded)), "\n"), nil
}

// recordsOf cuts a table into cells: at commas or semicolons as RFC 4180 has
// it, or at tabs as spreadsheets copy cells. A first line "sep=;", by which
// Excel is told what to cut at, is no row.
func recordsOf(text string) ([]record, error) {
	head, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(head, "sep=") {
		text = rest
		head, _, _ = strings.Cut(text, "\n")
	}
	separator := ','
	for _, other := range ";\t" {
		if strings.Count(head, string(other)) > strings.Count(head, string(separator)) {
			separator = other
		}
	}
	if separator == '\t' {
		return copiedRecords(text), nil
	}
	return csvRecords(text, separator)
}

func csvRecords(text string, separator rune) ([]record, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.Comma = -1, separator
	var list []record
	number, next, offset := 0, 1, int64(0) // next is the line on which a row without blank ones before it begins
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, errOfCSV(err)
		}
		line, _ := r.FieldPos(0)
		number += line - next + 1 // blank lines are rows, but r passes over them
		list = append(list, record{number, cells})
		next += strings.Count(text[offset:r.InputOffset()], "\n")
		offset = r.InputOffset()
	}
}

// errOfCSV says where a table breaks off.
func errOfCSV(err error) error {
	broken, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	e := errs.InvalidField("table", fmt.Sprintf("Line %d can't be read: a quotation mark there is not closed, or stands within a cell. Write it twice (\"\") inside a cell in quotation marks.", broken.StartLine))
	e.Err = err
	return e
}

// copiedRecords cuts cells as they are copied. Excel puts only those with line
// breaks into quotation marks; what else begins with one means itself.
func copiedRecords(text string) []record {
	var list []record
	for number := 1; text != ""; number++ {
		row := record{number: number}
		for end := byte('\t'); end == '\t'; {
			var cell string
			if cell, text = copiedCell(text); text == "" {
				end = 0
			} else {
				end, text = text[0], text[1:]
			}
			row.cells = append(row.cells, cell)
		}
		list = append(list, row)
	}
	return list
}

// copiedCell gives the first cell of a text and the text from its end on: a tab,
// a line break or nothing.
func copiedCell(text string) (cell, rest string) {
	end := strings.IndexAny(text, "\t\n")
	if end < 0 {
		end = len(text)
	}
	if !strings.HasPrefix(text, `"`) {
		return text[:end], text[end:]
	}
	for at := 1; ; {
		closing := strings.IndexByte(text[at:], '"')
		if closing < 0 || strings.Contains(text[at:at+closing], "\t") {
			return text[:end], text[end:]
		}
		at += closing + 1
		switch next := text[at:]; {
		case strings.HasPrefix(next, `"`):
			at++
		case next == "", next[0] == '\t', next[0] == '\n':
			return strings.ReplaceAll(text[1:at-1], `""`, `"`), next
		default:
			return text[:end], text[end:]
		}
	}
}
