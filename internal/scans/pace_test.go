package scans

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// COPY gets all of its input, in pieces until somebody waits.
func TestPacedReader(t *testing.T) {
	t.Parallel()
	input := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	hurried := false
	p := pace{hurried: func() bool { return hurried }}
	r := p.reader(bytes.NewReader(input))
	var got []byte
	buf := make([]byte, len(input))
	for _, want := range []int{copyPiece, copyPiece, len(input) - 2*copyPiece} {
		hurried = want > copyPiece
		n, err := r.Read(buf)
		if err != nil || n != want {
			t.Fatalf("read %d bytes, %v, want %d", n, err, want)
		}
		got = append(got, buf[:n]...)
	}
	if n, err := r.Read(buf); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d bytes, %v", n, err)
	}
	if !bytes.Equal(got, input) {
		t.Error("the pieces don't make the input")
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
