package views

// SelectMax is how many codes can be handled at once.
const SelectMax = 1_000

// TooMany says that the list holds more than can be handled at once.
func (m Codes) TooMany() bool { return m.Capped || m.Total > SelectMax }

// AllLabel is what the box beside the bulk actions offers.
func (m Codes) AllLabel() string {
	total := Number(m.Total)
	if m.Capped {
		total += "+"
	}
	switch {
	case m.TooMany():
		return total + " match; at most " + Number(SelectMax) + " can be chosen at once"
	case m.Filtered():
		return "All " + total + " that match"
	}
	return "All " + total
}

// BulkRetiring is the question before codes are retired together.
type BulkRetiring struct {
	List   CodesQuery // where the person comes from
	IDs    string     // those to retire, as the form sends them
	Titles []string   // theirs
	// What happens to whoever scans them afterwards.
	Dead, Fallback, Fixed int
	Printed               int // how many were downloaded before
	Already               int // chosen, but retired before
}

// bulkTitlesShown is how many codes a question names.
const bulkTitlesShown = 8

// Count is "12 codes".
func (m BulkRetiring) Count() string { return Count(int64(len(m.Titles)), "code", "codes") }

// Named are the first titles.
func (m BulkRetiring) Named() []string { return m.Titles[:min(len(m.Titles), bulkTitlesShown)] }

// Unnamed is how many more there are.
func (m BulkRetiring) Unnamed() int { return len(m.Titles) - len(m.Named()) }
