package scans

import "time"

// A thread that works on without a break keeps its core until the kernel's
// next tick, some milliseconds, and a redirect that waits for that core waits
// as long. So a segment is stored in small pieces with pauses between them,
// unless somebody waits for it, others wait behind it or it has waited itself.
const (
	pieceRows = 16                     // enriched between two looks at the clock
	pieceTime = 100 * time.Microsecond // of enriching without a pause …
	pauseFor  = 2                      // … which is so many times longer

	// PostgreSQL keeps up to 1,000 rows of a COPY and then works them into
	// table and index without a break, for milliseconds: pieces of one COPY
	// would not help.
	copyPiece = 50               // rows of one COPY: a third of a millisecond of PostgreSQL's time
	copyPause = time.Millisecond // between two of them

	pauseUntil = 900 * time.Millisecond // of age: a segment whose oldest scan is older gets no pauses
)

// pace spreads the storing of one segment. The zero pace does not.
type pace struct {
	hurried func() bool // whether to go on without pauses from here on
	since   time.Time   // when the piece under way was begun
}

// afterRow pauses where it is time to.
func (p *pace) afterRow(rows int) {
	if p.hurried == nil || rows%pieceRows != 0 {
		return
	}
	if took := time.Since(p.since); took > pieceTime {
		if !p.hurried() {
			time.Sleep(pauseFor * took) //nolint:forbidigo // under a millisecond, and for nothing but to let others run
		}
		p.since = time.Now()
	}
}

// nextCopy pauses, but not before the first COPY, and says how many of the rows
// that are left the next one takes.
func (p *pace) nextCopy(left int, first bool) int {
	if p.hurried == nil || p.hurried() {
		return left
	}
	if !first {
		time.Sleep(copyPause) //nolint:forbidigo // as above
	}
	return min(left, copyPiece)
}

// paceOf says how to store a segment now.
func (r *Recorder) paceOf(f sealedFile) pace {
	if r.cfg.Journal.waiting() > 1 {
		return pace{}
	}
	return pace{since: time.Now(), hurried: func() bool {
		select {
		case <-r.stopping:
			return true
		default:
			return r.awaited.Load() > 0 || f.live != nil && time.Since(time.UnixMicro(f.live.first.Load())) > pauseUntil
		}
	}}
}
