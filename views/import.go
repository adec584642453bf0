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

// ImportRow is what a line of a table would become.
type ImportRow struct {
	Line     int
	Title    string
	Target   string // or Content
	Content  string
	ShortID  string // empty: one is drawn
	Problems []ImportProblem
}

// ImportProblem is what is wrong with a line; Column may be empty.
type ImportProblem struct{ Column, Text string }

// ImportColumn is something that a table can say.
type ImportColumn struct{ Name, Means string }

// Ready says that every line of the table can become a code.
func (m Import) Ready() bool { return len(m.Rows) > 0 && m.Wrong == 0 }

// Summary says what would become of the table.
func (m Import) Summary() string {
	n := int64(len(m.Rows))
	switch {
	case m.Ready() && n == 1:
		return "This line can become a code. Nothing has been created yet."
	case m.Ready():
		return "All " + Number(n) + " lines can become codes. Nothing has been created yet."
	}
	return Number(int64(m.Wrong)) + " of " + Count(n, "line", "lines") + plural(m.Wrong, " needs", " need") + " a correction. Nothing has been created."
}

// MadeSummary says what an import made.
func (m Import) MadeSummary() string {
	return Count(int64(m.Made), "code was", "codes were") + " created."
}
