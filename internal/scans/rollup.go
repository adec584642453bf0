package scans

import (
	"context"
	"fmt"
	"math"
	"time"

	"qrgen/db"
)

const (
	// busyScans is from how many scans on a code's closed days are rolled up.
	// Fewer raw rows are counted in a few milliseconds.
	busyScans = 5000
	// closedAfter is how long after the office's midnight a day is closed;
	// rows older than lateAfter may belong to a closed day. The margin between
	// them is for clocks that differ between replicas.
	closedAfter = time.Hour
	lateAfter   = 30 * time.Minute
	rollUpBy    = 500
)

// ZoneName is the office's zone by the name PostgreSQL knows it by.
func ZoneName(location *time.Location) string {
	if location == time.Local {
		return "UTC" // Go can't tell the name
	}
	return location.String()
}

// rollUp writes the closed days of all busy codes.
func rollUp(ctx context.Context, store *db.Store, location *time.Location, now time.Time) error {
	until := now.Add(-closedAfter).In(location).Format(time.DateOnly)
	for {
		codes, err := store.ListCodesToRollUp(ctx, db.ListCodesToRollUpParams{AtLeast: busyScans, Until: until, AtMost: rollUpBy})
		if err != nil {
			return fmt.Errorf("list the busy codes: %w", err)
		}
		for _, code := range codes {
			if code > math.MaxInt32 {
				continue
			}
			if err := rollUpCode(ctx, store, location, int32(code), until); err != nil {
				return err
			}
		}
		if len(codes) < rollUpBy {
			return nil
		}
	}
}

func rollUpCode(ctx context.Context, store *db.Store, location *time.Location, code int32, until string) error {
	err := store.InTx(ctx, func(q *db.Queries) error {
		// Alone: each of the following statements sees every batch that was
		// stored before, and no late row can slip in between.
		if err := q.LockRollups(ctx); err != nil {
			return err
		}
		if err := q.RollUpCode(ctx, db.RollUpCodeParams{Zone: ZoneName(location), CodeID: code, Until: until}); err != nil {
			return err
		}
		return q.NoteRollup(ctx, db.NoteRollupParams{CodeID: code, Until: until})
	})
	if err != nil {
		return fmt.Errorf("roll up code %d: %w", code, err)
	}
	return nil
}

// late gives the rows that may belong to a day that is rolled up already.
func (b *batch) late(now time.Time, ids *wordIDs) (p db.AddLateScansParams) {
	border := now.Add(-lateAfter).UnixMicro()
	for i := range b.rows {
		row := &b.rows[i]
		if row.at >= border {
			continue
		}
		p.CodeIds = append(p.CodeIds, row.code)
		p.ScannedAt = append(p.ScannedAt, time.UnixMicro(row.at))
		p.Classes = append(p.Classes, int16(row.class))
		p.Qrs = append(p.Qrs, row.qr)
		p.Repeats = append(p.Repeats, row.repeat)
		p.Agents = append(p.Agents, ids.agents[row.agent])
		p.Referrers = append(p.Referrers, ids.words[row.referrer])
		p.Languages = append(p.Languages, ids.words[row.language])
		p.Countries = append(p.Countries, ids.words[row.country])
	}
	return p
}

// addLate puts late rows into the days that have been rolled up without them.
func addLate(ctx context.Context, q *db.Queries, location *time.Location, b *batch, ids *wordIDs) error {
	p := b.late(time.Now(), ids)
	if len(p.CodeIds) == 0 {
		return nil
	}
	p.Zone = ZoneName(location)
	if err := q.LockRollupsShared(ctx); err != nil {
		return fmt.Errorf("wait for the closed days: %w", err)
	}
	if err := q.AddLateScans(ctx, p); err != nil {
		return fmt.Errorf("add late scans to closed days: %w", err)
	}
	return nil
}
