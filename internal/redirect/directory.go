package redirect

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"qrgen/db"
	"qrgen/internal/codes"
)

// DefaultMax is how many codes a directory holds if nothing else is said.
const DefaultMax = 2_000_000

// firstContact bounds the wait for the database at start, so that a directory
// with a snapshot answers within two seconds of its start.
const firstContact = 700 * time.Millisecond

// Outcome is what a scan meets.
type Outcome uint8

// The outcomes, a closed set.
const (
	Unknown     Outcome = iota // no code has or had this short ID
	Active                     // Location is the target
	Paused                     // in these four, Location is the fallback, if there is one
	Scheduled                  // starts later
	Expired                    // has ended
	Retired                    // out of use for good
	Unavailable                // not held, and the database can't be asked: nobody knows
	File                       // active, and Location is no address but the file to answer with
	outcomes
)

// Outcomes lists the outcomes, for metrics.
func Outcomes() []Outcome {
	list := make([]Outcome, outcomes)
	for i := range list {
		list[i] = Outcome(i)
	}
	return list
}

// String names the outcome for logs and metrics.
func (o Outcome) String() string {
	names := [outcomes]string{"unknown", "active", "paused", "scheduled", "expired", "retired", "unavailable", "file"}
	if o < outcomes {
		return names[o]
	}
	return names[Unknown]
}

// Answer is what a scan meets now.
type Answer struct {
	CodeID   int64  // 0 where Outcome is Unknown or Unavailable
	Location string // where to redirect to; empty: a page says why not; where Outcome is File, what to answer with
	Outcome  Outcome
}

// Config is what a directory needs. Store and URL lead to the same database:
// URL is for a connection of the directory's own, which listens.
type Config struct {
	Store        *db.Store
	URL          string
	SnapshotPath string           // empty: no snapshot
	Max          int              // the most codes held; 0: DefaultMax
	Log          *slog.Logger     // nil: slog.Default()
	Now          func() time.Time // nil: time.Now
}

// Directory holds the dynamic codes in memory and answers scans from there. It
// is safe for concurrent use; Find takes no lock.
type Directory struct {
	cfg   Config
	index *index

	// complete: every code that the database has is held.
	complete atomic.Bool

	// writing guards every change of the index. generation counts the changes,
	// so that what was read before one is not held after it; omitted counts
	// the codes for which there was no room.
	writing    sync.Mutex
	count      int
	generation uint64
	omitted    uint64

	// syncing lets one reading of the database run at a time.
	syncing  sync.Mutex
	mark     mark
	lastFull time.Time

	confirmed atomic.Pointer[time.Time] // the last reading that worked; nil: none yet
	stale     atomic.Bool               // the last reading failed
	listening atomic.Bool
	bell      chan struct{} // rung by notifications; holds one

	through  through
	saved    saved
	counters counters
}

// counters are for the metrics only.
type counters struct {
	notifications, readings, fullReadings, failures, evictions, asked atomic.Uint64
}

// Open makes a directory and fills it: from the snapshot, where there is a
// sound one, and from the database, where it answers. It fails only if ctx
// ends: with the database away it answers from the snapshot, or Unavailable,
// until Run reaches it.
func Open(ctx context.Context, cfg Config) (*Directory, error) {
	d := newDirectory(cfg)
	if err := d.loadSnapshot(); err != nil {
		d.cfg.Log.WarnContext(ctx, "directory snapshot ignored", "path", cfg.SnapshotPath, "err", err)
	}
	if err := d.sync(ctx, firstContact); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("fill the directory: %w", ctx.Err())
		}
		d.cfg.Log.WarnContext(ctx, "directory starts without the database", "codes", d.Stats().Codes, "err", err)
	}
	return d, nil
}

func newDirectory(cfg Config) *Directory {
	if cfg.Max <= 0 {
		cfg.Max = DefaultMax
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d := &Directory{cfg: cfg, index: newIndex(), bell: make(chan struct{}, 1), through: newThrough()}
	d.stale.Store(true)
	return d
}

// Find says what a scan meets. Raw is the path element after /r/, as it came.
// Codes that are held are answered without a lock, a wait or an allocation;
// ctx matters for others only, and only where the directory can't know
// whether they exist: then the database is asked.
func (d *Directory) Find(ctx context.Context, raw string, now time.Time) Answer {
	if answer, ok := d.Held(raw, now); ok {
		return answer
	}
	return d.findOther(ctx, raw, now)
}

// Held is Find for what is in memory by the very short ID that raw is in letters
// of any case. It is not ok for all else.
func (d *Directory) Held(raw string, now time.Time) (answer Answer, ok bool) {
	var buf [shortIDMax]byte
	if key, ok := lower(&buf, raw); ok {
		if rec := d.index.find(key, !d.complete.Load()); rec != nil {
			return rec.answer(now), true
		}
	}
	return Answer{}, false
}

// lower writes s in lower case to buf. It is not ok if s is too long or has
// control or non-ASCII characters, which no short ID has. It has no branch
// that depends on the characters: these are random, and each wrong guess costs
// as much as the rest. Letters differ from their lower case in bit 5, which
// digits and the hyphen have set; what else there is comes out as no short ID.
func lower(buf *[shortIDMax]byte, s string) ([]byte, bool) {
	if len(s) > len(buf) {
		return nil, false
	}
	odd := byte(0)
	for i := range len(s) {
		c := s[i]
		odd |= c | (c - 0x20) // bit 7: not ASCII, or a control character
		buf[i] = c | 0x20
	}
	return buf[:len(s)], odd < 0x80
}

// findOther tries what else raw may mean, and asks the database if it must.
func (d *Directory) findOther(ctx context.Context, raw string, now time.Time) Answer {
	candidates := codes.Candidates(raw)
	for _, id := range candidates {
		if rec := d.index.find([]byte(id), true); rec != nil {
			return rec.answer(now)
		}
	}
	if len(candidates) == 0 || d.complete.Load() && !d.degraded(now) {
		return Answer{Outcome: Unknown}
	}
	for _, id := range candidates {
		rec, err := d.ask(ctx, id)
		if err != nil {
			return Answer{Outcome: Unavailable}
		}
		if rec != nil {
			return rec.answer(now)
		}
	}
	return Answer{Outcome: Unknown}
}

// Put holds a dynamic code as it was just committed, so that an edit is live at
// once on the replica that made it. A revision older than the one held, and a
// code that is not dynamic, are let pass.
func (d *Directory) Put(c db.Code) {
	e, ok := entryOf(c)
	if !ok {
		return
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.apply(e, applyNew); err != nil {
		d.cfg.Log.Error("code not in the directory", "code_id", e.CodeID, "err", err)
	}
}

// Sync reads from the database what this directory has not seen yet. After it,
// whatever was committed before is live here: for edits of many codes.
func (d *Directory) Sync(ctx context.Context) error { return d.sync(ctx, 0) }

// policy says how apply treats an entry.
type policy uint8

const (
	applyChange policy = iota // hold it if there is room or an older one is held
	applyNew                  // likewise, and make room
	applyForce                // as applyChange, even if its revision is older
)

// apply brings one entry into the index. The caller holds d.writing.
func (d *Directory) apply(e Entry, how policy) error {
	var buf [256]byte
	rec, err := appendRecord(buf[:0], e)
	if err != nil {
		return fmt.Errorf("make a record of code %d: %w", e.CodeID, err)
	}
	d.generation++
	d.through.known(e.ShortID)
	held := d.index.find(record(rec).key(), false)
	if held != nil {
		held = held[:held.size()]
		older := how != applyForce && held.codeID() == e.CodeID && held.revision() > e.Revision
		if older || bytes.Equal(held, rec) {
			d.index.see(held.key())
			return nil
		}
	} else if d.count >= d.cfg.Max {
		d.omitted++
		d.complete.Store(false)
		if how != applyNew {
			return nil
		}
		d.index.evict()
		d.count--
		d.counters.evictions.Add(1)
	}
	if d.index.put(rec) {
		d.count++
	}
	d.saved.changes.Add(1)
	return nil
}

// degraded says whether what is held may be behind the database.
func (d *Directory) degraded(now time.Time) bool {
	at := d.confirmed.Load()
	return d.stale.Load() || !d.listening.Load() || at == nil || now.Sub(*at) > degradedAfter
}

// Stats is the state of a directory, for metrics and health.
type Stats struct {
	Codes     int
	Bytes     int  // of records and index
	Complete  bool // every code is held; else misses ask the database
	Degraded  bool // may be behind the database: it, or the connection that listens, is away
	Listening bool

	ConfirmedAt time.Time // up to when this is known to be what the database has; zero: never yet
	SnapshotAt  time.Time // when the snapshot in place was written; zero: there is none

	// Since the start:
	Notifications, Readings, FullReadings, Failures uint64 // Readings counts all that worked
	Evictions, Asked                                uint64 // Asked: misses for which the database was asked
}

// Stats gives the state of the directory.
func (d *Directory) Stats() Stats {
	d.writing.Lock()
	count, size := d.count, d.index.bytes()
	d.writing.Unlock()
	s := Stats{
		Codes: count, Bytes: size, Complete: d.complete.Load(),
		Degraded: d.degraded(d.cfg.Now()), Listening: d.listening.Load(),
		Notifications: d.counters.notifications.Load(), Readings: d.counters.readings.Load(),
		FullReadings: d.counters.fullReadings.Load(), Failures: d.counters.failures.Load(),
		Evictions: d.counters.evictions.Load(), Asked: d.counters.asked.Load(),
	}
	if at := d.confirmed.Load(); at != nil {
		s.ConfirmedAt = *at
	}
	if at := d.saved.at.Load(); at != nil {
		s.SnapshotAt = *at
	}
	return s
}
