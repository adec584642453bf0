package views

import (
	"fmt"
	"strings"
)

// Kind tells the two kinds of code apart.
type Kind string

// The kinds, as the form and the database write them.
const (
	KindDynamic Kind = "dynamic"
	KindStatic  Kind = "static"
)

// Label is the kind in people's words.
func (k Kind) Label() string {
	if k == KindStatic {
		return "Fixed content"
	}
	return "Changeable link"
}

// State is how a code is doing. The first three are stored; scheduled and
// expired follow from its dates.
type State string

// The states.
const (
	StateActive    State = "active"
	StatePaused    State = "paused"
	StateRetired   State = "retired"
	StateScheduled State = "scheduled"
	StateExpired   State = "expired"
)

// Label is the state's word on its badge.
func (s State) Label() string {
	switch s {
	case StatePaused:
		return "Paused"
	case StateRetired:
		return "Retired"
	case StateScheduled:
		return "Not started"
	case StateExpired:
		return "Expired"
	}
	return "Active"
}

// Icon is the sprite's icon on the badge, so that colour is never alone.
func (s State) Icon() string {
	switch s {
	case StatePaused:
		return "player-pause"
	case StateRetired:
		return "archive"
	case StateScheduled:
		return "clock"
	case StateExpired:
		return "calendar-off"
	}
	return "circle-check"
}

// CodeRow is one code in a list.
type CodeRow struct {
	ID        int64
	Kind      Kind
	Title     string
	ShortURL  string // dynamic: as typed and shared, lower case
	TargetURL string // dynamic
	Type      string // static, or dynamic with a file: in people's words
	Content   string // of these, in a line
	State     State
	Scans     int64
	Recent    []int64 // by day, today's last; none where nothing was scanned
	Created   Moment
	Changed   Moment
}

// CanPause says whether the row's menu offers to pause.
func (r CodeRow) CanPause() bool {
	return r.Kind == KindDynamic && r.State != StatePaused && r.State != StateRetired
}

// CanResume says whether the row's menu offers to resume.
func (r CodeRow) CanResume() bool { return r.Kind == KindDynamic && r.State == StatePaused }

// Address is the target cut for reading.
func (r CodeRow) Address() Address { return SplitAddress(r.TargetURL) }

// Codes is the list of codes: one page of rows and what was asked for.
type Codes struct {
	Query    CodesQuery // as understood; Sort is never empty
	Rows     []CodeRow
	Total    int64  // how many match, counted up to a limit
	Capped   bool   // there are more than Total
	Next     string // cursor of the following page, empty on the last
	Previous string // cursor of the preceding page, empty on the first
	AnyCodes bool   // there is at least one code, whatever the filter
}

// Summary is "25 of 1,000+ codes".
func (m Codes) Summary() string {
	total, noun := Number(m.Total), "codes"
	if m.Capped {
		total += "+"
	} else if m.Total == 1 {
		noun = "code"
	}
	return Number(int64(len(m.Rows))) + " of " + total + " " + noun
}

// Filtered says that the list shows less than all codes.
func (m Codes) Filtered() bool { return m.Query.Q != "" || m.Query.Kind != "" || m.Query.State != "" }

// NextPath is the URL of the following page.
func (m Codes) NextPath() string {
	q := m.Query
	q.After, q.Before = m.Next, ""
	return CodesPath(q)
}

// PreviousPath is the URL of the preceding page.
func (m Codes) PreviousPath() string {
	q := m.Query
	q.After, q.Before = "", m.Previous
	return CodesPath(q)
}

// ClearPath is the list without search and filters, in the same order.
func (m Codes) ClearPath() string { return CodesPath(CodesQuery{Sort: m.Query.Sort}) }

// SortPath is where a click on a column's heading leads: that order, or its
// reverse where it is the order already. Paging starts over.
func (m Codes) SortPath(column string) string {
	q := m.Query
	q.After, q.Before = "", ""
	first := "-" + column
	if column == "title" {
		first = column
	}
	switch q.Sort {
	case first:
		q.Sort = reverse(first)
	default:
		q.Sort = first
	}
	return CodesPath(q)
}

// AriaSort is the aria-sort value of a column's heading.
func (m Codes) AriaSort(column string) string {
	switch m.Query.Sort {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return "none"
}

func reverse(sort string) string {
	if sort[0] == '-' {
		return sort[1:]
	}
	return "-" + sort
}

// RecentSum is the scans of the recent days together.
func (r CodeRow) RecentSum() (sum int64) {
	for _, n := range r.Recent {
		sum += n
	}
	return sum
}

// Sparkline is the path of the recent days in a box of 60 by 16.
func (r CodeRow) Sparkline() string {
	most := int64(1)
	for _, n := range r.Recent {
		most = max(most, n)
	}
	var b strings.Builder
	for i, n := range r.Recent {
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		x := float64(i) * 60 / float64(max(1, len(r.Recent)-1))
		fmt.Fprintf(&b, "%c%.1f %.1f", command, x, 15-float64(n)*14/float64(most))
	}
	return b.String()
}

func scansWord(n int64) string {
	if n == 1 {
		return "scan"
	}
	return "scans"
}
