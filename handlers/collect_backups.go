package handlers

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"qrgen/db"
	"qrgen/internal/backup"
)

var (
	backupTime     = desc("backup_last_success_timestamp_seconds", "When the last backup that was verified began; 0 where there is none.")
	backupBytes    = desc("backup_last_success_bytes", "Size of the last backup that was verified; 0 where there is none.")
	backupDuration = desc("backup_last_success_duration_seconds", "Time it took to make and verify the last good backup; 0 where there is none.")
	backupFailing  = desc("backup_failing", "1 where the last attempt at a backup failed.")
)

// backupCollector asks the database how the backups stand when Prometheus asks:
// another process makes them. There are no figures while the database is away.
type backupCollector struct {
	store    *db.Store
	migrated func() bool
	log      *slog.Logger
}

// Describe lists the backups' metrics.
func (backupCollector) Describe(ch chan<- *prometheus.Desc) {
	describe(ch, backupTime, backupBytes, backupDuration, backupFailing)
}

// Collect asks the database.
func (c backupCollector) Collect(ch chan<- prometheus.Metric) {
	if !c.migrated() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	standing, err := backup.ReadStanding(ctx, c.store)
	if err != nil {
		c.log.DebugContext(ctx, "no metrics of the backups", "error", err)
		return
	}
	gauge(ch, backupFailing, one(standing.Failing()))
	var at, bytes, took float64
	if good := standing.Good; good != nil {
		at, bytes, took = float64(good.StartedAt.UnixMilli())/1000, float64(good.Bytes), good.FinishedAt.Sub(good.StartedAt).Seconds()
	}
	gauge(ch, backupTime, at)
	gauge(ch, backupBytes, bytes)
	gauge(ch, backupDuration, took)
}
