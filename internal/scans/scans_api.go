package scans

import (
	"context"
	"log/slog"
	"time"

	"qrgen/db"
)

// RecorderConfig says how visits become scans. Journal and Store are needed.
type RecorderConfig struct {
	Journal       *Journal
	Store         *db.Store
	Location      *time.Location // the office's zone, which cuts hours and days; UTC where it is nil
	Every         time.Duration  // how often a segment is sealed; 250 ms where it is 0
	FoldEvery     time.Duration  // how long totals may lag behind under load; 10 s where it is 0
	RetentionDays int            // raw scans kept at least so long; 400 where it is 0
	GeoIPPath     string         // a MaxMind-format file with countries; none where it is empty
	Logger        *slog.Logger
}

// Recorder moves a journal into the database.
type Recorder struct{ cfg RecorderConfig }

// NewRecorder makes a recorder; Run starts it.
func NewRecorder(cfg RecorderConfig) (*Recorder, error) { return &Recorder{cfg: cfg}, nil }

// Run stores segments until Close, or until ctx ends: then at once, leaving
// the rest for the next start.
func (r *Recorder) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Close drains the journal: it returns when all is stored, or when ctx ends.
func (r *Recorder) Close(ctx context.Context) error { return ctx.Err() }

// Stats is a snapshot for metrics and health. At rest
// Received = Stored + Journalled + Refused.
type Stats struct {
	Received   int64     // appended, refused, or found in an earlier process's segments
	Journalled int64     // waiting in the journal now
	Stored     int64     // in the database, by this process
	Refused    int64     // not recorded: journal full, disk failing, or the database will never take it
	Replayed   int64     // of Received: found in an earlier process's segments
	Torn       int64     // gaps where a record was never finished; nobody got an answer for those
	SetAside   int64     // of Refused: records in segments that were set aside
	Damaged    int64     // segments set aside, including those of earlier processes
	Bytes      int64     // size of the journal on disk
	Segments   int       // with unsent scans
	Oldest     time.Time // of the unsent scans; zero where there is none
	LastError  error     // why storing fails just now
}

// Stats gives the current figures.
func (r *Recorder) Stats() Stats { return Stats{} }
