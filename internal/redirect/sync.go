package redirect

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
)

const (
	// pageRows is how many rows are read and applied at a time.
	pageRows = 10_000

	// pageTimeout bounds one query, so that a server that hangs reads as away.
	pageTimeout = 30 * time.Second

	// fullEvery is how often everything is read anew, against what no rule
	// foresees: a row changed past the triggers, a defect of ours.
	fullEvery = time.Hour
)

// mark is a moment in the database's history: a snapshot of its transactions
// (PostgreSQL documentation, 9.27.8, pg_snapshot) and the epoch that it belongs
// to. The zero mark is before everything.
type mark struct {
	Snapshot string `json:"snapshot"` // xmin:xmax:xip,…
	Epoch    string `json:"epoch"`
}

// xmax is the first transaction number that was not given out at the mark; 0 if
// it can't be read.
func (m mark) xmax() uint64 {
	_, rest, _ := strings.Cut(m.Snapshot, ":")
	text, _, _ := strings.Cut(rest, ":")
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// sync brings the directory to what the database has now. Contact, if not 0,
// bounds the wait for the server's first answer.
//
// Nothing is missed: the next mark is taken before the rows are read, so that
// they show at least what the mark sees, and the reading after it asks for
// every code whose last change that mark did not see, whenever it began and
// however late it committed. What both see is read twice, which does no harm.
func (d *Directory) sync(ctx context.Context, contact time.Duration) error {
	d.syncing.Lock()
	defer d.syncing.Unlock()
	begun := d.cfg.Now()
	if err := d.read(ctx, contact, begun); err != nil {
		d.stale.Store(true)
		d.counters.failures.Add(1)
		if errs.KindOf(err) == errs.Unavailable {
			d.through.pause(d.cfg.Now())
		}
		return err
	}
	d.confirmed.Store(&begun)
	d.stale.Store(false)
	d.through.resume()
	d.counters.readings.Add(1)
	return nil
}

func (d *Directory) read(ctx context.Context, contact time.Duration, now time.Time) error {
	next, err := d.readMark(ctx, contact)
	if err != nil {
		return err
	}
	sameHistory := next.Epoch == d.mark.Epoch && next.xmax() >= d.mark.xmax()
	if sameHistory && now.Sub(d.lastFull) < fullEvery {
		err = d.readChanges(ctx)
	} else {
		err = d.readAll(ctx, sameHistory)
	}
	if err != nil {
		return err
	}
	d.mark = next
	return nil
}

func (d *Directory) readMark(ctx context.Context, contact time.Duration) (mark, error) {
	if contact == 0 {
		contact = pageTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, contact)
	defer cancel()
	row, err := d.cfg.Store.DirectoryMark(ctx)
	if err != nil {
		return mark{}, fmt.Errorf("mark the moment in the database: %w", err)
	}
	return mark{Snapshot: row.Mark, Epoch: row.Epoch}, nil
}

func (d *Directory) readChanges(ctx context.Context) error {
	_, err := d.readPages(ctx, applyChange, func(ctx context.Context, after int64) ([]db.ListDirectoryRow, error) {
		changes, err := d.cfg.Store.ListDirectoryChanges(ctx, db.ListDirectoryChangesParams{
			Mark: d.mark.Snapshot, AfterID: after, RowLimit: pageRows,
		})
		rows := make([]db.ListDirectoryRow, len(changes))
		for i, c := range changes {
			rows[i] = db.ListDirectoryRow(c)
		}
		return rows, err
	})
	if err != nil {
		return fmt.Errorf("read the changed codes: %w", err)
	}
	return nil
}

// readAll reads every code and forgets those that the database does not have
// (any more: it was restored). In another history a lower revision may be the
// newer one.
func (d *Directory) readAll(ctx context.Context, sameHistory bool) error {
	how := applyForce
	if sameHistory {
		how = applyChange
	}
	d.writing.Lock()
	d.index.unsee()
	omitted := d.omitted
	d.writing.Unlock()

	begun := d.cfg.Now()
	n, err := d.readPages(ctx, how, func(ctx context.Context, after int64) ([]db.ListDirectoryRow, error) {
		return d.cfg.Store.ListDirectory(ctx, db.ListDirectoryParams{AfterID: after, RowLimit: pageRows})
	})
	if err != nil {
		return fmt.Errorf("read all codes: %w", err)
	}

	d.writing.Lock()
	dropped := d.index.dropUnseen()
	d.count -= dropped
	d.generation++
	d.complete.Store(d.omitted == omitted)
	d.saved.changes.Add(uint64(dropped)) //nolint:gosec // never negative
	d.writing.Unlock()

	now := d.cfg.Now()
	d.lastFull = now
	d.counters.fullReadings.Add(1)
	d.cfg.Log.InfoContext(ctx, "directory read", "codes", n, "duration_ms", now.Sub(begun).Milliseconds(), "complete", d.complete.Load())
	if dropped > 0 {
		d.cfg.Log.WarnContext(ctx, "codes left the directory because the database does not have them", "codes", dropped)
	}
	return nil
}

// readPages applies what page gives, in the order of the codes' IDs, until
// there is no more.
func (d *Directory) readPages(ctx context.Context, how policy, page func(ctx context.Context, after int64) ([]db.ListDirectoryRow, error)) (int, error) {
	n, after := 0, int64(0)
	for {
		rows, err := d.readPage(ctx, after, page)
		if err != nil {
			return n, err
		}
		d.applyRows(rows, how)
		n += len(rows)
		if len(rows) < pageRows {
			return n, nil
		}
		after = rows[len(rows)-1].ID
	}
}

func (d *Directory) readPage(ctx context.Context, after int64, page func(ctx context.Context, after int64) ([]db.ListDirectoryRow, error)) ([]db.ListDirectoryRow, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	return page(ctx, after)
}

func (d *Directory) applyRows(rows []db.ListDirectoryRow, how policy) {
	d.writing.Lock()
	defer d.writing.Unlock()
	for _, row := range rows {
		if err := d.apply(entryOfRow(row), how); err != nil {
			d.cfg.Log.Error("code not in the directory", "code_id", row.ID, "err", err)
		}
	}
}
