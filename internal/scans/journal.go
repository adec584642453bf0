package scans

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrRefused says that a visit was not recorded: the journal is full,
	// closed, or its disk fails. The redirect goes on; the loss is counted.
	ErrRefused = errors.New("the scan journal refuses")
	// ErrLocked says that another process has the journal.
	ErrLocked = errors.New("another process has this scan journal")
)

// Sync says when appended visits are made safe from a power cut. A killed
// process loses nothing under any of them.
type Sync struct {
	every  time.Duration // 0 with always false: never
	always bool
}

// ParseSync reads JOURNAL_SYNC: "always", "off" or a duration of 1 ms to 1 min.
func ParseSync(s string) (Sync, error) {
	switch s {
	case "always":
		return Sync{always: true}, nil
	case "off":
		return Sync{}, nil
	}
	every, err := time.ParseDuration(s)
	if err != nil || every < time.Millisecond || every > time.Minute {
		return Sync{}, fmt.Errorf("%q is neither always nor off nor a duration from 1ms to 1m", s)
	}
	return Sync{every: every}, nil
}

// JournalConfig says where and how a journal is kept. Only Dir is needed.
type JournalConfig struct {
	Dir          string
	MaxBytes     int64    // all files together; 1 GiB where it is 0
	SegmentBytes int64    // one file; 8 MiB where it is 0, at most a quarter of MaxBytes
	Sync         Sync     // the zero value syncs never
	BatchScans   int      // wakes the recorder early; 5,000 where it is 0
	Orphans      []string // directories of other journals, taken over where nobody has them
	Logger       *slog.Logger
}

const (
	defaultMaxBytes     = 1 << 30
	defaultSegmentBytes = 8 << 20
	minSegmentBytes     = 64 << 10
	defaultBatchScans   = 5000
	spareWait           = time.Second
	retryEvery          = time.Second
)

func (c JournalConfig) withDefaults() JournalConfig {
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.SegmentBytes <= 0 {
		c.SegmentBytes = defaultSegmentBytes
	}
	c.SegmentBytes = max(minSegmentBytes, min(c.SegmentBytes, c.MaxBytes/4)) &^ 4095
	if c.BatchScans <= 0 {
		c.BatchScans = defaultBatchScans
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Journal keeps visits on the local disk until they are stored. It is safe for
// concurrent use.
type Journal struct {
	cfg  JournalConfig
	full chan struct{} // a batch is waiting: wakes the recorder
	kick chan struct{} // wakes the keeper
	stop chan struct{}
	done sync.WaitGroup

	current atomic.Pointer[segment] // nil while refusing
	blocked atomic.Bool             // refuse at once: no segment is to be had
	closed  atomic.Bool
	refused atomic.Int64
	syncErr atomic.Int64
	group   *groupSync // with Sync always

	spare  chan *segment
	blanks chan blank    // files of stored segments, for later ones
	gaveUp chan struct{} // the keeper could not make a spare

	turn sync.Mutex // whose turn it is to exchange the current segment; taken before mu

	mu        sync.Mutex
	lock      *os.File
	ready     bool       // the directory is ours and its leftovers are listed
	nextSeq   uint64     // of the next segment
	sealed    []*segment // oldest first, with records
	leftovers []string   // paths of an earlier process's segments, oldest first
	files     map[string]int64
	appended  int64 // records in segments that left the journal
	damaged   int64
	lastErr   error

	complaints *limiter
}

// OpenJournal takes a directory and makes room for the first segment. A
// directory that can't be used just now is no error: the journal then refuses,
// and tries again every second. ErrLocked is one: two processes must never
// share a journal.
func OpenJournal(cfg JournalConfig) (*Journal, error) {
	j := &Journal{
		cfg:        cfg.withDefaults(),
		full:       make(chan struct{}, 1),
		kick:       make(chan struct{}, 1),
		stop:       make(chan struct{}),
		spare:      make(chan *segment, 1),
		gaveUp:     make(chan struct{}, 1),
		files:      map[string]int64{},
		complaints: newLimiter(time.Minute),
	}
	j.blanks = make(chan blank, j.cfg.blanksKept())
	if err := j.prepare(); err != nil {
		if errors.Is(err, ErrLocked) {
			return nil, err
		}
		j.complain(err)
	} else if err := j.makeSpare(); err != nil {
		j.complain(err)
	}
	select {
	case s := <-j.spare:
		j.current.Store(s)
	default:
		j.blocked.Store(true)
	}
	j.done.Go(j.keep)
	if j.cfg.Sync.always {
		j.group = newGroupSync(j.syncAll)
		j.done.Go(j.group.run)
	} else if j.cfg.Sync.every > 0 {
		j.done.Go(j.syncEvery)
	}
	return j, nil
}

// Append records a visit: it returns nil once the visit survives the end of
// this process (with Sync always: of this machine), or ErrRefused. It never
// waits for the database; it allocates nothing but for headers that are new to
// the segment.
func (j *Journal) Append(v Visit) error {
	if v.CodeID <= 0 || v.CodeID > math.MaxInt32 {
		j.refused.Add(1)
		return ErrRefused
	}
	v.clip()
	for {
		s := j.current.Load()
		if s == nil {
			if !j.rotate(nil) {
				return j.refuse()
			}
			continue
		}
		place, like := s.known.find(&v)
		n := v.recordSize(like)
		offset, number, ok := s.claim(n)
		if !ok {
			if !j.rotate(s) {
				return j.refuse()
			}
			continue
		}
		if number == 1 {
			s.first.Store(v.At.UnixMicro())
		}
		if !s.write(offset, n, &v, like) {
			j.rotate(s)
			return j.refuse()
		}
		if like == 0 {
			place.note(&v, uint32(offset))
		}
		if number == uint64(j.cfg.BatchScans) {
			wake(j.full)
		}
		if j.group != nil {
			j.group.wait()
		}
		return nil
	}
}

func (j *Journal) refuse() error {
	j.refused.Add(1)
	if j.complaints.allow() {
		j.mu.Lock()
		err := j.lastErr
		j.mu.Unlock()
		j.cfg.Logger.Error("scans are not recorded", "refused", j.refused.Load(), "err", err)
	}
	return ErrRefused
}

// complain notes why there is no next segment; refuse logs it.
func (j *Journal) complain(err error) {
	j.mu.Lock()
	j.lastErr = err
	j.mu.Unlock()
	j.blocked.Store(true)
	wake(j.gaveUp)
}

// rotate puts a fresh segment in the place of old, which is full or failing,
// or nil. It says false when there is none to be had.
func (j *Journal) rotate(old *segment) bool {
	if old == nil && j.blocked.Load() {
		return false
	}
	j.turn.Lock()
	defer j.turn.Unlock()
	if j.closed.Load() {
		return false
	}
	if j.current.Load() != old {
		return true
	}
	j.retire(old)
	wake(j.full)
	if j.install() {
		return true
	}
	if j.blocked.Load() {
		return false
	}
	// The keeper is at it: a full machine is no reason to lose a scan. When
	// it gives up or the disk hangs, all are refused until it succeeds.
	select {
	case <-j.gaveUp: // some time ago
	default:
	}
	wake(j.kick)
	timer := time.NewTimer(spareWait)
	defer timer.Stop()
	select {
	case s := <-j.spare:
		j.current.Store(s)
		wake(j.kick)
		return true
	case <-j.gaveUp:
	case <-timer.C:
		j.blocked.Store(true)
	}
	return false
}

// install makes the spare segment the current one; the caller has the turn.
func (j *Journal) install() bool {
	select {
	case s := <-j.spare:
		j.current.Store(s)
		wake(j.kick)
		return true
	default:
		return false
	}
}

// retire takes the current segment out of use; the caller has the turn.
func (j *Journal) retire(s *segment) {
	if s == nil {
		return
	}
	j.mu.Lock()
	j.current.Store(nil)
	s.seal()
	j.sealed = append(j.sealed, s)
	j.mu.Unlock()
}

// wake sends on a channel of capacity one, without waiting.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
