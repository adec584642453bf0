// Package logs makes the program's logger: JSON lines, each with the ID of the
// request it belongs to, and counted by level.
package logs

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
)

type requestIDKey struct{}

// WithRequestID gives a context whose log lines carry the request's ID.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the ID of the request that ctx belongs to; empty outside one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Counts is how many lines were written since the start, by level.
type Counts struct{ debug, info, warn, err atomic.Uint64 }

// Each calls fn with every level's name and count.
func (c *Counts) Each(fn func(level string, lines uint64)) {
	fn("debug", c.debug.Load())
	fn("info", c.info.Load())
	fn("warn", c.warn.Load())
	fn("error", c.err.Load())
}

func (c *Counts) add(level slog.Level) {
	switch {
	case level >= slog.LevelError:
		c.err.Add(1)
	case level >= slog.LevelWarn:
		c.warn.Add(1)
	case level >= slog.LevelInfo:
		c.info.Add(1)
	default:
		c.debug.Add(1)
	}
}

// New makes a logger that writes lines from a level upwards, and their counts.
func New(w io.Writer, level slog.Leveler) (*slog.Logger, *Counts) {
	counts := &Counts{}
	return slog.New(handler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}), counts}), counts
}

type handler struct {
	slog.Handler
	counts *Counts
}

// Handle counts the line and adds the request's ID.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	h.counts.add(r.Level)
	if id := RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the counts.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.counts}
}

// WithGroup keeps the counts.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.counts}
}
