package scans

import (
	"sync"
	"time"
)

// syncEvery bounds what a power cut can take.
func (j *Journal) syncEvery() {
	ticker := time.NewTicker(j.cfg.Sync.every)
	defer ticker.Stop()
	for {
		select {
		case <-j.stop:
			return
		case <-ticker.C:
			j.syncAll()
		}
	}
}

// syncAll syncs every segment that was written to since its last sync.
func (j *Journal) syncAll() {
	j.mu.Lock()
	segments := append([]*segment(nil), j.sealed...)
	if s := j.current.Load(); s != nil {
		segments = append(segments, s)
	}
	j.mu.Unlock()
	for _, s := range segments {
		if err := s.sync(); err != nil {
			j.syncErr.Add(1)
			if j.complaints.allow() {
				j.cfg.Logger.Error("the scan journal is not safe from a power cut", "err", err)
			}
		}
	}
}

// groupSync lets many goroutines wait for one sync that began after each of
// them had written.
type groupSync struct {
	sync func()

	mu      sync.Mutex
	changed *sync.Cond
	wanted  uint64 // the sync that somebody waits for
	ended   uint64
	started uint64
	closed  bool
}

func newGroupSync(syncAll func()) *groupSync {
	g := &groupSync{sync: syncAll}
	g.changed = sync.NewCond(&g.mu)
	return g
}

// wait returns once a sync that began after the call has ended.
func (g *groupSync) wait() {
	g.mu.Lock()
	defer g.mu.Unlock()
	ticket := g.started + 1
	if g.wanted < ticket {
		g.wanted = ticket
		g.changed.Broadcast()
	}
	for g.ended < ticket && !g.closed {
		g.changed.Wait()
	}
}

func (g *groupSync) run() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		for g.wanted <= g.started && !g.closed {
			g.changed.Wait()
		}
		if g.closed {
			return
		}
		g.started++
		g.mu.Unlock()
		g.sync()
		g.mu.Lock()
		g.ended = g.started
		g.changed.Broadcast()
	}
}

func (g *groupSync) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.changed.Broadcast()
}
