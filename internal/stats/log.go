package stats

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/scans"
)

// Place is where a page of the scan log begins: after so many scans of an
// instant, going back in time. The zero Place is the newest scan.
type Place struct {
	At   time.Time
	Skip int
}

// String writes a place for an address.
func (p Place) String() string {
	if p.At.IsZero() {
		return ""
	}
	return strconv.FormatInt(p.At.UnixMicro(), 10) + "." + strconv.Itoa(p.Skip)
}

// ParsePlace reads what String has written.
func ParsePlace(text string) (Place, error) {
	if text == "" {
		return Place{}, nil
	}
	micros, skip, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(micros, 10, 64)
	n, err2 := strconv.Atoi(skip)
	// 9999-12-31 is far enough; beyond, PostgreSQL has no such time.
	if err != nil || err2 != nil || at < 0 || at > 253402300799e6 || n < 0 || n > 1_000_000 {
		return Place{}, errs.InvalidField("before", "This is no place in the list. Begin with its first page.")
	}
	return Place{time.UnixMicro(at), n}, nil
}

// Scan is one scan of the log. What is not known is empty.
type Scan struct {
	At                          time.Time // in the office's zone
	Class                       scans.Class
	Source                      scans.Source
	Repeat                      bool
	Device, OS, Browser         string
	Referrer, Language, Country string
}

// Log gives a page of a code's scans in the filter's range, newest first, and
// where the following page begins (the zero Place: there is none).
func (r *Reader) Log(ctx context.Context, id int64, f Filter, from Place, limit int) ([]Scan, Place, error) {
	until := f.To.Add(-time.Microsecond)
	skip := 0
	if !from.At.IsZero() && from.At.Before(until) {
		until, skip = from.At, from.Skip
	}
	rows, err := r.store.ListScans(ctx, db.ListScansParams{
		CodeID: int32(id), Classes: append(f.classes(), f.tests()...), FromTime: f.From, UntilTime: until, Skip: int32(skip), RowLimit: int32(limit + 1),
	})
	if err != nil {
		return nil, Place{}, fmt.Errorf("list the scans of code %d: %w", id, err)
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	list := make([]Scan, len(rows))
	for i, row := range rows {
		source := scans.Link
		if row.QR {
			source = scans.QR
		}
		list[i] = Scan{
			At: row.ScannedAt.In(r.zone), Class: scans.Class(row.Class), Source: source, Repeat: row.Repeat,
			Device: row.Device, OS: row.Os, Browser: row.Browser, Referrer: row.Referrer, Language: row.Language, Country: row.Country,
		}
	}
	if !more {
		return list, Place{}, nil
	}
	next := Place{At: rows[limit-1].ScannedAt}
	for i := limit - 1; i >= 0 && rows[i].ScannedAt.Equal(next.At); i-- {
		next.Skip++
	}
	if next.At.Equal(until) {
		next.Skip += skip
	}
	return list, next, nil
}

// tests are in the log of all visits, which leaves nothing out.
func (f Filter) tests() []int16 {
	if f.Class == All {
		return []int16{int16(scans.Test)}
	}
	return nil
}
