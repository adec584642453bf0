package embedpg

import (
	"context"
	"time"
)

const (
	restartFirst = 100 * time.Millisecond // the pause before the first attempt
	restartMax   = 30 * time.Second       // what the doubling pause ends at
)

// supervise restarts the server when it dies, until ctx ends: one killed for
// want of memory must not take the program's database away until somebody
// comes. The URL stays the same. s.proc is nil while none runs.
func (s *Server) supervise(ctx context.Context) {
	defer close(s.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.proc.exited:
		}
		if ctx.Err() != nil {
			return
		}
		s.log.ErrorContext(ctx, "embedded PostgreSQL died: it is restarted", "err", s.proc.err, "log", s.proc.logTail())
		if s.proc = s.restart(ctx); s.proc == nil {
			return
		}
		s.log.InfoContext(ctx, "embedded PostgreSQL restarted", "pid", s.proc.pid())
	}
}

// restart tries until the server is up; nil when ctx has ended first.
func (s *Server) restart(ctx context.Context) *process {
	pause := restartFirst
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		p, err := s.launchPatiently(ctx)
		if err == nil {
			return p
		}
		if ctx.Err() != nil {
			return nil
		}
		pause = min(2*pause, restartMax)
		s.log.ErrorContext(ctx, "restart the embedded PostgreSQL", "err", err, "next_try", pause)
	}
}
