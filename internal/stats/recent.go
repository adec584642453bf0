package stats

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
	"qrgen/internal/scans"
)

// RecentDays is how many days lists and codes' pages look back.
const RecentDays = 30

// Recent is one code's visits by day, today's last. Bots and previews are in
// it, as they are in the totals.
type Recent [RecentDays]int64

// Last adds up the last days, today included.
func (r Recent) Last(days int) (sum int64) {
	for _, n := range r[RecentDays-days:] {
		sum += n
	}
	return sum
}

// Recent gives the recent visits of some codes; codes without any have none.
func (r *Reader) Recent(ctx context.Context, ids []int64) (map[int64]Recent, error) {
	now := r.Now()
	from := midnight(now, 1-RecentDays)
	codes := make([]int32, len(ids))
	for i, id := range ids {
		codes[i] = int32(id)
	}
	rows, err := r.store.ScanDaysOfCodes(ctx, db.ScanDaysOfCodesParams{
		CodeIds: codes, FromDay: from.Format(time.DateOnly), FromTime: from, Zone: scans.ZoneName(r.zone),
	})
	if err != nil {
		return nil, fmt.Errorf("count recent scans: %w", err)
	}
	all := map[int64]Recent{}
	for _, row := range rows {
		day, err := time.Parse(time.DateOnly, row.Day)
		if err != nil {
			return nil, fmt.Errorf("read a day: %w", err)
		}
		// A scan of a clock that is ahead counts for today.
		n := min(int(day.Sub(dateOf(from))/(24*time.Hour)), RecentDays-1)
		recent := all[row.CodeID]
		recent[n] += row.Scans
		all[row.CodeID] = recent
	}
	return all, nil
}
