package stats

import "time"

// pieces is a range cut by where its scans are counted: closed days of a busy
// code from scan_days, of those, whole months from scan_months, and everything
// else from the raw rows. Dates are days of UTC; the second one is excluded.
type pieces struct {
	rawFrom, rawTo       time.Time // the office's midnights
	closedFrom, closedTo time.Time
	headFrom, headTo     time.Time // closed days before the first whole month
	monthsFrom, monthsTo time.Time
	tailFrom, tailTo     time.Time // closed days after the last one
}

// cut cuts the filter's range. The code's days are closed until a date.
func (f Filter) cut(until time.Time) pieces {
	from, to := dateOf(f.From), dateOf(f.To)
	closed := earlier(to, until)
	p := pieces{rawFrom: f.From, rawTo: f.To, closedFrom: from, closedTo: closed}
	if !closed.After(from) {
		none := from
		p.closedTo = none
		p.headFrom, p.headTo, p.monthsFrom, p.monthsTo, p.tailFrom, p.tailTo = none, none, none, none, none, none
		return p
	}
	p.rawFrom = inZone(closed, f.From.Location())
	first, last := monthOf(from), monthOf(to)
	if first.Before(from) {
		first = first.AddDate(0, 1, 0)
	}
	if !to.Before(until) { // then what the month has so far is all in the range
		last = monthOf(until.AddDate(0, 0, -1)).AddDate(0, 1, 0)
	}
	if !first.Before(last) {
		p.headFrom, p.headTo = from, closed
		p.monthsFrom, p.monthsTo, p.tailFrom, p.tailTo = closed, closed, closed, closed
		return p
	}
	p.headFrom, p.headTo = from, first
	p.monthsFrom, p.monthsTo = first, last
	p.tailFrom, p.tailTo = last, closed
	return p
}

func monthOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// inZone is the beginning of a day of UTC in a zone.
func inZone(day time.Time, zone *time.Location) time.Time {
	return midnight(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, zone), 0)
}

func date(t time.Time) string { return t.Format(time.DateOnly) }
