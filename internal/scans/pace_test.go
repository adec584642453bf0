package scans

import (
	"testing"
	"time"
)

// Rows are copied in pieces until there is a hurry, and all of them.
func TestNextCopy(t *testing.T) {
	t.Parallel()
	hurried := false
	p := pace{hurried: func() bool { return hurried }}
	if n := p.nextCopy(1000, true); n != copyPiece {
		t.Errorf("%d rows at first", n)
	}
	if n := p.nextCopy(1000, false); n != copyPiece {
		t.Errorf("%d rows after a pause", n)
	}
	if n := p.nextCopy(7, false); n != 7 {
		t.Errorf("%d rows of the last 7", n)
	}
	hurried = true
	if n := p.nextCopy(1000, false); n != 1000 {
		t.Errorf("%d rows of 1,000 in a hurry", n)
	}
	if n := (&pace{}).nextCopy(1000, false); n != 1000 {
		t.Errorf("%d rows of 1,000 without a pace", n)
	}
}

// Who waits for a count, what waits behind and a scan's age end the pauses.
func TestPaceOf(t *testing.T) {
	t.Parallel()
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	r := NewRecorder(RecorderConfig{Journal: j})
	segment := func(at time.Time) sealedFile {
		v := testVisit(1)
		v.At = at
		mustAppend(t, j, v)
		j.sealCurrent(true)
		f, ok := j.oldest()
		if !ok {
			t.Fatal("nothing was sealed")
		}
		return f
	}
	f := segment(time.Now().Add(-pauseUntil))
	if p := r.paceOf(f); !p.hurried() {
		t.Error("a scan has waited long, and it takes its time")
	}
	if err := j.remove(f); err != nil {
		t.Fatal(err)
	}
	f = segment(time.Now().Add(time.Hour)) // young enough for this test, however slow
	if p := r.paceOf(f); p.hurried() {
		t.Error("hurried without a cause")
	}
	r.awaited.Add(1)
	if p := r.paceOf(f); !p.hurried() {
		t.Error("somebody waits, and it takes its time")
	}
	r.awaited.Add(-1)
	segment(time.Now())
	if p := r.paceOf(f); p.hurried != nil {
		t.Error("another segment waits, and it takes its time")
	}
	p := pace{hurried: func() bool { t.Error("asked, though there is nothing to pause for"); return false }}
	p.afterRow(pieceRows + 1)
}
