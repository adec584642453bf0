package scans

import (
	"sync"
	"time"
)

// Stats is a snapshot for metrics and health. At rest
// Received = Stored + Journalled + Refused.
type Stats struct {
	Received   int64     // appended, refused, or found in an earlier process's segments
	Journalled int64     // waiting in the journal now
	Stored     int64     // in the database, as this process knows
	Refused    int64     // not recorded: journal full or failing, or set aside
	Replayed   int64     // of Received: found in an earlier process's segments
	SetAside   int64     // of Refused: in segments that were damaged or that the database refused
	Torn       int64     // gaps where a record was never finished: nobody got an answer for those
	Damaged    int64     // segments set aside and still there
	SyncErrors int64     // syncs that failed: a power cut could take scans
	Bytes      int64     // size of the journal on disk
	Segments   int       // that hold unsent scans
	Oldest     time.Time // when the oldest unsent scan happened; zero where there is none
	Refusing   error     // why the journal takes nothing just now; nil when it does
	StoreError error     // why storing fails just now; nil when it does not
}

// Stats gives the current figures.
func (r *Recorder) Stats() Stats {
	c := &r.counters
	c.mu.Lock()
	defer c.mu.Unlock()
	j := r.cfg.Journal.stats()
	s := Stats{
		Received: j.appended + j.refused + c.replayed, Journalled: j.waiting, Stored: c.stored,
		Refused: j.refused + c.aside, Replayed: c.replayed, SetAside: c.aside, Torn: c.torn, Damaged: j.damaged,
		SyncErrors: j.syncErrors, Bytes: j.bytes, Segments: j.segments, Oldest: j.oldest,
		Refusing: j.failing, StoreError: c.lastErr,
	}
	for _, left := range c.leftovers {
		s.Journalled += left.visits
		if !left.first.IsZero() && (s.Oldest.IsZero() || left.first.Before(s.Oldest)) {
			s.Oldest = left.first
		}
	}
	return s
}

// leftover is what an earlier process's segment was found to hold.
type leftover struct {
	visits int64
	first  time.Time
}

// counters are the recorder's own figures.
type counters struct {
	mu        sync.Mutex
	stored    int64
	replayed  int64
	aside     int64
	torn      int64
	leftovers map[string]leftover
	lastErr   error
}

func (c *counters) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastErr = err
}

func (c *counters) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastErr
}

func (c *counters) store(n, torn int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stored += n
	c.torn += torn
}

func (c *counters) setAside(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aside += n
}

func (c *counters) find(path string, l leftover) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leftovers == nil {
		c.leftovers = map[string]leftover{}
	}
	c.leftovers[path] = l
	c.replayed += l.visits
}

func (c *counters) leftover(path string) (leftover, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.leftovers[path]
	return l, ok
}

func (c *counters) forget(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.leftovers, path)
}

// countLeftovers counts what earlier processes left, so that the figures are
// right from the start.
func (r *Recorder) countLeftovers() {
	for _, path := range r.cfg.Journal.leftoverPaths() {
		r.countLeftover(sealedFile{path: path})
	}
}

func (r *Recorder) countLeftover(f sealedFile) {
	data, err := r.cfg.Journal.read(f, nil)
	if err != nil {
		return // storing it will tell
	}
	var l leftover
	contents, err := ReadSegment(data, func(v *Visit) {
		l.visits++
		if l.first.IsZero() || v.At.Before(l.first) {
			l.first = v.At
		}
	})
	if err == nil && l.visits > 0 && !contents.Damaged && contents.Torn == 0 {
		r.cfg.Journal.shrink(f.path, int64(contents.End))
	}
	r.counters.find(f.path, l)
}

// expected is how many scans a segment was thought to hold.
func (r *Recorder) expected(w *work) int64 {
	if w.file.live != nil {
		return w.file.live.count()
	}
	if _, ok := r.counters.leftover(w.file.path); !ok {
		r.countLeftover(w.file)
	}
	l, _ := r.counters.leftover(w.file.path)
	return l.visits
}
