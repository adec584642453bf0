package db

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// slowQuery is from when on a query gets a log line of its own. The line has
// the query's name and the request's ID. (A comment in the SQL would say the
// same to the server's log, but every comment is another statement to prepare.)
const slowQuery = time.Second

// tracer times every query by its name in queries/, a closed set.
type tracer struct {
	log     *slog.Logger
	slow    time.Duration
	seconds *prometheus.HistogramVec
}

func newTracer(log *slog.Logger) *tracer {
	return &tracer{log: log, slow: slowQuery, seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "qrgen_db_query_duration_seconds", Help: "Time that a database query took, by its name in queries/; its rows are read within it.",
		Buckets: []float64{.0005, .002, .01, .05, .2, 1, 5},
	}, []string{"query"})}
}

type traced struct {
	query string
	start time.Time
}

type tracedKey struct{}

// TraceQueryStart notes when a query began.
func (*tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, tracedKey{}, traced{query: queryName(data.SQL), start: time.Now()})
}

// TraceQueryEnd counts the query, and logs one that was slow.
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	q, ok := ctx.Value(tracedKey{}).(traced)
	if !ok {
		return
	}
	took := time.Since(q.start)
	t.seconds.WithLabelValues(q.query).Observe(took.Seconds())
	if took >= t.slow {
		t.log.WarnContext(ctx, "slow query", "query", q.query, "duration_ms", took.Milliseconds())
	}
}

// queryName is what sqlc wrote ahead of a query of ours, "-- name: Query :one";
// whatever else is sent, such as begin and commit, is "other".
func queryName(sql string) string {
	rest, ok := strings.CutPrefix(sql, "-- name: ")
	if !ok {
		return "other"
	}
	name, _, _ := strings.Cut(rest, " ")
	return name
}
