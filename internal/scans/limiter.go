package scans

import (
	"sync/atomic"
	"time"
)

// limiter lets one event through per interval.
type limiter struct {
	every time.Duration
	next  atomic.Int64
}

func newLimiter(every time.Duration) *limiter { return &limiter{every: every} }

func (l *limiter) allow() bool {
	now := time.Now().UnixNano()
	next := l.next.Load()
	return now >= next && l.next.CompareAndSwap(next, now+int64(l.every))
}
