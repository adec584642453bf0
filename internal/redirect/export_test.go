package redirect

import "io"

// Absent is how many short IDs are remembered as unknown.
func Absent(d *Directory) int {
	d.through.mu.Lock()
	defer d.through.mu.Unlock()
	return len(d.through.absent)
}

// SaveSnapshot writes the snapshot now, if there is something new to keep.
func SaveSnapshot(d *Directory) error { return d.saveSnapshot() }

// ReadSnapshot reads a snapshot and gives the number of its records.
func ReadSnapshot(r io.Reader) (n int, err error) {
	_, err = readSnapshot(r, func(rec record) {
		_, _, _ = rec.key(), rec.target(), rec.fallback()
		n++
	})
	return n, err
}

// WriteSnapshot writes a snapshot of entries.
func WriteSnapshot(w io.Writer, entries []Entry) error {
	return writeSnapshot(w, snapshotHead{Complete: true}, func(yield func(record) bool) {
		for _, e := range entries {
			rec, err := appendRecord(nil, e)
			if err != nil {
				panic(err)
			}
			if !yield(rec) {
				return
			}
		}
	})
}

// Of makes a directory of entries, as if it had just read them.
func Of(cfg Config, entries func(yield func(Entry) bool)) *Directory {
	d := newDirectory(cfg)
	d.writing.Lock()
	defer d.writing.Unlock()
	for e := range entries {
		if err := d.apply(e, applyChange); err != nil {
			panic(err)
		}
	}
	now := d.cfg.Now()
	d.complete.Store(true)
	d.confirmed.Store(&now)
	d.listening.Store(true)
	d.stale.Store(false)
	return d
}
