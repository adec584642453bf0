package views

import "time"

// CodeCounts are how many codes there are, by state.
type CodeCounts struct {
	Total     int64
	Active    int64
	Scheduled int64
	Expired   int64
	Paused    int64
	Retired   int64
}

// Dashboard is the first page: what happened, what is there, what needs
// attention and what is newest.
type Dashboard struct {
	Codes     CodeCounts
	Periods   []Period
	Series    Series // 30 days
	Top       []TopCode
	TopAs     Moment // when Top was counted; zero while that still goes on
	Attention []Attention
	Newest    []CodeRow
}

// Scanned says that there is anything to show in the chart.
func (m Dashboard) Scanned() bool {
	for _, b := range m.Series.Rows {
		if b.All() > 0 {
			return true
		}
	}
	return false
}

// Period is the scans of the last days beside as many days before.
type Period struct {
	Days    int
	All     int64
	People  int64
	Until   time.Time // up to which hour it is compared; zero where it is not
	Same    int64     // the period until then
	Earlier int64     // the period before until the same hour
}

// Title names the period.
func (p Period) Title() string {
	if p.Days == 1 {
		return "Scans today"
	}
	return "Scans in " + Count(int64(p.Days), "day", "days")
}

// Before names the period before.
func (p Period) Before() string {
	if p.Days == 1 {
		return "yesterday until " + p.Until.Format("15:04")
	}
	return "the " + Count(int64(p.Days), "day", "days") + " before"
}

// Change says how the period differs from the one before.
func (p Period) Change() string {
	switch {
	case p.Until.IsZero():
		return ""
	case p.Earlier == 0 && p.Days == 1:
		return "None " + p.Before()
	case p.Earlier == 0:
		return "None in " + p.Before()
	case p.Earlier == p.Same:
		return "As many as " + p.Before()
	}
	percent := float64(p.Same-p.Earlier) * 100 / float64(p.Earlier)
	word := "more"
	if percent < 0 {
		percent, word = -percent, "fewer"
	}
	amount := Decimal(percent)
	if percent >= 10 {
		amount = Number(int64(percent + 0.5))
	}
	return amount + "\u00a0% " + word + " than " + p.Before()
}

// TopCode is a code and its scans.
type TopCode struct {
	ID    int64
	Title string
	Scans int64
}

// Attention is a code that somebody should look at, and why.
type Attention struct {
	ID     int64
	Title  string
	Reason string // expires, unscanned, dead end
	At     Moment
	Count  int64
}

// Icon is the sprite's icon for the reason.
func (a Attention) Icon() string {
	switch a.Reason {
	case "expires":
		return "calendar-off"
	case "unscanned":
		return "eye"
	}
	return "alert-triangle"
}
