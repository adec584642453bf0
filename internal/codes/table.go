package codes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"qrgen/internal/archive"
	"qrgen/internal/errs"
)

// TableMax is how large a table of codes may be, in bytes.
const TableMax = 1 << 20

// Table is many codes as a spreadsheet gives them: a first row that names the
// columns, and a row for each code.
type Table struct {
	Text   string // as it was read: UTF-8, lines that end in LF
	Rows   []Row
	Unused []string // columns that say nothing here, by their own names
}

// Row is a code of a table. Err is Invalid and says what is wrong with it, by
// column.
type Row struct {
	Number int // as spreadsheets count, so the first is 2
	Input  Input
	Err    error
}

// refuse adds to what is wrong with a row.
func (r *Row) refuse(err error) {
	var bad errs.Fields
	bad.Join(r.Err)
	if errs.FieldsOf(err) != nil {
		bad.Join(err)
	} else {
		bad.Check("", err)
	}
	r.Err = bad.Err()
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

// ParseTable reads a table as spreadsheets save or copy it: cells between
// commas, semicolons or tabs; UTF-8, or UTF-16 that says so. Rows without any
// text are passed over. The error is Invalid on "table", where nothing of it can
// be read; what is wrong with one code is its row's.
func ParseTable(data []byte) (Table, error) {
	var t Table
	text, err := decodeTable(data)
	if err != nil {
		return t, err
	}
	t.Text = text
	records, err := recordsOf(text)
	if err != nil {
		return t, err
	}
	if len(records) == 0 {
		return t, errTable("The table is empty.")
	}
	columns, err := t.columnsOf(records[0].cells)
	if err != nil {
		return t, err
	}
	for _, r := range records[1:] {
		if strings.TrimSpace(strings.Join(r.cells, "")) == "" {
			continue
		}
		if len(t.Rows) == SelectMax {
			return t, errTable("The table has more than 1,000 codes. Import it in parts.")
		}
		t.Rows = append(t.Rows, t.rowOf(r, records[0].cells, columns))
	}
	if len(t.Rows) == 0 {
		return t, errTable("The table has no codes: there is nothing below its first row.")
	}
	return t, nil
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
		return nil, errTable("The first row must name the columns: title, and target_url or content.")
	}
	return columns, nil
}

func (t *Table) rowOf(r record, names []string, columns []*TableColumn) Row {
	row := Row{Number: r.number}
	for i, cell := range r.cells {
		switch {
		case strings.TrimSpace(cell) == "":
		case i >= len(columns):
			row.refuse(errs.New(errs.Invalid, "This row has more cells than the first one. What separates cells can stand in one only within quotation marks."))
		case columns[i] != nil:
			*columns[i].cell(&row.Input) = archive.Undefused(cell)
		case strings.TrimSpace(names[i]) == "":
			if unnamed := fmt.Sprintf("column %d", i+1); !slices.Contains(t.Unused, unnamed) {
				t.Unused = append(t.Unused, unnamed)
			}
		}
	}
	in := &row.Input
	in.Kind = string(Dynamic)
	if in.Content != "" {
		in.Kind = string(Static)
		for _, c := range TableColumns() {
			switch c.Name {
			case "target_url", "short_id", "starts_at", "expires_at", "fallback_url":
				if *c.cell(in) != "" {
					row.refuse(errs.InvalidField(c.Name, "Fixed content can't have this. Leave it or the content empty."))
				}
			}
		}
		return row
	}
	row.readTime("starts_at", &in.StartsAt, false)
	row.readTime("expires_at", &in.ExpiresAt, true)
	return row
}

// readTime writes a moment as forms do.
func (r *Row) readTime(column string, cell *string, end bool) {
	var bad errs.Fields
	read := func(s string) (string, error) { return tableTime(s, end) }
	errs.ParseInto(&bad, column, cell, *cell, read)
	if err := bad.Err(); err != nil {
		r.refuse(err)
		*cell = "" // it is judged
	}
}

// tableTime reads a moment as spreadsheets write it, too; what it does not know
// it leaves to Parse. A day without a time is its beginning or, as an end, its
// end.
func tableTime(cell string, end bool) (string, error) {
	cell = strings.TrimSpace(cell)
	if strings.Contains(cell, "/") {
		return "", errs.New(errs.Invalid, "Which is the day and which the month? Write 2027-01-31 08:00 or 31.1.2027 08:00.")
	}
	for _, day := range []string{"2006-01-02", "2.1.2006"} {
		if t, err := time.Parse(day, cell); err == nil {
			if end {
				t = t.AddDate(0, 0, 1)
			}
			return t.Format("2006-01-02T15:04"), nil
		}
		for _, clock := range []string{" 15:04", " 15:04:05"} {
			if t, err := time.Parse(day+clock, cell); err == nil {
				return t.Format("2006-01-02T15:04:05"), nil
			}
		}
	}
	return cell, nil
}

func errTable(message string) error { return errs.InvalidField("table", message) }
