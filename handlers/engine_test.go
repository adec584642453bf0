package handlers_test

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/internal/redirect"
	"qrgen/internal/scans"
)

// openEngine runs the directory, the journal and the recorder of a server.
func (s *server) openEngine(pool *pgxpool.Pool, every time.Duration, log *slog.Logger) *redirect.Directory {
	s.t.Helper()
	store := db.NewStore(pool)
	journal, err := scans.OpenJournal(scans.JournalConfig{Dir: s.t.TempDir(), Logger: log})
	if err != nil {
		s.t.Fatal(err)
	}
	s.journal = journal
	s.records = scans.NewRecorder(scans.RecorderConfig{
		Journal: journal, Store: store, Location: s.config.Zone.Location,
		Every: every, FoldEvery: 5 * time.Millisecond, Logger: log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	directory, err := redirect.Open(ctx, redirect.Config{Store: store, URL: pool.Config().ConnString(), Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- s.records.Run(ctx) }()
	go func() { ended <- directory.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		for range cap(ended) {
			if err := <-ended; err != nil {
				s.t.Errorf("the engine ended: %v", err)
			}
		}
		if err := journal.Close(); err != nil {
			s.t.Errorf("close the journal: %v", err)
		}
	})
	for !directory.Stats().ConfirmedAt.IsZero() && directory.Stats().Degraded {
		runtime.Gosched() // until it hears of changes
	}
	return directory
}

// settle waits until every scan so far is stored and counted.
func (s *server) settle() {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.records.Stats().Journalled == 0 {
			var waiting int
			if err := s.pool.QueryRow(s.t.Context(), "SELECT count(*) FROM scan_deltas").Scan(&waiting); err != nil {
				s.t.Fatal(err)
			}
			if waiting == 0 {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("scans are not stored: %+v", s.records.Stats())
		}
	}
}
