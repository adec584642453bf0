package scans

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
)

// maxDifferences is how many differences a report lists.
const maxDifferences = 1000

// Report is what Verify found.
type Report struct {
	Scans  int64 // raw rows that are there
	Totals []TotalDifference
	Hours  []HourDifference
	Days   []DayDifference
	Months []MonthDifference
}

// OK says whether every count agrees with the raw rows.
func (r Report) OK() bool { return len(r.Totals)+len(r.Hours)+len(r.Days)+len(r.Months) == 0 }

// TotalDifference is a code whose kept totals are not what was counted.
type TotalDifference struct {
	CodeID                 int64
	KeptQR, KeptLink       int64
	CountedQR, CountedLink int64
}

// HourDifference is an hour over all codes whose kept count is not what was
// counted.
type HourDifference struct {
	Hour          time.Time
	Class         Class
	Source        Source
	Kept, Counted int64
}

// DayDifference is a rolled up day of a code, one of whose dimensions does not
// add up to what was counted.
type DayDifference struct {
	CodeID        int64
	Day           time.Time
	Dimension     int16 // see scan_days
	Kept, Counted int64
}

// MonthDifference is a month of a code, one of whose dimensions is not the sum
// of its closed days. Kept and Counted are of the values that differ, and alike
// where only the repeats do.
type MonthDifference struct {
	CodeID        int64
	Month         time.Time
	Dimension     int16 // see scan_days
	Kept, Counted int64
}

// Verify recounts from the raw rows what is kept as counts: the totals of
// every code (the rows that are there, plus what dropped months left behind)
// and the hours and rolled up days of every month that is there; months are
// added up anew from their days. It may run while scans are recorded. location
// is the recorder's. A report lists at most 1,000 differences of each sort.
func Verify(ctx context.Context, store *db.Store, location *time.Location) (Report, error) {
	var report Report
	months := newMonths(store)
	if err := months.finish(ctx); err != nil {
		return report, err
	}
	// Months stay what they are while they are counted.
	err := months.inTurn(ctx, func(q *db.Queries) error {
		var err error
		if report.Scans, err = q.CountRawScans(ctx); err != nil {
			return fmt.Errorf("count the scans: %w", err)
		}
		totals, err := q.ListTotalDifferences(ctx, maxDifferences)
		if err != nil {
			return fmt.Errorf("recount the totals: %w", err)
		}
		for _, d := range totals {
			report.Totals = append(report.Totals, TotalDifference{d.CodeID, d.KeptQR, d.KeptLink, d.CountedQR, d.CountedLink})
		}
		hours, err := q.ListHourDifferences(ctx, db.ListHourDifferencesParams{Origin: time.Unix(-phaseOf(location), 0), AtMost: maxDifferences})
		if err != nil {
			return fmt.Errorf("recount the hours: %w", err)
		}
		for _, d := range hours {
			source := Link
			if d.QR {
				source = QR
			}
			report.Hours = append(report.Hours, HourDifference{d.Hour, Class(d.Class), source, d.Kept, d.Counted})
		}
		days, err := q.ListDayDifferences(ctx, db.ListDayDifferencesParams{Zone: ZoneName(location), AtMost: maxDifferences})
		if err != nil {
			return fmt.Errorf("recount the closed days: %w", err)
		}
		for _, d := range days {
			report.Days = append(report.Days, DayDifference(d))
		}
		summed, err := q.ListMonthDifferences(ctx, maxDifferences)
		if err != nil {
			return fmt.Errorf("add up the months: %w", err)
		}
		for _, d := range summed {
			report.Months = append(report.Months, MonthDifference(d))
		}
		return nil
	})
	return report, err
}
