package backup

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
)

// oldAfter is from which age on the last good backup of a daily schedule is a
// reason to look.
const oldAfter = 36 * time.Hour

// Standing is how the backups stand, by what the database was told.
type Standing struct {
	Good   *db.Backup // the last that was made and verified; nil if none ever was
	Failed *db.Backup // the last attempt that failed; nil if none ever did
}

// ReadStanding asks the database.
func ReadStanding(ctx context.Context, store *db.Store) (Standing, error) {
	rows, err := store.ListLatestBackups(ctx)
	if err != nil {
		return Standing{}, fmt.Errorf("read how the backups stand: %w", err)
	}
	var s Standing
	for i := range rows {
		if rows[i].Error == "" {
			s.Good = &rows[i]
		} else {
			s.Failed = &rows[i]
		}
	}
	return s, nil
}

// Failing says whether the last attempt failed.
func (s Standing) Failing() bool {
	return s.Failed != nil && (s.Good == nil || s.Failed.ID > s.Good.ID)
}

// Status is one word for it: ok, none (nobody ever tried), failed (the last
// attempt did) or old.
func (s Standing) Status(now time.Time) string {
	switch {
	case s.Failing():
		return "failed"
	case s.Good == nil:
		return "none"
	case now.Sub(s.Good.StartedAt) > oldAfter:
		return "old"
	}
	return "ok"
}
