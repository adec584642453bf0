package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"

	"qrgen/internal/config"
	"qrgen/internal/scans"
)

// replicasMax is how many replicas may share a volume.
const replicasMax = 64

// openJournal takes the data directory, of which the journal's lock is the
// sign, and gives it. Where DATA_DIR ends in /*, replicas share a volume: each
// takes the first numbered folder that nobody has. Containers come back under
// other names, so folders go by number and not by name; a replica that is gone
// for good leaves its scans to the next that starts.
func openJournal(cfg config.Config, log *slog.Logger) (dir string, journal *scans.Journal, err error) {
	base, shared := cfg.ReplicaDirs()
	if !shared {
		journal, err := journalIn(cfg, cfg.DataDir, nil, log)
		return cfg.DataDir, journal, err
	}
	others, err := filepath.Glob(filepath.Join(base, "*", "journal"))
	if err != nil {
		return "", nil, fmt.Errorf("list the replicas: %w", err)
	}
	for n := 1; n <= replicasMax; n++ {
		dir = filepath.Join(base, strconv.Itoa(n))
		journal, err = journalIn(cfg, dir, others, log)
		if !errors.Is(err, scans.ErrLocked) {
			return dir, journal, err
		}
	}
	return "", nil, fmt.Errorf("%d replicas have a folder in %s, and there are no more: %w", replicasMax, base, err)
}

func journalIn(cfg config.Config, dir string, orphans []string, log *slog.Logger) (*scans.Journal, error) {
	journal, err := scans.OpenJournal(scans.JournalConfig{
		Dir: filepath.Join(dir, "journal"), MaxBytes: cfg.JournalMax, Sync: cfg.JournalSync.Sync, Orphans: orphans, Logger: log,
	})
	if err != nil {
		return nil, fmt.Errorf("open the scan journal: %w", err)
	}
	return journal, nil
}
