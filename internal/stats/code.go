package stats

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"qrgen/db"
	"qrgen/internal/scans"
)

// namesShown is how many names of a dimension are told apart.
const namesShown = 10

// Counts are visits by class. Repeats are those of people who had been there
// on the same day.
type Counts struct {
	Human, Bot, Prefetch int64
	Repeats              int64
}

// All is every visit that counts.
func (c Counts) All() int64 { return c.Human + c.Bot + c.Prefetch }

// Of is the visits that a class stands for.
func (c Counts) Of(class Class) int64 {
	if class == All {
		return c.All()
	}
	return c.Human
}

func (c *Counts) add(class int16, scanned, repeats int64) {
	switch scans.Class(class) {
	case scans.Human:
		c.Human += scanned
		c.Repeats += repeats
	case scans.Bot:
		c.Bot += scanned
	case scans.Prefetch:
		c.Prefetch += scanned
	case scans.Test:
	}
}

// Bucket is one step of a series.
type Bucket struct {
	Begins time.Time
	Counts
}

// Part is what a dimension's scans were: the most frequent names, and how many
// scans have another one. An empty name is one that is not known.
type Part struct {
	Dimension string // source, device, os, browser, referrer, language, country
	Names     []Name
	Others    int64
}

// Name is one value of a dimension.
type Name struct {
	Name  string
	Scans int64
}

// Figures are one code's scans in a range. Parts and Week are of the filter's
// class.
type Figures struct {
	Filter Filter
	Closed bool // the code's days are kept as counts, whatever becomes of its single scans
	Total  Counts
	Series []Bucket // every step of the range, those without scans too
	Parts  []Part
	Week   [7][24]int64 // by weekday, from Monday, and hour
}

// Dimensions gives the names of a code's parts in the order of a page.
func Dimensions() []string {
	return []string{"source", "device", "os", "browser", "referrer", "country", "language"}
}

// Reader reads figures. It is safe for concurrent use.
type Reader struct {
	store *db.Store
	zone  *time.Location
	now   func() time.Time
	top   kept[[]TopCode]
}

// NewReader makes a reader; zone is the office's.
func NewReader(store *db.Store, zone *time.Location, now func() time.Time) *Reader {
	return &Reader{store: store, zone: zone, now: now}
}

// Now is the time in the office.
func (r *Reader) Now() time.Time { return r.now().In(r.zone) }

// Code gives a code's figures, all as of one instant.
func (r *Reader) Code(ctx context.Context, id int64, f Filter) (Figures, error) {
	var rows []db.ScanFiguresRow
	var closed bool
	err := r.store.InSnapshot(ctx, func(q *db.Queries) error {
		until, err := closedUntil(ctx, q, id)
		if err != nil {
			return err
		}
		closed = until.Year() > 1
		p := f.cut(until)
		rows, err = q.ScanFigures(ctx, db.ScanFiguresParams{
			CodeID: int32(id), Zone: scans.ZoneName(r.zone), Classes: f.classes(), Hourly: f.Step == ByHour, AtMost: namesShown,
			RawFrom: p.rawFrom, RawTo: p.rawTo, ClosedFrom: date(p.closedFrom), ClosedTo: date(p.closedTo),
			HeadFrom: date(p.headFrom), HeadTo: date(p.headTo), MonthsFrom: date(p.monthsFrom), MonthsTo: date(p.monthsTo),
			TailFrom: date(p.tailFrom), TailTo: date(p.tailTo),
		})
		return err
	})
	if err != nil {
		return Figures{}, fmt.Errorf("read the scans of code %d: %w", id, err)
	}
	figures, err := f.figures(rows)
	figures.Closed = closed
	return figures, err
}

// figures sorts what was counted.
func (f Filter) figures(rows []db.ScanFiguresRow) (Figures, error) {
	figures := Figures{Filter: f, Series: f.steps()}
	names := map[string][]Name{}
	for _, row := range rows {
		switch row.Dimension {
		case "series":
			bucketOf(figures.Series, row.BeginsAt).add(row.Class, row.Scans, row.Repeats)
			figures.Total.add(row.Class, row.Scans, row.Repeats)
		case "week":
			hour, err := strconv.Atoi(row.Name)
			if err != nil || hour < 0 || hour >= 7*24 {
				return figures, fmt.Errorf("read the hour %q of a week: %w", row.Name, err)
			}
			figures.Week[hour/24][hour%24] = row.Scans
		default:
			names[row.Dimension] = append(names[row.Dimension], Name{row.Name, row.Scans})
		}
	}
	for _, dimension := range Dimensions() {
		part := Part{Dimension: dimension, Names: names[dimension], Others: figures.Total.Of(f.Class)}
		slices.SortFunc(part.Names, func(a, b Name) int { return cmp.Or(cmp.Compare(b.Scans, a.Scans), cmp.Compare(a.Name, b.Name)) })
		for _, name := range part.Names {
			part.Others -= name.Scans
		}
		figures.Parts = append(figures.Parts, part)
	}
	return figures, nil
}

// closedUntil gives the date up to which a code's days are rolled up, the year
// 1 if none are.
func closedUntil(ctx context.Context, q *db.Queries, id int64) (time.Time, error) {
	text, err := q.ScanRollup(ctx, int32(id))
	if err != nil {
		return time.Time{}, fmt.Errorf("look for closed days: %w", err)
	}
	until, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the last closed day: %w", err)
	}
	return until, nil
}

// steps gives every step of the range, with nothing counted yet.
func (f Filter) steps() []Bucket {
	var list []Bucket
	at := f.From
	if f.Step == ByWeek {
		at = midnight(at, -(int(at.Weekday())+6)%7)
	}
	for at.Before(f.To) {
		list = append(list, Bucket{Begins: at})
		switch f.Step {
		case ByHour:
			at = at.Add(time.Hour)
		case ByDay:
			at = midnight(at, 1)
		case ByWeek:
			at = midnight(at, 7)
		}
	}
	return list
}

// bucketOf gives the step that an instant falls into.
func bucketOf(series []Bucket, at time.Time) *Bucket {
	low, high := 0, len(series)
	for high-low > 1 {
		if middle := (low + high) / 2; series[middle].Begins.After(at) {
			high = middle
		} else {
			low = middle
		}
	}
	return &series[low]
}

// classes are the stored classes that the filter's stands for.
func (f Filter) classes() []int16 {
	if f.Class == All {
		return []int16{int16(scans.Human), int16(scans.Bot), int16(scans.Prefetch)}
	}
	return []int16{int16(scans.Human)}
}
