package handlers

import (
	"context"
	"log/slog"

	"qrgen/internal/codes"
)

// audit writes who changed what as a log line of its own kind, and counts it.
// The fields that changed are named; their values are in the code's history,
// which is where access to them is decided.
func (s *Server) audit(ctx context.Context, codeID int64, e codes.Event) {
	s.metrics.events.WithLabelValues(e.Action).Inc()
	fields := make([]string, len(e.Changes))
	for i, change := range e.Changes {
		fields[i] = change.Field
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "audit",
		slog.String("actor", e.Actor.Name), slog.String("action", e.Action), slog.Int64("code_id", codeID), slog.Any("fields", fields))
}
