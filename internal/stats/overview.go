package stats

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"qrgen/db"
	"qrgen/internal/scans"
)

const (
	topShown       = 5
	attentionShown = 5
	// What the overview points out.
	expiresWithin  = 14 // days
	unscannedAfter = 14 // days since the download
	unscannedUntil = 90 // days: later it is no news
	deadEndDays    = 7
)

// Sum is the visits of a time, and those of people among them.
type Sum struct{ All, Human int64 }

// Period is the last days, today included, beside as many days before. Both
// are compared up to the same full hour: a day that has just begun would
// always lose.
type Period struct {
	Days    int
	Now     Sum       // until this moment
	Until   time.Time // up to where it is compared; zero at the very beginning of a day, when a day can't be
	Same    Sum       // the period until then
	Earlier Sum       // the period before until the same hour
}

// TopCode is a code and its visits.
type TopCode struct {
	ID    int64
	Title string
	Scans int64
}

// Top is the codes with the most visits in the last 30 days.
type Top struct {
	Codes []TopCode
	As    time.Time // when they were counted; zero while that is still going on
}

// Reason is why a code needs attention.
type Reason string

// The reasons.
const (
	Expires   Reason = "expires"   // soon; At says when
	Unscanned Reason = "unscanned" // since it was downloaded, At
	DeadEnd   Reason = "dead end"  // leads nowhere and is scanned all the same, Count times in a week
)

// Attention is a code that somebody should look at.
type Attention struct {
	ID     int64
	Title  string
	Reason Reason
	At     time.Time
	Count  int64
}

// Overview is what happened to all codes together.
type Overview struct {
	Periods   []Period // today, 7 days, 30 days
	Series    []Bucket // 30 days
	Top       Top
	Attention []Attention
}

// Overview reads the overview.
func (r *Reader) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	g, each := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		if o.Periods, err = r.periods(each); err != nil {
			return fmt.Errorf("add up the scans: %w", err)
		}
		return nil
	})
	g.Go(func() (err error) {
		if o.Series, err = r.allDays(each); err != nil {
			return fmt.Errorf("count all scans by day: %w", err)
		}
		return nil
	})
	g.Go(func() (err error) {
		if o.Attention, err = r.attention(each); err != nil {
			return fmt.Errorf("look for codes that need attention: %w", err)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return o, err
	}
	o.Top.Codes, o.Top.As = r.top.get(ctx, r.countTop)
	return o, nil
}

func (r *Reader) periods(ctx context.Context) ([]Period, error) {
	now := r.Now()
	today := midnight(now, 0)
	hour := today.Add(now.Sub(today).Truncate(time.Hour))
	var periods []Period
	var froms, tos []time.Time
	for _, days := range []int{1, 7, 30} {
		begin := midnight(now, 1-days)
		periods = append(periods, Period{Days: days, Until: hour})
		froms = append(froms, begin, begin, midnight(now, 1-2*days))
		tos = append(tos, now, hour, hour.AddDate(0, 0, -days))
	}
	sums, err := r.store.AllScanSums(ctx, db.AllScanSumsParams{FromTimes: froms, ToTimes: tos})
	if err != nil {
		return nil, err
	}
	for i := range periods {
		p := &periods[i]
		sum := func(n int) Sum { return Sum{sums[3*i+n].Scans, sums[3*i+n].Human} }
		p.Now, p.Same, p.Earlier = sum(0), sum(1), sum(2)
		if !hour.After(froms[3*i]) {
			p.Until = time.Time{}
		}
	}
	return periods, nil
}

func (r *Reader) allDays(ctx context.Context) ([]Bucket, error) {
	now := r.Now()
	f := Filter{From: midnight(now, 1-RecentDays), To: midnight(now, 1), Step: ByDay}
	rows, err := r.store.AllScanDays(ctx, db.AllScanDaysParams{Zone: scans.ZoneName(r.zone), FromTime: f.From, ToTime: f.To})
	if err != nil {
		return nil, err
	}
	series := f.steps()
	for _, row := range rows {
		day, err := time.ParseInLocation(time.DateOnly, row.Day, r.zone)
		if err != nil {
			return nil, fmt.Errorf("read a day: %w", err)
		}
		bucketOf(series, midnight(day, 0)).add(row.Class, row.Scans, row.Repeats)
	}
	return series, nil
}

func (r *Reader) attention(ctx context.Context) ([]Attention, error) {
	now := r.Now()
	var list []Attention
	ends, err := r.store.DeadEnds(ctx, db.DeadEndsParams{FromDay: midnight(now, 1-deadEndDays).Format(time.DateOnly), NowTime: new(now), RowLimit: attentionShown})
	if err != nil {
		return nil, err
	}
	for _, c := range ends {
		list = append(list, Attention{ID: c.ID, Title: c.Title, Reason: DeadEnd, Count: c.QR})
	}
	soon, err := r.store.ExpiringCodes(ctx, db.ExpiringCodesParams{FromTime: new(now), ToTime: new(now.AddDate(0, 0, expiresWithin)), RowLimit: attentionShown})
	if err != nil {
		return nil, err
	}
	for _, c := range soon {
		list = append(list, Attention{ID: c.ID, Title: c.Title, Reason: Expires, At: c.ExpiresAt})
	}
	silent, err := r.store.UnscannedCodes(ctx, db.UnscannedCodesParams{
		FromTime: new(now.AddDate(0, 0, -unscannedUntil)), ToTime: new(now.AddDate(0, 0, -unscannedAfter)), RowLimit: attentionShown,
	})
	if err != nil {
		return nil, err
	}
	for _, c := range silent {
		list = append(list, Attention{ID: c.ID, Title: c.Title, Reason: Unscanned, At: c.PrintedAt})
	}
	return list, nil
}

func (r *Reader) countTop(ctx context.Context) ([]TopCode, error) {
	from := midnight(r.Now(), 1-RecentDays)
	rows, err := r.store.TopCodes(ctx, db.TopCodesParams{FromDay: from.Format(time.DateOnly), FromTime: from, Zone: scans.ZoneName(r.zone), AtMost: topShown})
	if err != nil {
		return nil, err
	}
	list := make([]TopCode, len(rows))
	for i, row := range rows {
		list[i] = TopCode{row.CodeID, row.Title, row.Scans}
	}
	return list, nil
}
