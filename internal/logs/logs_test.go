package logs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"qrgen/internal/logs"
)

func TestLinesCarryTheRequestAndAreCounted(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log, counts := logs.New(&b, slog.LevelInfo)
	ctx := logs.WithRequestID(t.Context(), "6QK2M8ZT4R0V")
	log.With("part", "scans").WarnContext(ctx, "slow")
	log.DebugContext(ctx, "below the level")
	log.ErrorContext(context.Background(), "outside a request")
	log.Error("without a context")

	var lines []map[string]any
	for d := json.NewDecoder(&b); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		delete(line, "time")
		lines = append(lines, line)
	}
	want := []map[string]any{
		{"level": "WARN", "msg": "slow", "part": "scans", "request_id": "6QK2M8ZT4R0V"},
		{"level": "ERROR", "msg": "outside a request"},
		{"level": "ERROR", "msg": "without a context"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	got := map[string]uint64{}
	counts.Each(func(level string, n uint64) { got[level] = n })
	if diff := cmp.Diff(map[string]uint64{"debug": 0, "info": 0, "warn": 1, "error": 2}, got); diff != "" {
		t.Error(diff)
	}
}
