package scans

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// sealedFile is a segment on its way into the database.
type sealedFile struct {
	path string
	live *segment // nil where an earlier process left it
}

// sealCurrent takes the current segment out of use if it holds records.
// Unless at any cost, it waits for a better moment while there is no segment
// to go on with.
func (j *Journal) sealCurrent(atAnyCost bool) {
	s := j.current.Load()
	if s == nil || s.count() == 0 || (len(j.spare) == 0 && !atAnyCost) {
		return
	}
	j.turn.Lock()
	defer j.turn.Unlock()
	if j.current.Load() != s || j.closed.Load() {
		return
	}
	j.retire(s)
	if !j.install() {
		wake(j.kick)
	}
}

// oldest gives the segment to store next.
func (j *Journal) oldest() (f sealedFile, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.leftovers) > 0 {
		return sealedFile{path: j.leftovers[0]}, true
	}
	if len(j.sealed) > 0 {
		return sealedFile{path: j.sealed[0].path, live: j.sealed[0]}, true
	}
	return sealedFile{}, false
}

// waiting is how many segments wait to be stored.
func (j *Journal) waiting() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.leftovers) + len(j.sealed)
}

// backlog is how full the journal is: 0, nothing waits, to 1, JOURNAL_MAX.
func (j *Journal) backlog() float64 {
	return float64(int64(j.waiting())*j.cfg.SegmentBytes) / float64(j.cfg.MaxBytes)
}

// leftoverPaths lists the segments of earlier processes.
func (j *Journal) leftoverPaths() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.leftovers)
}

// shrink gives the unused end of a leftover back to the disk.
func (j *Journal) shrink(path string, end int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if end < j.files[path] && os.Truncate(path, end) == nil {
		j.files[path] = end
	}
}

// read gives the bytes of a sealed segment, in buf where it is large enough.
func (j *Journal) read(f sealedFile, buf []byte) ([]byte, error) {
	if f.live == nil {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("read a journal segment: %w", err)
		}
		return data, nil
	}
	end := int(f.live.settle())
	if cap(buf) < end {
		buf = make([]byte, end)
	}
	// Through the file and not the mapping: a failing disk gives an error
	// here and kills the process there.
	if _, err := f.live.file.ReadAt(buf[:end], 0); err != nil {
		return nil, fmt.Errorf("read a journal segment: %w", err)
	}
	return buf[:end], nil
}

// remove deletes a segment that is stored, or keeps its file for another one.
func (j *Journal) remove(f sealedFile) error {
	if j.blankOut(f) {
		return nil
	}
	err := os.Remove(f.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	j.forget(f, "", 0)
	return errors.Join(err, f.release())
}

// setAside keeps a segment's file for a person to look at, out of the queue.
func (j *Journal) setAside(f sealedFile) error {
	bad := strings.TrimSuffix(f.path, segmentSuffix) + damagedSuffix
	err := os.Rename(f.path, bad)
	j.forget(f, bad, 1)
	return errors.Join(err, f.release())
}

// release lets go of a live segment's file, which stays.
func (f sealedFile) release() error {
	if f.live == nil {
		return nil
	}
	return f.live.release()
}

// forget takes a segment out of the journal's books, which then know it under
// another name, if any.
func (j *Journal) forget(f sealedFile, renamed string, damaged int64) {
	j.mu.Lock()
	size := j.files[f.path]
	delete(j.files, f.path)
	if renamed != "" {
		j.files[renamed] = size
	}
	j.damaged += damaged
	if f.live == nil {
		j.leftovers = j.leftovers[1:]
	} else {
		j.sealed = j.sealed[1:]
		j.appended += f.live.count()
	}
	j.mu.Unlock()
	wake(j.kick) // there may be room for a spare again
}

// Close stops the journal: later visits are refused, what was appended is
// synced and stays for the next start. Close the recorder first, so that it
// drains.
func (j *Journal) Close() error {
	if j.closed.Swap(true) {
		return nil
	}
	close(j.stop)
	if j.group != nil {
		j.group.close()
	}
	j.done.Wait()
	j.turn.Lock()
	defer j.turn.Unlock()
	j.blocked.Store(true)
	j.syncAllUnlessOff()
	var errs []error
	if s := j.current.Load(); s != nil {
		j.retire(s)
	}
	select {
	case s := <-j.spare:
		errs = append(errs, s.release(), os.Remove(s.path))
	default:
	}
	for len(j.blanks) > 0 {
		errs = append(errs, (<-j.blanks).discard())
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.sealed {
		end := s.settle()
		empty := s.count() == 0
		errs = append(errs, s.release())
		if empty {
			errs = append(errs, os.Remove(s.path))
		} else {
			errs = append(errs, os.Truncate(s.path, end))
		}
	}
	if j.lock != nil {
		errs = append(errs, unlockFile(j.lock))
	}
	return errors.Join(errs...)
}

func (j *Journal) syncAllUnlessOff() {
	if j.cfg.Sync != (Sync{}) {
		j.syncAll()
	}
}

// journalStats is the journal's share of Stats.
type journalStats struct {
	appended, waiting, refused, damaged, bytes, syncErrors int64
	segments                                               int
	oldest                                                 time.Time
	failing                                                error
}

func (j *Journal) stats() (s journalStats) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s.appended = j.appended
	s.segments = len(j.leftovers) + len(j.sealed)
	live := j.sealed
	if cur := j.current.Load(); cur != nil && cur.count() > 0 {
		live = append(slices.Clip(live), cur)
		s.segments++
	}
	for _, seg := range live {
		n := seg.count()
		s.appended += n
		s.waiting += n
		if first := seg.first.Load(); first != 0 && (s.oldest.IsZero() || first < s.oldest.UnixMicro()) {
			s.oldest = time.UnixMicro(first)
		}
	}
	s.refused, s.damaged, s.syncErrors, s.bytes = j.refused.Load(), j.damaged, j.syncErr.Load(), j.bytes()
	if j.current.Load() == nil {
		s.failing = j.lastErr
	}
	return s
}
