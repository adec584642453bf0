package codes

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	bom "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"qrgen/internal/errs"
)

// TableMax is how large a table of codes may be, in bytes.
const TableMax = 1 << 20

// Table is many codes as a spreadsheet gives them: a first line that names the
// columns, and a line for each code.
type Table struct {
	Text   string // as it was read: UTF-8, lines that end in LF
	Rows   []Row
	Unused []string // columns that say nothing here, by their own names
}

// Row is a code of a table. Err is Invalid and says what is wrong with it, by
// column.
type Row struct {
	Line  int // of the text, from 1
	Input Input
	Err   error
}

// TableColumn is something that a table can say about its codes.
type TableColumn struct {
	Name string // as the API has it
	also []string
	cell func(*Input) *string
}

// TableColumns lists what a table can say, in the order of the form.
func TableColumns() []TableColumn {
	return []TableColumn{
		{"title", []string{"name"}, func(in *Input) *string { return &in.Title }},
		{"target_url", []string{"target", "url", "link", "long_url", "destination"}, func(in *Input) *string { return &in.TargetURL }},
		{"description", []string{"note", "notes"}, func(in *Input) *string { return &in.Description }},
		{"short_id", []string{"slug", "short_code"}, func(in *Input) *string { return &in.ShortID }},
		{"starts_at", []string{"start", "valid_since"}, func(in *Input) *string { return &in.StartsAt }},
		{"expires_at", []string{"end", "expires", "valid_until"}, func(in *Input) *string { return &in.ExpiresAt }},
		{"fallback_url", []string{"fallback"}, func(in *Input) *string { return &in.FallbackURL }},
		{"content", nil, func(in *Input) *string { return &in.Content }},
	}
}

// is says whether the head of a column means this one. Case, spaces and hyphens
// make no difference.
func (c TableColumn) is(head string) bool {
	name := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(head)))
	return name == c.Name || slices.Contains(c.also, name)
}

// ParseTable reads a table as spreadsheets write it (RFC 4180): cells between
// commas, semicolons or, copied from the cells, tabs; UTF-8, or UTF-16 that says
// so. Lines without any text are passed over. The error is Invalid on "table",
// where nothing of it can be read; what is wrong with one code is its row's.
func ParseTable(data []byte) (Table, error) {
	var t Table
	if len(data) > TableMax {
		return t, errTable("The table is larger than 1 MiB. Import it in parts.")
	}
	decoded, _, err := transform.Bytes(bom.BOMOverride(transform.Nop), data)
	if err != nil || !utf8.Valid(decoded) {
		return t, errTable("The table is not in UTF-8. In Excel, save it as “CSV UTF-8”, or copy its cells and paste them here.")
	}
	t.Text = strings.TrimRight(newlines.Replace(string(decoded)), "\n")
	r := csv.NewReader(strings.NewReader(t.Text))
	r.FieldsPerRecord = -1
	head, _, _ := strings.Cut(strings.TrimLeft(t.Text, "\n"), "\n")
	r.Comma = separatorOf(head)
	r.LazyQuotes = r.Comma == '\t' // cells that are copied are quoted only where they must be
	names, err := r.Read()
	if err != nil {
		return t, errOfCSV(err)
	}
	columns, err := t.columnsOf(names)
	if err != nil {
		return t, err
	}
	return t, t.readRows(r, columns)
}

// separatorOf finds what stands between the cells of a table's first line.
func separatorOf(head string) rune {
	found := ','
	for _, other := range ";\t" {
		if strings.Count(head, string(other)) > strings.Count(head, string(found)) {
			found = other
		}
	}
	return found
}

// columnsOf says what each column of the table means; nil: nothing.
func (t *Table) columnsOf(names []string) ([]*TableColumn, error) {
	known := TableColumns()
	columns := make([]*TableColumn, len(names))
	named := map[string]string{}
	for i, name := range names {
		for k := range known {
			if known[k].is(name) {
				columns[i] = &known[k]
			}
		}
		switch c := columns[i]; {
		case c == nil && strings.TrimSpace(name) != "":
			t.Unused = append(t.Unused, name)
		case c == nil:
		case named[c.Name] != "":
			return nil, errTable(fmt.Sprintf("The columns “%s” and “%s” mean the same. Leave one of them out.", named[c.Name], name))
		default:
			named[c.Name] = name
		}
	}
	if named["title"] == "" || named["target_url"] == "" && named["content"] == "" {
		return nil, errTable("The first line must name the columns: title, and target_url or content.")
	}
	return columns, nil
}

func (t *Table) readRows(r *csv.Reader, columns []*TableColumn) error {
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errOfCSV(err)
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if len(t.Rows) == SelectMax {
			return errTable("The table has more than 1,000 codes. Import it in parts.")
		}
		line, _ := r.FieldPos(0)
		t.Rows = append(t.Rows, rowOf(line, cells, columns))
	}
	if len(t.Rows) == 0 {
		return errTable("The table has no codes: there is nothing below its first line.")
	}
	return nil
}

func rowOf(line int, cells []string, columns []*TableColumn) Row {
	row := Row{Line: line}
	for i, cell := range cells {
		if i < len(columns) && columns[i] != nil {
			*columns[i].cell(&row.Input) = cell
		} else if i >= len(columns) && strings.TrimSpace(cell) != "" {
			row.Err = errs.New(errs.Invalid, "This line has more cells than the first. A cell with a comma in it must stand in quotation marks.")
		}
	}
	in := &row.Input
	in.Kind = string(Dynamic)
	if strings.TrimSpace(in.Content) == "" {
		return row
	}
	in.Kind = string(Static)
	var bad errs.Fields
	for _, c := range TableColumns() {
		switch c.Name {
		case "target_url", "short_id", "starts_at", "expires_at", "fallback_url":
			if strings.TrimSpace(*c.cell(in)) != "" {
				bad.Check(c.Name, errs.New(errs.Invalid, "Fixed content can't have this. Leave it or the content empty."))
			}
		}
	}
	if row.Err == nil {
		row.Err = bad.Err()
	}
	return row
}

func errTable(message string) error { return errs.InvalidField("table", message) }

// errOfCSV says where a table breaks off.
func errOfCSV(err error) error {
	broken, ok := errors.AsType[*csv.ParseError](err)
	if !ok { // nothing at all
		return errTable("The table is empty.")
	}
	e := errs.InvalidField("table", fmt.Sprintf("Line %d can't be read: a quotation mark there is not closed, or stands within a cell. Write it twice (\"\") inside a cell in quotation marks.", broken.StartLine))
	e.Err = err
	return e
}
