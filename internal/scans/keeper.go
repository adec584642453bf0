package scans

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lockName is the file that the one process with the journal has locked.
const lockName = "lock"

var errFull = errors.New("the scan journal has reached its size limit")

// keep has the next segment ready before it is needed, and tries again while
// the disk fails.
func (j *Journal) keep() {
	ticker := time.NewTicker(retryEvery)
	defer ticker.Stop()
	for {
		if err := j.prepare(); err != nil {
			j.complain(err)
		} else if err := j.makeSpare(); err != nil {
			j.complain(err)
		}
		select {
		case <-j.stop:
			return
		case <-j.kick:
		case <-ticker.C:
		}
	}
}

// prepare makes the directory, locks it and lists what an earlier process left.
func (j *Journal) prepare() (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ready {
		return nil
	}
	if err := os.MkdirAll(j.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make the journal directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(j.cfg.Dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the journal's lock: %w", err)
	}
	defer func() {
		if err != nil {
			_ = unlockFile(f)
		}
	}()
	if err := lockFile(f); err != nil {
		return err
	}
	j.inherit()
	entries, err := os.ReadDir(j.cfg.Dir)
	if err != nil {
		return fmt.Errorf("list the journal: %w", err)
	}
	for _, e := range entries {
		j.adopt(e)
	}
	slices.Sort(j.leftovers)
	j.lock, j.ready = f, true
	return nil
}

// adopt notes one directory entry of an earlier process.
func (j *Journal) adopt(e os.DirEntry) {
	name := e.Name()
	segment, bad := strings.HasSuffix(name, segmentSuffix), strings.HasSuffix(name, damagedSuffix)
	path := filepath.Join(j.cfg.Dir, name)
	if strings.HasSuffix(name, blankSuffix) {
		_ = os.Remove(path) // of no use, and where it can't be removed in nobody's way
	}
	if !segment && !bad {
		return
	}
	if info, err := e.Info(); err == nil {
		j.files[path] = info.Size()
	}
	stem, _, _ := strings.Cut(name, ".")
	if seq, err := strconv.ParseUint(stem, 16, 64); err == nil && seq >= j.nextSeq {
		j.nextSeq = seq + 1
	}
	if bad {
		j.damaged++
		return
	}
	j.leftovers = append(j.leftovers, path)
}

// makeSpare sees to it that a segment is waiting.
func (j *Journal) makeSpare() error {
	if len(j.spare) > 0 {
		j.blocked.Store(false)
		return nil
	}
	s, err := j.nextSegment()
	if err != nil {
		return err
	}
	if j.cfg.Sync != (Sync{}) {
		// The head and the directory entry, once, so that a power cut can't
		// take a segment whose records were synced.
		if err := errors.Join(s.file.Sync(), syncDir(j.cfg.Dir)); err != nil {
			_ = s.release()
			_ = os.Remove(s.path)
			return fmt.Errorf("sync a new journal segment: %w", err)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files[s.path] = j.cfg.SegmentBytes
	j.spare <- s // only this goroutine sends, and there was room
	j.blocked.Store(false)
	return nil
}

// nextSegment makes a segment of a blank where there is one, else a new one.
func (j *Journal) nextSegment() (*segment, error) {
	j.mu.Lock()
	seq, size := j.nextSeq, j.cfg.SegmentBytes
	j.nextSeq++
	full := j.bytes()+size > j.cfg.MaxBytes
	j.mu.Unlock()
	select {
	case b := <-j.blanks:
		s, err := b.renew(j.cfg.Dir, seq, time.Now())
		j.mu.Lock()
		delete(j.files, b.path)
		j.mu.Unlock()
		return s, err
	default:
	}
	if full {
		return nil, errFull
	}
	return createSegment(j.cfg.Dir, seq, size, time.Now())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}

// bytes is what all files take; the caller holds mu.
func (j *Journal) bytes() (n int64) {
	for _, size := range j.files {
		n += size
	}
	return n
}
