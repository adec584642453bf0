package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Keep says of how many days, weeks and months the last backup is kept.
type Keep struct{ Daily, Weekly, Monthly int }

// choose says which of the times, newest first, stay: the newest in any case,
// and the last of each of the newest days, weeks (from Monday) and months that
// have one.
func (k Keep) choose(times []time.Time) []bool {
	stay := make([]bool, len(times))
	for _, rule := range []struct {
		most int
		of   func(time.Time) string
	}{
		{1, func(time.Time) string { return "" }},
		{k.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{k.Weekly, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, " ", w) }},
		{k.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		seen := map[string]bool{}
		for i, t := range times {
			period := rule.of(t)
			if seen[period] {
				continue
			}
			if len(seen) == rule.most {
				break
			}
			seen[period] = true
			stay[i] = true
		}
	}
	return stay
}

// prune removes the backups that need not stay, and what could not be verified
// but for the newest. Files of other names are nobody's business here. It is
// called when a good backup has just been put in its place.
func prune(dir string, keep Keep, location *time.Location) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	type backup struct {
		name string
		at   time.Time
	}
	var good, unverified []backup
	for _, e := range entries {
		name, isUnverified := strings.CutSuffix(e.Name(), unverifiedSuffix)
		at, ok := fileTime(name, location)
		switch {
		case !ok || !e.Type().IsRegular():
		case isUnverified:
			unverified = append(unverified, backup{e.Name(), at})
		default:
			good = append(good, backup{e.Name(), at})
		}
	}
	newestFirst := func(a, b backup) int { return b.at.Compare(a.at) }
	slices.SortFunc(good, newestFirst)
	slices.SortFunc(unverified, newestFirst)
	times := make([]time.Time, len(good))
	for i, b := range good {
		times[i] = b.at
	}
	for i, stays := range keep.choose(times) {
		if !stays {
			removed = append(removed, good[i].name)
		}
	}
	// A good backup that is newer makes up for one that could not be verified.
	for i, b := range unverified {
		if i > 0 || len(good) > 0 && good[0].at.After(b.at) {
			removed = append(removed, b.name)
		}
	}
	for _, name := range removed {
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.Remove(path), removeIfThere(path+noteSuffix))
	}
	if err != nil {
		err = fmt.Errorf("remove old backups: %w", err)
	}
	return removed, err
}
