package backup

import (
	"context"
	"log/slog"
	"time"
)

// The wait after a failed attempt doubles from the first to the longest.
const (
	retryFirst   = 5 * time.Second
	retryLongest = time.Hour
)

// Daily calls attempt now and then at the given times of each day, in minutes
// since midnight, until ctx ends. A failed attempt is logged and made again
// before its time.
func Daily(ctx context.Context, times []int, location *time.Location, log *slog.Logger, attempt func(context.Context) error) error {
	retry := retryFirst
	for {
		at := next(time.Now(), times, location)
		if err := attempt(ctx); err == nil {
			retry = retryFirst
			at = next(time.Now(), times, location)
		} else if ctx.Err() == nil {
			log.ErrorContext(ctx, "the backup failed", "error", err)
			if again := time.Now().Add(retry); again.Before(at) {
				at = again
			}
			retry = min(2*retry, retryLongest)
		}
		log.InfoContext(ctx, "waiting for the next backup", "at", at.In(location))
		timer := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// next is the first of the times after now. On the day on which clocks go
// forward, a time that does not exist is taken an hour later or earlier.
func next(now time.Time, times []int, location *time.Location) time.Time {
	year, month, day := now.In(location).Date()
	for ; ; day++ {
		for _, minutes := range times {
			if at := time.Date(year, month, day, minutes/60, minutes%60, 0, 0, location); at.After(now) {
				return at
			}
		}
	}
}
