package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// ScansQuery is everything that the address of a code's figures can say.
type ScansQuery struct {
	Days  string // of a range that ends today: 7, 30, 90, 400
	From  string // own dates, both included
	To    string
	By    string // hour, day, week; empty for what suits the range
	Class string // human or all
}

// values are the query's parameters; what is empty is left out.
func (q ScansQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"days": q.Days, "from": q.From, "to": q.To, "by": q.By, "class": q.Class} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func withQuery(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// CodeScansPath is the page of a code's figures.
func CodeScansPath(id int64, q ScansQuery) string {
	return withQuery(CodePath(id)+"/scans", q.values())
}

// CodeScansCSVPath is the file of what that page shows: its series, or its
// parts.
func CodeScansCSVPath(id int64, q ScansQuery, what string) string {
	v := q.values()
	v.Set("what", what)
	return withQuery(CodePath(id)+"/scans.csv", v)
}

// CodeScanLogPath is the list of a code's single scans; before is where its
// page begins.
func CodeScanLogPath(id int64, q ScansQuery, before string) string {
	v := q.values()
	v.Del("by")
	if before != "" {
		v.Set("before", before)
	}
	return withQuery(CodePath(id)+"/scans/log", v)
}

// ScanCountsIn are the visits of a time, by who they come from.
type ScanCountsIn struct {
	People, Bots, Previews int64
	Repeats                int64 // of People: who had been there on the same day
}

// All is every visit.
func (c ScanCountsIn) All() int64 { return c.People + c.Bots + c.Previews }

// Bucket is one row of a series.
type Bucket struct {
	Begins time.Time // in the office's zone
	Label  string    // "Fri 20 Nov 2026"
	Short  string    // for the chart: "20 Nov"
	ScanCountsIn
}

// Part is what a dimension's scans were, the most frequent first.
type Part struct {
	Dimension string
	Names     []PartName
	All       int64
}

// PartName is one value and how many scans have it.
type PartName struct {
	Name  string // empty: not known
	Scans int64
	Other bool // all others together
}

// Heading is the dimension in people's words.
func (p Part) Heading() string {
	switch p.Dimension {
	case "source":
		return "How they came"
	case "device":
		return "Device"
	case "os":
		return "System"
	case "browser":
		return "Browser"
	case "referrer":
		return "Page that led here"
	case "country":
		return "Country"
	case "language":
		return "Language"
	}
	return p.Dimension
}

// Label is the value in people's words.
func (p Part) Label(n PartName) string {
	switch {
	case n.Other:
		return "Others"
	case p.Dimension == "source" && n.Name == "qr":
		return "Printed code"
	case p.Dimension == "source":
		return "Typed or shared link"
	case n.Name == "" && p.Dimension == "referrer":
		return "None, or not told"
	case n.Name == "":
		return "Not known"
	case n.Name == "other":
		return "Another one"
	case p.Dimension == "country":
		return countryName(n.Name)
	case p.Dimension == "language":
		return languageName(n.Name)
	case p.Dimension == "device":
		return strings.ToUpper(n.Name[:1]) + n.Name[1:]
	}
	return n.Name
}

// countryName is a country's name for its two letters (ISO 3166), which come
// back as they are where nobody has given them a name.
func countryName(code string) string {
	if region, err := language.ParseRegion(code); err == nil {
		if name := display.English.Regions().Name(region); name != "" {
			return name
		}
	}
	return code
}

// languageName is a language's name for its tag (BCP 47).
func languageName(tag string) string {
	if base, err := language.ParseBase(tag); err == nil {
		if name := display.English.Languages().Name(base); name != "" {
			return name
		}
	}
	return tag
}

// Share is n's part of all in per cent.
func (p Part) Share(n PartName) float64 {
	if p.All == 0 {
		return 0
	}
	return float64(n.Scans) * 100 / float64(p.All)
}

// ShareText is the share as "12.5 %".
func (p Part) ShareText(n PartName) string {
	share := p.Share(n)
	if n.Scans > 0 && share < 0.1 {
		return "< 0.1\u00a0%"
	}
	return Decimal(share) + "\u00a0%"
}

// Series is scans step by step: a chart and the table that it is drawn from.
type Series struct {
	By     string // hour, day, week
	Range  string // "1 Nov 2026 – 20 Nov 2026"
	People bool   // bots and previews are left out
	Rows   []Bucket
}

// Scans is the page of one code's figures.
type Scans struct {
	CodeID    int64
	Title     string
	ShortID   string
	Query     ScansQuery // as understood; By and Class are never empty
	First     time.Time  // first and last day of the range
	Last      time.Time
	Length    int // days
	Total     ScanCountsIn
	Rows      []Bucket
	Parts     []Part
	Week      [7][24]int64 // from Monday
	Zone      string       // the office's, by name
	Retention ScanRetention
}

// ScanRetention is what is known of scans that are long past.
type ScanRetention struct {
	Days      int    // that single scans are kept
	Reaches   bool   // the range goes back beyond that
	Since     string // from when on single scans are there
	HasClosed bool   // the code's earlier days are kept as counts
}

// People says that bots and previews are left out.
func (m Scans) People() bool { return m.Query.Class != "all" }

// Shown is how many scans are broken down.
func (m Scans) Shown() int64 {
	if m.People() {
		return m.Total.People
	}
	return m.Total.All()
}

// RangeText is "1 Nov 2026 – 20 Nov 2026".
func (m Scans) RangeText() string {
	first, last := m.First.Format("2 Jan 2006"), m.Last.Format("2 Jan 2006")
	if first == last {
		return first
	}
	return first + " – " + last
}

// Series is the page's chart and table.
func (m Scans) Series() Series {
	return Series{By: m.Query.By, Range: m.RangeText(), People: m.People(), Rows: m.Rows}
}

// Choice is one of the links that change what is shown.
type Choice struct {
	Label   string
	Path    string
	Current bool
}

// Ranges are the ready-made ranges.
func (m Scans) Ranges() []Choice {
	var list []Choice
	for _, days := range []int{7, 30, 90, 400} {
		q := m.Query
		q.From, q.To, q.By, q.Days = "", "", "", strconv.Itoa(days)
		list = append(list, Choice{strconv.Itoa(days) + " days", CodeScansPath(m.CodeID, q), m.Query.Days == q.Days})
	}
	return list
}

// Steps are the groupings that suit the range.
func (m Scans) Steps() []Choice {
	var list []Choice
	for _, by := range []string{"hour", "day", "week"} {
		if by == "hour" && m.Length > 31 {
			continue
		}
		q := m.Query
		q.By = by
		list = append(list, Choice{"By " + by, CodeScansPath(m.CodeID, q), m.Query.By == by})
	}
	return list
}

// Classes are whose visits can be looked at.
func (m Scans) Classes() []Choice {
	people, all := m.Query, m.Query
	people.Class, all.Class = "human", "all"
	return []Choice{
		{"People", CodeScansPath(m.CodeID, people), m.People()},
		{"All visits", CodeScansPath(m.CodeID, all), !m.People()},
	}
}

// Weekdays are the rows of the table of hours.
func (Scans) Weekdays() []string {
	return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
}

// Heat is how strong an hour's colour is, from 0 (nothing) to 5 (the most).
func (m Scans) Heat(scans int64) int {
	most := int64(0)
	for _, day := range m.Week {
		for _, n := range day {
			most = max(most, n)
		}
	}
	if scans == 0 {
		return 0
	}
	return 1 + int((scans*5-1)/most)
}

// ScanLog is one page of a code's single scans.
type ScanLog struct {
	CodeID    int64
	Title     string
	Query     ScansQuery
	Rows      []ScanRow
	Next      string // where the following page begins; empty on the last
	Later     bool   // this is not the first page
	Retention ScanRetention
}

// ScanRow is one scan.
type ScanRow struct {
	At       time.Time // in the office's zone
	Who      string    // human, bot, prefetch, test
	Printed  bool
	Repeat   bool
	Device   string
	OS       string
	Browser  string
	Referrer string
	Language string
	Country  string
}

// WhoText is the class in people's words.
func (r ScanRow) WhoText() string {
	switch r.Who {
	case "bot":
		return "Bot"
	case "prefetch":
		return "Preview"
	case "test":
		return "Test"
	}
	if r.Repeat {
		return "Person, again"
	}
	return "Person"
}

// SourceText is where the visit came from.
func (r ScanRow) SourceText() string {
	if r.Printed {
		return "Printed code"
	}
	return "Link"
}

// With is the device, its system and browser.
func (r ScanRow) With() string {
	var known []string
	for _, word := range []string{r.Device, r.OS, r.Browser} {
		if word != "" && word != "other" {
			known = append(known, word)
		}
	}
	if len(known) == 0 {
		return "not known"
	}
	return strings.Join(known, ", ")
}

func (r ScanRow) sourceWords() string {
	if r.Printed {
		return "QR code"
	}
	return "typed or shared address"
}
