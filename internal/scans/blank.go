package scans

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// blankSuffix names the file of a stored segment that waits to be used again.
// No start takes it for scans.
const blankSuffix = ".blank"

// blank is such a file, all zeroes and still mapped: its blocks are allocated and
// its pages in memory. Making a new file costs as much as the redirects whose
// scans it holds, mostly in page faults; clearing this one costs next to nothing.
type blank struct {
	path string
	file *os.File
	data []byte
}

// blanksKept is how many blanks a journal keeps: an eighth of what it may take.
func (c JournalConfig) blanksKept() int { return max(1, int(c.MaxBytes/c.SegmentBytes/8)) }

// blankOut clears the file of a stored segment, of whose visitors nothing is to
// stay, and keeps it for another one. It says false where the file is better
// deleted.
func (j *Journal) blankOut(f sealedFile) bool {
	if f.live == nil || f.live.faults.Load() > 0 || len(j.blanks) == cap(j.blanks) {
		return false
	}
	b := blank{path: strings.TrimSuffix(f.path, segmentSuffix) + blankSuffix, file: f.live.file, data: f.live.data}
	f.live.closed.Store(true)
	// Renamed first: half cleared, it would look like a damaged segment.
	if os.Rename(f.path, b.path) != nil {
		return false
	}
	// To the file and not through the mapping: each page that was changed there
	// costs the next sync an interruption of every core that has it in use.
	if err := writeZeroes(b.file, f.live.settle()); err != nil {
		j.forget(f, "", 0)
		_ = b.discard()
		return true
	}
	j.forget(f, b.path, 0)
	j.blanks <- b // only the recorder's goroutine sends, and there was room
	return true
}

// renew makes a segment of the blank, which is used up even where it fails:
// then its file is gone.
func (b blank) renew(dir string, seq uint64, now time.Time) (_ *segment, err error) {
	s := newSegment(dir, seq, now)
	s.file, s.data = b.file, b.data
	defer func() {
		if err != nil {
			err = errors.Join(err, b.discard())
		}
	}()
	if err = s.begin(); err != nil {
		return nil, err
	}
	if err = os.Rename(b.path, s.path); err != nil {
		return nil, fmt.Errorf("rename a blank journal segment: %w", err)
	}
	return s, nil
}

// discard deletes the blank.
func (b blank) discard() error {
	err := errors.Join(unmapFile(b.data), b.file.Close())
	if removeErr := os.Remove(b.path); !errors.Is(removeErr, os.ErrNotExist) {
		err = errors.Join(err, removeErr)
	}
	return err
}

// writeZeroes overwrites the first size bytes of a file. It gives them blocks,
// too, where the file system can't be asked to.
func writeZeroes(f *os.File, size int64) error {
	var zeroes [1 << 16]byte
	for at := int64(0); at < size; at += int64(len(zeroes)) {
		if _, err := f.WriteAt(zeroes[:min(int64(len(zeroes)), size-at)], at); err != nil {
			return err
		}
	}
	return nil
}
