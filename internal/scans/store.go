package scans

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"qrgen/db"
)

// inlineTotals is up to how many codes a batch updates their totals itself.
// Larger ones leave a delta, which the next fold adds up with the others:
// updating a total costs more than storing a scan.
const inlineTotals = 500

// storeBatch is tryBatch that finds its way in another database than before.
func (r *Recorder) storeBatch(ctx context.Context, b *batch) error {
	err := r.tryBatch(ctx, b)
	if errors.Is(err, errOtherDatabase) {
		r.cfg.Logger.WarnContext(ctx, "another database has taken the place of the one before; scans are stored there now")
		r.words.forget()
		r.months.forget()
		return r.tryBatch(ctx, b)
	}
	return err
}

// tryBatch puts a batch into the database in one transaction. A batch that
// is there already changes nothing: a lost answer to COMMIT is no reason to
// worry.
func (r *Recorder) tryBatch(ctx context.Context, b *batch) error {
	if err := r.words.resolve(ctx, r.cfg.Store); err != nil {
		return err
	}
	if err := b.markTests(ctx, r.cfg.Store); err != nil {
		return err
	}
	if err := r.months.ensure(ctx, b.months()); err != nil {
		return err
	}
	totals, hours := b.totals(), b.hours(r.phase)
	err := r.cfg.Store.InCopyTx(ctx, func(q *db.Queries, copyIn db.Copy) error {
		if err := r.words.sameDatabase(ctx, q); err != nil {
			return err
		}
		fresh, err := q.ClaimScanBatch(ctx, db.ClaimScanBatchParams{ID: b.id[:], Scans: int32(len(b.rows))})
		if err != nil || fresh == 0 {
			return err
		}
		if err := r.copyPaced(ctx, copyIn, b.rows); err != nil {
			return err
		}
		if err := addLate(ctx, q, r.cfg.Location, b, &r.words.ids); err != nil {
			return err
		}
		if len(totals) > inlineTotals {
			if err := q.CreateScanDelta(ctx, packTotals(totals)); err != nil {
				return fmt.Errorf("keep the counts of scans: %w", err)
			}
		} else if err := addToTotals(ctx, q, totals); err != nil {
			return err
		}
		return addToHours(ctx, q, hours)
	})
	if err != nil {
		// Of a connection that broke in COPY, pgx may still be reading the
		// input when it gives up.
		r.copyBuf = nil
		return fmt.Errorf("store %d scans: %w", len(b.rows), err)
	}
	if len(totals) > inlineTotals {
		r.unfolded.Store(true)
	}
	return nil
}

// copyPaced puts rows into the database at the recorder's pace.
func (r *Recorder) copyPaced(ctx context.Context, copyIn db.Copy, rows []scanRow) error {
	for first := true; len(rows) > 0; first = false {
		n := r.pace.nextCopy(len(rows), first)
		r.copyBuf = appendCopy(r.copyBuf[:0], rows[:n], &r.words.ids)
		if _, err := copyIn(ctx, copyStatement, bytes.NewReader(r.copyBuf)); err != nil {
			return fmt.Errorf("copy scans: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

// addToTotals adds counts, which are in the order of the codes, to
// code_totals.
func addToTotals(ctx context.Context, q *db.Queries, totals []total) error {
	if len(totals) == 0 {
		return nil
	}
	n := len(totals)
	p := db.AddToTotalsParams{
		CodeIds: make([]int64, n), QRScans: make([]int64, n), LinkScans: make([]int64, n), LastScansAt: make([]time.Time, n),
	}
	for i, t := range totals {
		p.CodeIds[i], p.QRScans[i], p.LinkScans[i], p.LastScansAt[i] = t.code, t.qr, t.link, time.UnixMicro(t.last)
	}
	if err := q.LockScanTotals(ctx); err != nil {
		return fmt.Errorf("wait for the totals: %w", err)
	}
	if err := q.AddToTotals(ctx, p); err != nil {
		return fmt.Errorf("add to the totals: %w", err)
	}
	return nil
}

// addToHours adds to the hours over all codes, in one order for all replicas,
// so that they can't deadlock.
func addToHours(ctx context.Context, q *db.Queries, hours map[hourKey]hourCount) error {
	keys := slices.SortedFunc(maps.Keys(hours), func(a, b hourKey) int {
		if a.hour != b.hour {
			return int(a.hour - b.hour)
		}
		if a.class != b.class {
			return int(a.class) - int(b.class)
		}
		if a.qr == b.qr {
			return 0
		}
		if b.qr {
			return -1
		}
		return 1
	})
	var p db.AddToHoursParams
	for _, k := range keys {
		p.Hours = append(p.Hours, time.Unix(k.hour, 0))
		p.Classes = append(p.Classes, int16(k.class))
		p.Qrs = append(p.Qrs, k.qr)
		p.Scans = append(p.Scans, hours[k].scans)
		p.Repeats = append(p.Repeats, hours[k].repeats)
	}
	if err := q.AddToHours(ctx, p); err != nil {
		return fmt.Errorf("add to the hours: %w", err)
	}
	return nil
}

// deltaLen is the packed form of a total: code ID, QR and link scans (uint32
// each), time of the last (int64, microseconds), in network order.
const deltaLen = 4 + 4 + 4 + 8

func packTotals(totals []total) []byte {
	be := binary.BigEndian
	b := make([]byte, 0, len(totals)*deltaLen)
	for _, t := range totals {
		b = be.AppendUint32(b, uint32(t.code))
		b = be.AppendUint32(b, uint32(t.qr))
		b = be.AppendUint32(b, uint32(t.link))
		b = be.AppendUint64(b, uint64(t.last))
	}
	return b
}

// mergePacked adds packed totals to sums.
func mergePacked(sums map[int64]total, packed []byte) error {
	if len(packed)%deltaLen != 0 {
		return fmt.Errorf("counts of scans are %d bytes long, no multiple of %d", len(packed), deltaLen)
	}
	be := binary.BigEndian
	for ; len(packed) > 0; packed = packed[deltaLen:] {
		code := int64(be.Uint32(packed))
		t := sums[code]
		t.code = code
		t.qr += int64(be.Uint32(packed[4:]))
		t.link += int64(be.Uint32(packed[8:]))
		t.last = max(t.last, int64(be.Uint64(packed[12:])))
		sums[code] = t
	}
	return nil
}

// foldAtOnce is how many deltas one transaction takes: some seconds of full
// load.
const foldAtOnce = 400

// fold moves deltas, of any replica, into code_totals until none is left.
func fold(ctx context.Context, store *db.Store) error {
	for {
		var taken int
		err := store.InTx(ctx, func(q *db.Queries) error {
			packed, err := q.TakeScanDeltas(ctx, foldAtOnce)
			if err != nil {
				return err
			}
			taken = len(packed)
			sums := map[int64]total{}
			for _, p := range packed {
				if err := mergePacked(sums, p); err != nil {
					return err
				}
			}
			return addToTotals(ctx, q, sortedTotals(sums))
		})
		if err != nil {
			return fmt.Errorf("add up the totals: %w", err)
		}
		if taken < foldAtOnce {
			return nil
		}
	}
}

func sortedTotals(sums map[int64]total) []total {
	out := slices.Collect(maps.Values(sums))
	slices.SortFunc(out, func(a, b total) int { return int(a.code - b.code) })
	return out
}
