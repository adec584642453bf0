package scans

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"qrgen/db"
)

// RecorderConfig says how visits become scans. Journal and Store are needed.
type RecorderConfig struct {
	Journal       *Journal
	Store         *db.Store
	Location      *time.Location // the office's zone by name, which cuts hours and days; UTC where it is nil
	Every         time.Duration  // how often a segment is sealed; 250 ms where it is 0
	FoldEvery     time.Duration  // how far totals may lag behind under load; 10 s where it is 0
	RetentionDays int            // how long raw scans are kept; 400 where it is 0
	GeoIPPath     string         // a MaxMind-format file with countries; none where it is empty
	Logger        *slog.Logger
}

func (c RecorderConfig) withDefaults() RecorderConfig {
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.Every <= 0 {
		c.Every = 250 * time.Millisecond
	}
	if c.FoldEvery <= 0 {
		c.FoldEvery = 10 * time.Second
	}
	if c.RetentionDays <= 0 {
		c.RetentionDays = 400
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 5 * time.Second
	// readTries is how often an unreadable segment is tried before it is set
	// aside, drainTries how often the database is at the end of the process.
	readTries  = 5
	drainTries = 3
)

// Recorder moves a journal into the database.
type Recorder struct {
	cfg    RecorderConfig
	enrich *enricher
	words  *dictionary
	months *months
	geo    *geo
	phase  int64 // the office's hours begin so many seconds before UTC's

	// Of the goroutine that stores.
	work     *work
	readBuf  []byte
	copyBuf  []byte
	sealedAt time.Time
	yield    yield
	pace     pace

	awaited  atomic.Int32  // how many wait in CatchUp
	hurry    chan struct{} // ends a rest
	unfolded atomic.Bool
	counters counters
	deadEnds deadEnds

	aborted  chan struct{} // ends Run at once
	abort    sync.Once
	started  atomic.Bool
	stopping chan struct{}
	finished chan struct{}
	stopOnce sync.Once
	drainErr error
}

// work is the segment that is being stored.
type work struct {
	file     sealedFile
	batch    *batch
	contents Contents
	tries    int
	readErrs int
}

// NewRecorder makes a recorder; Run starts it. A country file that can't be
// read is reported and left out until it can.
func NewRecorder(cfg RecorderConfig) *Recorder {
	cfg = cfg.withDefaults()
	r := &Recorder{
		cfg: cfg, words: newDictionary(), months: newMonths(cfg.Store), geo: &geo{path: cfg.GeoIPPath},
		stopping: make(chan struct{}), finished: make(chan struct{}), aborted: make(chan struct{}),
		hurry: make(chan struct{}, 1),
	}
	r.enrich = &enricher{words: r.words, agents: newAgentCache(), visitors: newVisitors(), geo: r.geo, location: cfg.Location}
	r.phase = phaseOf(cfg.Location)
	if err := r.geo.reload(); err != nil {
		cfg.Logger.Warn("scans get no country", "err", err)
	}
	return r
}

// phaseOf is by how many seconds a zone's hours begin before UTC's: not 0 in
// India, for one.
func phaseOf(location *time.Location) int64 {
	_, offset := time.Date(2000, 1, 1, 0, 0, 0, 0, location).Zone()
	return int64(offset) - floorDiv(int64(offset), 3600)*3600
}

// Run stores segments until Close, or until ctx ends: then at once, leaving
// the rest for the next start. Give it a context that outlives the server, and
// call Close when the server has answered its last request.
func (r *Recorder) Run(ctx context.Context) error {
	if r.started.Swap(true) {
		return errors.New("the recorder runs already")
	}
	defer close(r.finished)
	ctx, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	helpers.Go(func() {
		select {
		case <-r.aborted:
			cancel()
		case <-ctx.Done():
		}
	})
	defer helpers.Wait()
	defer cancel()
	r.countLeftovers()
	tendCtx, endTending := context.WithCancel(ctx)
	tended := make(chan struct{})
	helpers.Go(func() { defer close(tended); r.tend(tendCtx) })
	r.storeAll(ctx)
	endTending()
	<-tended
	if ctx.Err() != nil {
		return nil
	}
	r.drainErr = r.drain(ctx)
	return nil
}

// Close stores what the journal still holds and ends Run. It returns an error
// when ctx ends first or the database is away: what is left is then stored
// after the next start.
func (r *Recorder) Close(ctx context.Context) error {
	r.stopOnce.Do(func() { close(r.stopping) })
	if !r.started.Load() {
		return nil
	}
	select {
	case <-r.finished:
		return r.drainErr
	case <-ctx.Done():
	}
	r.abort.Do(func() { close(r.aborted) })
	<-r.finished
	return fmt.Errorf("drain the scan journal: %w", ctx.Err())
}

// storeAll is the recorder's main loop, until it is told to stop.
func (r *Recorder) storeAll(ctx context.Context) {
	ticker := time.NewTicker(r.cfg.Every)
	defer ticker.Stop()
	for {
		if f, ok := r.cfg.Journal.oldest(); ok {
			begun := time.Now()
			wait := r.step(ctx, f)
			if wait == 0 && !r.rest(ctx, time.Since(begun)) || wait > 0 && !r.pause(ctx, wait) {
				return
			}
			select {
			case <-r.stopping:
				return
			case <-ctx.Done():
				return
			default:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.stopping:
			return
		case <-r.cfg.Journal.full:
		case <-ticker.C:
		}
		// Without a spare segment it is better to wait a moment, but not for
		// ever: storing this one may be what makes room.
		r.cfg.Journal.sealCurrent(time.Since(r.sealedAt) > time.Second)
	}
}

// rest leaves a busy machine to others after work that took so long, unless
// somebody waits for what is recorded. It says false when the recorder is to
// stop.
func (r *Recorder) rest(ctx context.Context, worked time.Duration) bool {
	d := r.yield.rest(worked, r.cfg.Journal.backlog())
	if d == 0 || r.awaited.Load() > 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.hurry:
		return true
	case <-r.stopping:
	case <-ctx.Done():
	}
	return false
}

// pause waits; it says false when the recorder is to stop.
func (r *Recorder) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.stopping:
	case <-ctx.Done():
	}
	return false
}

// drain stores what is left, giving up soon when the database is away.
func (r *Recorder) drain(ctx context.Context) error {
	r.cfg.Journal.sealCurrent(true)
	for tries := 0; ; {
		f, ok := r.cfg.Journal.oldest()
		if !ok {
			break
		}
		wait := r.step(ctx, f)
		if wait == 0 {
			tries = 0
			continue
		}
		if tries++; tries >= drainTries || ctx.Err() != nil {
			return fmt.Errorf("drain the scan journal: %w", r.counters.err())
		}
		select {
		case <-time.After(minBackoff):
		case <-ctx.Done():
		}
	}
	if err := r.deadEnds.store(ctx, r.cfg.Store); err != nil {
		return err
	}
	return fold(ctx, r.cfg.Store)
}

// step does the next thing about the oldest segment and says how long to wait
// before the next step; 0 when the segment is done with.
func (r *Recorder) step(ctx context.Context, f sealedFile) time.Duration {
	r.sealedAt = time.Now()
	r.pace = r.paceOf(f)
	if r.work == nil || r.work.file.path != f.path {
		r.work = &work{file: f}
	}
	w := r.work
	if w.batch == nil {
		if err := r.build(w); err != nil {
			return r.unreadable(w, err)
		}
	}
	err := error(nil)
	if len(w.batch.rows) > 0 {
		err = r.storeBatch(ctx, w.batch)
	}
	switch {
	case err == nil:
		r.counters.note(nil)
		r.settleStored(w)
		return 0
	case ctx.Err() != nil:
		return minBackoff
	case db.Passing(err):
		r.counters.note(err)
		wait := min(minBackoff<<min(w.tries, 10), maxBackoff)
		if w.tries++; w.tries == 3 {
			r.cfg.Logger.ErrorContext(ctx, "scans wait in the journal", "err", err)
		}
		return wait
	default:
		r.counters.note(err)
		r.refusedByDatabase(w, err)
		return 0
	}
}

// build reads and enriches a segment.
func (r *Recorder) build(w *work) error {
	data, err := r.cfg.Journal.read(w.file, r.readBuf)
	if err != nil {
		return err
	}
	if w.file.live != nil {
		r.readBuf = data
	}
	b := &batch{}
	w.contents, err = ReadSegment(data, func(v *Visit) {
		b.rows = append(b.rows, r.enrich.row(v))
		r.pace.afterRow(len(b.rows))
	})
	if err != nil {
		r.cfg.Logger.Error("a segment of the scan journal can't be read", "file", w.file.path, "err", err)
	}
	b.id = w.contents.ID
	b.sort()
	w.batch = b
	return nil
}

// unreadable tries a failing disk a few times, then goes on without the file.
func (r *Recorder) unreadable(w *work, err error) time.Duration {
	r.counters.note(err)
	if w.readErrs++; w.readErrs < readTries {
		return minBackoff << w.readErrs
	}
	r.cfg.Logger.Error("a segment of the scan journal is set aside", "file", w.file.path, "err", err)
	r.counters.setAside(r.expected(w))
	r.putAside(w)
	return 0
}

// settleStored deletes a stored segment, or sets it aside if it is damaged.
func (r *Recorder) settleStored(w *work) {
	found := int64(len(w.batch.rows))
	lost := r.expected(w) - found
	r.counters.store(found, int64(w.contents.Torn))
	if lost > 0 {
		r.counters.setAside(lost)
	}
	if w.contents.Damaged || lost > 0 {
		r.cfg.Logger.Error("a segment of the scan journal is damaged and was set aside",
			"file", w.file.path, "stored", found, "lost", lost)
		r.putAside(w)
		return
	}
	r.work = nil
	r.counters.forget(w.file.path)
	if err := r.cfg.Journal.remove(w.file); err != nil {
		r.cfg.Logger.Warn("a stored segment of the scan journal can't be removed; it will be read again and change nothing",
			"file", w.file.path, "err", err)
	}
}

// refusedByDatabase sets a segment aside that would block the others for ever.
func (r *Recorder) refusedByDatabase(w *work, err error) {
	r.cfg.Logger.Error("the database refuses a segment of the scan journal, which is set aside",
		"file", w.file.path, "scans", len(w.batch.rows), "err", err)
	r.counters.setAside(r.expected(w))
	r.putAside(w)
}

func (r *Recorder) putAside(w *work) {
	r.work = nil
	r.counters.forget(w.file.path)
	if err := r.cfg.Journal.setAside(w.file); err != nil {
		r.cfg.Logger.Error("a segment of the scan journal can't be renamed", "file", w.file.path, "err", err)
	}
}
