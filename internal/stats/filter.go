package stats

import (
	"slices"
	"strconv"
	"time"

	"qrgen/internal/errs"
)

// Limits of a range.
const (
	DaysMax     = 1_100 // days of a range of own dates
	HourDaysMax = 31    // days of a range that can be looked at by the hour
	daysDefault = 30
	dayStepMax  = 120 // days of a range that is looked at by the day unless asked otherwise
)

// Presets gives the lengths of the ranges that end today, in days.
func Presets() []int { return []int{7, 30, 90, 400} }

// Step is how a range is cut.
type Step string

// The steps. Weeks begin on Monday.
const (
	ByHour Step = "hour"
	ByDay  Step = "day"
	ByWeek Step = "week"
)

// Class says whose visits are broken down.
type Class string

// The classes. Tests are in neither.
const (
	Human Class = "human"
	All   Class = "all" // bots and previews, too
)

// Query is what an address asks for: text, nothing checked. Days is the length
// of a range that ends today; From and To are dates of an own one, both
// included.
type Query struct{ Days, From, To, By, Class string }

// Filter is a checked Query.
type Filter struct {
	From, To time.Time // the office's midnights; To is excluded
	Days     int       // of a range that ends today; 0: own dates
	Step     Step
	Class    Class
}

// Length is the number of days of the range.
func (f Filter) Length() int {
	return int(dateOf(f.To).Sub(dateOf(f.From)) / (24 * time.Hour))
}

// Last is the last day of the range.
func (f Filter) Last() time.Time { return f.To.AddDate(0, 0, -1) }

// ParseQuery checks a query as of now, whose zone is the office's. The error is
// Invalid and names each parameter that is wrong: days, from, to, by, class.
func ParseQuery(q Query, now time.Time) (Filter, error) {
	f := Filter{Class: Human}
	var bad errs.Fields
	if q.From != "" || q.To != "" {
		parseDates(&f, q, now, &bad)
	} else {
		f.Days = daysDefault
		if q.Days != "" {
			n, err := strconv.Atoi(q.Days)
			if err != nil || !slices.Contains(Presets(), n) {
				bad.Check("days", errs.New(errs.Invalid, "Choose the last 7, 30, 90 or 400 days, or own dates."))
				n = daysDefault
			}
			f.Days = n
		}
		f.To = midnight(now, 1)
		f.From = midnight(now, 1-f.Days)
	}
	switch Class(q.Class) {
	case "", Human:
	case All:
		f.Class = All
	default:
		bad.Check("class", errs.New(errs.Invalid, "Choose human or all."))
	}
	f.parseStep(q.By, &bad)
	return f, bad.Err()
}

func parseDates(f *Filter, q Query, now time.Time, bad *errs.Fields) {
	date := func(name, text string, preset time.Time) time.Time {
		if text == "" {
			return preset
		}
		t, err := time.ParseInLocation(time.DateOnly, text, now.Location())
		if err != nil {
			bad.Check(name, errs.New(errs.Invalid, "Write the date as 2026-11-20."))
			return preset
		}
		return midnight(t, 0)
	}
	today := midnight(now, 0)
	last := date("to", q.To, today)
	if last.After(today) {
		last = today
	}
	f.From = date("from", q.From, midnight(last, 1-daysDefault))
	f.To = midnight(last, 1)
	switch {
	case bad.Err() != nil:
	case f.From.After(today):
		bad.Check("from", errs.New(errs.Invalid, "The first day is yet to come."))
	case f.From.After(last):
		bad.Check("to", errs.New(errs.Invalid, "The last day is before the first one."))
	case f.Length() > DaysMax:
		bad.Check("from", errs.New(errs.Invalid, "That are more than 1,100 days. Choose a later first day."))
	}
}

func (f *Filter) parseStep(by string, bad *errs.Fields) {
	switch Step(by) {
	case "":
		f.Step = f.naturalStep()
	case ByHour:
		if f.Length() > HourDaysMax && bad.Err() == nil {
			bad.Check("by", errs.New(errs.Invalid, "Hours can be shown for up to 31 days."))
		}
		f.Step = ByHour
	case ByDay, ByWeek:
		f.Step = Step(by)
	default:
		bad.Check("by", errs.New(errs.Invalid, "Choose hour, day or week."))
	}
}

// naturalStep is how a range is looked at unless asked otherwise.
func (f Filter) naturalStep() Step {
	switch n := f.Length(); {
	case n <= 2:
		return ByHour
	case n <= dayStepMax:
		return ByDay
	}
	return ByWeek
}

// midnight is the beginning of the day so many days after t's. In zones whose
// clocks go forward at midnight that is 1 o'clock.
func midnight(t time.Time, days int) time.Time {
	year, month, day := t.Date()
	noon := time.Date(year, month, day+days, 12, 0, 0, 0, t.Location())
	year, month, day = noon.Date()
	begin := time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	for begin.Day() != day {
		begin = begin.Add(30 * time.Minute)
	}
	return begin
}

// dateOf is the date of a time as a day of UTC, which are all 24 hours long.
func dateOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
