package handlers

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"qrgen/db"
	"qrgen/internal/logs"
)

const (
	scrapePatience = time.Second // that a scrape has with the database
	countsKept     = time.Minute // counting a million codes is not for every scrape
)

var (
	databaseUp     = desc("db_up", "1 while the database answers within a second.")
	databaseSchema = desc("db_schema_current", "1 once the database has this program's schema; pages wait for it.")
	codesByState   = desc("codes", "Codes, by kind and state; counted once a minute.", "kind", "state")
)

// databaseCollector asks the database when Prometheus asks.
type databaseCollector struct {
	store    *db.Store
	migrated func() bool
	now      func() time.Time

	mu        sync.Mutex
	counted   []db.CodesByStateRow
	countedAt time.Time
}

// Describe lists what is asked.
func (*databaseCollector) Describe(ch chan<- *prometheus.Desc) {
	describe(ch, databaseUp, databaseSchema, codesByState)
}

// Collect asks.
func (d *databaseCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	up := d.store.Ping(ctx) == nil
	gauge(ch, databaseUp, one(up))
	gauge(ch, databaseSchema, one(d.migrated()))
	if !up || !d.migrated() {
		return
	}
	for _, row := range d.counts(ctx) {
		gauge(ch, codesByState, float64(row.Codes), row.Kind, row.State)
	}
}

func (d *databaseCollector) counts(ctx context.Context) []db.CodesByStateRow {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.now(); d.countedAt.IsZero() || now.Sub(d.countedAt) >= countsKept {
		rows, err := d.store.CodesByState(ctx)
		if err != nil {
			return nil // a gap in the series says it
		}
		d.counted, d.countedAt = rows, now
	}
	return d.counted
}

var (
	poolConnections = desc("db_pool_connections", "Database connections, by state.", "state")
	poolMax         = desc("db_pool_connections_max", "The most database connections there may be.")
	poolWaits       = desc("db_pool_waits_total", "Queries that had to wait for a connection.")
	poolWaitSeconds = desc("db_pool_wait_seconds_total", "Time that queries waited for a connection.")
)

// poolCollector reads the pool's state when Prometheus asks.
type poolCollector struct{ store *db.Store }

// Describe lists the pool's metrics.
func (poolCollector) Describe(ch chan<- *prometheus.Desc) {
	describe(ch, poolConnections, poolMax, poolWaits, poolWaitSeconds)
}

// Collect reads the pool's state.
func (p poolCollector) Collect(ch chan<- prometheus.Metric) {
	stat := p.store.Stat()
	gauge(ch, poolConnections, float64(stat.AcquiredConns()), "in_use")
	gauge(ch, poolConnections, float64(stat.IdleConns()), "idle")
	gauge(ch, poolMax, float64(stat.MaxConns()))
	counter(ch, poolWaits, float64(stat.EmptyAcquireCount()))
	counter(ch, poolWaitSeconds, stat.EmptyAcquireWaitTime().Seconds())
}

var logLines = desc("log_lines_total", "Lines logged, by level.", "level")

// logCollector reads how many lines were logged.
type logCollector struct{ counts *logs.Counts }

// Describe lists the log's metrics.
func (logCollector) Describe(ch chan<- *prometheus.Desc) { describe(ch, logLines) }

// Collect reads the counts.
func (l logCollector) Collect(ch chan<- prometheus.Metric) {
	if l.counts == nil {
		return
	}
	l.counts.Each(func(level string, lines uint64) { counter(ch, logLines, float64(lines), level) })
}

func buildInfo(version string) prometheus.Collector {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "qrgen_build_info", Help: "Always 1; what runs is in the labels.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	return build
}
