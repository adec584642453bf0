package views

// Import is the page that makes many codes from one table.
type Import struct {
	Text    string // of the table
	Token   string // of the form
	Checked string // tells the text whose rows are shown
	Error   string // why no row of it can be read
	Rows    []ImportRow
	Wrong   int      // how many of them can't become codes
	Unused  []string // columns that say nothing here
	Columns []ImportColumn
	Made    int    // codes that an import made, as asked for by their numbers
	IDs     string // of these
}

// ImportRow is what a row of a table would become or, where there are problems,
// what it says.
type ImportRow struct {
	Number   int // as spreadsheets count
	Title    string
	Kind     Kind
	Target   string // dynamic
	Content  string // static
	Details  []ImportDetail
	ShortID  string // empty: one is drawn
	Problems []ImportDetail
	Twin     int64 // a code with this title and target; 0: there is none
}

// ImportDetail is something about a column; where Column is empty, about the
// whole row.
type ImportDetail struct{ Column, Text string }

// ImportColumn is something that a table can say.
type ImportColumn struct{ Name, Means string }

// Ready says that every row of the table can become a code.
func (m Import) Ready() bool { return len(m.Rows) > 0 && m.Wrong == 0 }

// Title is that of the browser's tab.
func (m Import) Title() string {
	switch {
	case m.Error != "":
		return "The table can't be read"
	case m.Wrong > 0:
		return Count(int64(m.Wrong), "row needs", "rows need") + " a correction"
	case m.Ready():
		return Count(int64(len(m.Rows)), "code", "codes") + " to be created"
	case m.Made > 0:
		return m.MadeSummary()
	}
	return "Import"
}

// Summary says what would become of the table.
func (m Import) Summary() string {
	n := int64(len(m.Rows))
	switch {
	case m.Ready() && n == 1:
		return "This row can become a code. Nothing has been created yet."
	case m.Ready():
		return "All " + Number(n) + " rows can become codes. Nothing has been created yet."
	}
	return Number(int64(m.Wrong)) + " of " + Count(n, "row", "rows") + plural(m.Wrong, " needs", " need") + " a correction. Nothing has been created."
}

// MadeSummary says what an import made.
func (m Import) MadeSummary() string {
	return Count(int64(m.Made), "code was created", "codes were created")
}
