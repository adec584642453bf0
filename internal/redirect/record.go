package redirect

import (
	"encoding/binary"
	"math"
	"time"
	"unsafe"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

// Entry is what the directory knows about a code.
type Entry struct {
	CodeID    int64
	ShortID   string
	Revision  int32       // the code's; a lower one never replaces a higher one
	State     codes.State // as kept: Active, Paused or Retired
	StartsAt  *time.Time
	ExpiresAt *time.Time
	Target    string
	File      string // what to answer with instead of a redirect; empty: none
	Fallback  string // empty: none
}

// entryOf takes what a scan needs from a dynamic code's row.
func entryOf(c db.Code) (e Entry, ok bool) {
	if c.ShortID == nil || c.TargetURL == nil {
		return Entry{}, false
	}
	e = Entry{
		CodeID: c.ID, ShortID: *c.ShortID, Revision: c.Revision, State: codes.State(c.State),
		StartsAt: c.StartsAt, ExpiresAt: c.ExpiresAt, Target: *c.TargetURL,
	}
	if c.FallbackURL != nil {
		e.Fallback = *c.FallbackURL
	}
	if c.PayloadType != "" && c.Content != nil {
		e.File = *c.Content
	}
	return e, true
}

// entryOfRow takes it from a row of queries/directory.sql, whose queries all
// have the same columns.
func entryOfRow(r db.ListDirectoryRow) Entry {
	return Entry{
		CodeID: r.ID, ShortID: r.ShortID, Revision: r.Revision, State: codes.State(r.State),
		StartsAt: r.StartsAt, ExpiresAt: r.ExpiresAt, Target: r.TargetURL, File: r.File, Fallback: r.FallbackURL,
	}
}

// A record is an entry as bytes, in memory and in the snapshot alike:
//
//	 0  code ID         int64, never 0
//	 8  starts at       int64, µs since 1970; noTime: always
//	16  expires at      int64, likewise; noTime: never
//	24  revision        int32
//	28  target length   uint16
//	30  fallback length uint16
//	32  short ID length uint8
//	33  state           uint8
//	34  short ID, target, fallback
//
// A code that answers with a file has the file in the target's place, and its
// active state is one of its own: the others' answer costs nothing more. It is little-endian. Once others can see a record its bytes never change:
// that is what lets Find read without a lock and give strings that point into
// it.
type record []byte

const (
	recordHead = 34
	recordMax  = recordHead + shortIDMax + 2*math.MaxUint16
	shortIDMax = 32
	noTime     = math.MinInt64
)

// The states that are kept, as bytes.
const (
	kept0Active = iota
	kept1Paused
	kept2Retired
	kept3File // active, and answers with a file
	keptStates
)

func keptOf(e Entry) (byte, bool) {
	switch {
	case e.State == codes.Active && e.File != "":
		return kept3File, true
	case e.State == codes.Active:
		return kept0Active, true
	case e.State == codes.Paused:
		return kept1Paused, true
	case e.State == codes.Retired:
		return kept2Retired, true
	}
	return 0, false
}

// appendRecord appends an entry's record to b. An entry that the database's
// own rules would not have let through is an Invalid error.
func appendRecord(b []byte, e Entry) ([]byte, error) {
	state, ok := keptOf(e)
	if state == kept3File {
		e.Target = e.File
	}
	if !ok || e.CodeID == 0 || e.ShortID == "" || len(e.ShortID) > shortIDMax ||
		len(e.Target) > math.MaxUint16 || len(e.Fallback) > math.MaxUint16 {
		return b, errs.New(errs.Invalid, "This code can't be in the directory.")
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(e.CodeID)) //nolint:gosec // the same bits
	b = binary.LittleEndian.AppendUint64(b, micros(e.StartsAt))
	b = binary.LittleEndian.AppendUint64(b, micros(e.ExpiresAt))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Revision))      //nolint:gosec // the same bits
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.Target)))   //nolint:gosec // checked above
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.Fallback))) //nolint:gosec // checked above
	b = append(b, byte(len(e.ShortID)), state)                       //nolint:gosec // checked above
	b = append(b, e.ShortID...)
	b = append(b, e.Target...)
	return append(b, e.Fallback...), nil
}

func micros(t *time.Time) uint64 {
	if t == nil {
		return 1 << 63 // noTime
	}
	return uint64(t.UnixMicro())
}

func (r record) codeID() int64   { return int64(binary.LittleEndian.Uint64(r)) }      //nolint:gosec // the same bits
func (r record) revision() int32 { return int32(binary.LittleEndian.Uint32(r[24:])) } //nolint:gosec // the same bits
func (r record) targetLen() int  { return int(binary.LittleEndian.Uint16(r[28:])) }
func (r record) size() int {
	return recordHead + int(r[32]) + r.targetLen() + int(binary.LittleEndian.Uint16(r[30:]))
}
func (r record) key() []byte { return r[recordHead : recordHead+int(r[32])] }

func (r record) target() string {
	from := recordHead + int(r[32])
	return text(r[from : from+r.targetLen()])
}

func (r record) fallback() string {
	return text(r[recordHead+int(r[32])+r.targetLen() : r.size()])
}

// text gives bytes of a record as a string without copying them, so that the
// hot path allocates nothing. The bytes never change, and the string keeps
// them alive after the directory has moved on.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // see above

func (r record) at(offset int) *time.Time {
	us := int64(binary.LittleEndian.Uint64(r[offset:])) //nolint:gosec // the same bits
	if us == noTime {
		return nil
	}
	return new(time.UnixMicro(us))
}

// answer says what a scan at the moment now meets.
func (r record) answer(now time.Time) Answer {
	a := Answer{CodeID: r.codeID(), Outcome: Retired}
	switch r[33] {
	case kept0Active:
		switch codes.StateAt(now, string(codes.Active), r.at(8), r.at(16)) {
		case codes.Scheduled:
			a.Outcome = Scheduled
		case codes.Expired:
			a.Outcome = Expired
		default:
			a.Outcome, a.Location = Active, r.target()
			return a
		}
	case kept1Paused:
		a.Outcome = Paused
	case kept3File:
		return r.fileAnswer(now)
	}
	a.Location = r.fallback()
	return a
}

// fileAnswer is answer for a code that answers with a file while it is active.
// It is a copy of its own: a call that both share would cost every redirect.
func (r record) fileAnswer(now time.Time) Answer {
	a := Answer{CodeID: r.codeID(), Location: r.fallback()}
	switch codes.StateAt(now, string(codes.Active), r.at(8), r.at(16)) {
	case codes.Scheduled:
		a.Outcome = Scheduled
	case codes.Expired:
		a.Outcome = Expired
	default:
		a.Outcome, a.Location = File, r.target()
	}
	return a
}

// valid says whether a record read from a file can be one: b is at least a
// head long.
func (r record) valid() bool {
	return r.codeID() != 0 && r[32] > 0 && r[32] <= shortIDMax && r[33] < keptStates
}
