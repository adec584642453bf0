package handlers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"qrgen/internal/redirect"
	"qrgen/internal/scans"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("qrgen_"+name, help, labels, nil)
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

// describe lists descriptions for a collector's Describe.
func describe(ch chan<- *prometheus.Desc, list ...*prometheus.Desc) {
	for _, d := range list {
		ch <- d
	}
}

var (
	scansReceived   = desc("scans_received_total", "Scans that got their redirect, and those found in an earlier process's journal.")
	scansJournalled = desc("scans_journalled", "Scans in the journal that are not in the database yet. received = stored + journalled + refused.")
	scansStored     = desc("scans_stored_total", "Scans stored in the database by this process.")
	scansRefused    = desc("scans_refused_total", "Scans that were redirected but could not be kept.")
	scansReplayed   = desc("scans_replayed_total", "Scans found in an earlier process's journal.")
	scansTorn       = desc("scans_torn_total", "Records never finished because the process was killed; none of those was answered.")
	journalBytes    = desc("journal_bytes", "Size of the journal on disk.")
	journalSegments = desc("journal_segments", "Segments with scans that are not stored yet.")
	journalDamaged  = desc("journal_segments_set_aside", "Segments that were damaged or refused and wait for a person.")
	journalMax      = desc("journal_max_bytes", "The most bytes that the journal may take (JOURNAL_MAX).")
	journalRefusing = desc("journal_refusing", "1 while the journal takes no scans: it is full, or its disk is.")
	journalSyncs    = desc("journal_sync_failures_total", "Times that the journal could not be forced to disk: a power cut then could take scans.")
	storeFailing    = desc("scans_store_failing", "1 while scans can't be stored in the database. They wait in the journal.")
	journalAge      = desc("journal_oldest_scan_age_seconds", "Age of the oldest scan that is not stored yet; 0 where there is none.")
)

// scanCollector reads the account of scans when Prometheus asks: one snapshot,
// so that it balances.
type scanCollector struct {
	recorder *scans.Recorder
	maxBytes int64
	now      func() time.Time
}

// Describe lists the scans' metrics.
func (scanCollector) Describe(ch chan<- *prometheus.Desc) {
	describe(ch, scansReceived, scansJournalled, scansStored, scansRefused, scansReplayed, scansTorn,
		journalBytes, journalMax, journalSegments, journalDamaged, journalAge, journalRefusing, journalSyncs, storeFailing)
}

// Collect reads the account.
func (c scanCollector) Collect(ch chan<- prometheus.Metric) {
	stats := c.recorder.Stats()
	counter(ch, scansReceived, float64(stats.Received))
	gauge(ch, scansJournalled, float64(stats.Journalled))
	counter(ch, scansStored, float64(stats.Stored))
	counter(ch, scansRefused, float64(stats.Refused))
	counter(ch, scansReplayed, float64(stats.Replayed))
	counter(ch, scansTorn, float64(stats.Torn))
	gauge(ch, journalBytes, float64(stats.Bytes))
	gauge(ch, journalSegments, float64(stats.Segments))
	gauge(ch, journalDamaged, float64(stats.Damaged))
	gauge(ch, journalAge, age(stats.Oldest, c.now()))
	gauge(ch, journalMax, float64(c.maxBytes))
	gauge(ch, journalRefusing, one(stats.Refusing != nil))
	counter(ch, journalSyncs, float64(stats.SyncErrors))
	gauge(ch, storeFailing, one(stats.StoreError != nil))
}

// age is how long ago t was, in seconds; 0 for no time.
func age(t, now time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, now.Sub(t).Seconds())
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

var (
	directoryCodes         = desc("directory_codes", "Codes held in memory.")
	directoryBytes         = desc("directory_bytes", "Memory that the codes in memory take.")
	directoryDegraded      = desc("directory_degraded", "1 while the codes in memory may be behind the database.")
	directoryComplete      = desc("directory_complete", "1 while every code is in memory; else a miss asks the database.")
	directoryListening     = desc("directory_listening", "1 while the database's notifications of changes come in.")
	directorySnapshotAge   = desc("directory_snapshot_age_seconds", "Age of the file that codes are loaded from when the database is away at a start; 0 where there is none.")
	directoryAge           = desc("directory_confirmed_age_seconds", "Time since the codes in memory were last known to be what the database has.")
	directoryNotifications = desc("directory_notifications_total", "Notifications of changes that the database sent.")
	directoryReadings      = desc("directory_reconciliations_total", "Times that changes were read from the database.")
	directoryFailures      = desc("directory_failures_total", "Times that changes could not be read.")
	directoryEvictions     = desc("directory_evictions_total", "Codes dropped from memory for lack of room (DIRECTORY_MAX).")
	directoryAsked         = desc("directory_database_lookups_total", "Misses for which the database was asked.")
)

// directoryCollector reads the directory's state when Prometheus asks.
type directoryCollector struct {
	directory *redirect.Directory
	now       func() time.Time
}

// Describe lists the directory's metrics.
func (directoryCollector) Describe(ch chan<- *prometheus.Desc) {
	describe(ch, directoryCodes, directoryBytes, directoryDegraded, directoryComplete, directoryListening, directoryAge, directorySnapshotAge, directoryNotifications,
		directoryReadings, directoryFailures, directoryEvictions, directoryAsked)
}

// Collect reads the state.
func (c directoryCollector) Collect(ch chan<- prometheus.Metric) {
	stats := c.directory.Stats()
	gauge(ch, directoryCodes, float64(stats.Codes))
	gauge(ch, directoryBytes, float64(stats.Bytes))
	gauge(ch, directoryDegraded, one(stats.Degraded))
	gauge(ch, directoryAge, age(stats.ConfirmedAt, c.now()))
	gauge(ch, directoryComplete, one(stats.Complete))
	gauge(ch, directoryListening, one(stats.Listening))
	gauge(ch, directorySnapshotAge, age(stats.SnapshotAt, c.now()))
	counter(ch, directoryNotifications, float64(stats.Notifications))
	counter(ch, directoryReadings, float64(stats.Readings))
	counter(ch, directoryFailures, float64(stats.Failures))
	counter(ch, directoryEvictions, float64(stats.Evictions))
	counter(ch, directoryAsked, float64(stats.Asked))
}
