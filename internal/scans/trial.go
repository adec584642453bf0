package scans

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
)

// TrialFor is how long a test of a code is open.
const TrialFor = 2 * time.Minute

// markTests makes the scans that fall into a test of their code tests, which
// are in no count. Asked of the database with each batch, it holds for every
// replica and for scans that waited in a journal; it takes the clocks of the
// replicas to agree.
func (b *batch) markTests(ctx context.Context, store *db.Store) error {
	if len(b.rows) == 0 {
		return nil
	}
	first, last := b.rows[0].at, b.rows[0].at
	for i := range b.rows {
		first, last = min(first, b.rows[i].at), max(last, b.rows[i].at)
	}
	tests, err := store.ListScanTests(ctx, db.ListScanTestsParams{First: time.UnixMicro(first), Last: time.UnixMicro(last)})
	if err != nil {
		return fmt.Errorf("look for tests of codes: %w", err)
	}
	for _, test := range tests {
		opened, closes := test.OpenedAt.UnixMicro(), test.ClosesAt.UnixMicro()
		for i := range b.rows {
			row := &b.rows[i]
			if int64(row.code) == test.CodeID && row.at >= opened && row.at < closes {
				row.class, row.repeat = Test, false
			}
		}
	}
	return nil
}
