package db

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
)

func TestTracer(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	trace := newTracer(slog.New(slog.NewJSONHandler(&b, nil)))
	run := func(sql string) {
		ctx := trace.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{SQL: sql})
		trace.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{})
	}
	run(codeCounts)
	run("begin")
	if b.Len() > 0 {
		t.Errorf("a quick query is in the log: %s", &b)
	}
	trace.slow = 0
	run(codeCounts)
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || line["query"] != "CodeCounts" || line["msg"] != "slow query" {
		t.Errorf("log line %s: %v", &b, err)
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(trace.seconds)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
	}
	if len(got) != 2 || got["CodeCounts"] != 2 || got["other"] != 1 {
		t.Errorf("timed: %v", got)
	}
}
