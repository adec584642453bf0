package scans

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// inherit moves the segments of journals that nobody has any more into this
// one's directory: those of a replica that was killed and does not come back.
// Locks are held on both sides, so a journal that lives, or that another heir
// is at, is left alone. Moving changes no batch ID: what was stored already
// stays stored once.
func (j *Journal) inherit() {
	for _, dir := range j.cfg.Orphans {
		moved, err := j.inheritFrom(dir)
		if moved > 0 {
			j.cfg.Logger.Info("took over the scans of a replica that is gone", "segments", moved, "dir", dir)
		}
		if err != nil && !errors.Is(err, ErrLocked) && !errors.Is(err, fs.ErrNotExist) {
			j.cfg.Logger.Error("the scans of a replica that is gone stay where they are", "dir", dir, "err", err)
		}
	}
}

func (j *Journal) inheritFrom(dir string) (moved int, err error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0o600)
	if err != nil {
		return 0, fmt.Errorf("open the journal's lock: %w", err)
	}
	defer func() { _ = unlockFile(lock) }()
	if err := lockFile(lock); err != nil {
		return 0, err
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil {
		return 0, fmt.Errorf("list the journal: %w", err)
	}
	for _, path := range segments {
		// The number orders the segments; the rest keeps an earlier inheritance
		// from being overwritten.
		number, _, _ := strings.Cut(filepath.Base(path), ".")
		name := number + "." + strings.ToLower(rand.Text()[:8]) + segmentSuffix
		if err := os.Rename(path, filepath.Join(j.cfg.Dir, name)); err != nil {
			return moved, fmt.Errorf("move a segment: %w", err)
		}
		moved++
	}
	if moved > 0 && j.cfg.Sync != (Sync{}) {
		err = errors.Join(syncDir(j.cfg.Dir), syncDir(dir))
	}
	return moved, err
}
