package stats

import (
	"context"
	"sync"
	"time"
)

const (
	keptPatience = 15 * time.Millisecond // how long a page waits for a count
	keptTimeout  = 8 * time.Second       // how long a count may take: less than stopping may
	keptRest     = 200                   // a count that took so long is kept so many times as long
)

// kept is something that takes long to count on a large database and no time
// on a small one: a page gets the new count if that comes at once, else the
// last one, while counting goes on. The zero value is ready to use.
type kept[T any] struct {
	mu    sync.Mutex
	value T
	as    time.Time     // when value was counted; zero: never
	rest  time.Time     // until when it is not counted again
	going chan struct{} // closed when the count that is going on ends; nil: none is
}

// get gives the value and when it was counted, zero if it never was. A count
// that fails leaves the last one.
func (k *kept[T]) get(ctx context.Context, count func(context.Context) (T, error)) (T, time.Time) {
	k.mu.Lock()
	var begun chan struct{}
	if k.going == nil && !time.Now().Before(k.rest) {
		begun = make(chan struct{})
		k.going = begun
		go k.count(context.WithoutCancel(ctx), count)
	}
	k.mu.Unlock()
	if begun != nil { // whoever comes while it goes on does not wait
		timer := time.NewTimer(keptPatience)
		defer timer.Stop()
		select {
		case <-begun:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.value, k.as
}

func (k *kept[T]) count(ctx context.Context, count func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(ctx, keptTimeout)
	defer cancel()
	start := time.Now()
	value, err := count(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if err == nil {
		k.value, k.as = value, now
	}
	k.rest = now.Add(keptRest * now.Sub(start))
	close(k.going)
	k.going = nil
}
