package scans

import (
	"bytes"
	"io"
	"testing"
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

// Who waits for a count, and what waits behind, ends the pauses.
func TestPaceOf(t *testing.T) {
	t.Parallel()
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	r := NewRecorder(RecorderConfig{Journal: j})
	if p := r.paceOf(); p.hurried() {
		t.Error("hurried without a cause")
	}
	r.awaited.Add(1)
	if p := r.paceOf(); !p.hurried() {
		t.Error("somebody waits, and it takes its time")
	}
	r.awaited.Add(-1)
	for range 2 {
		mustAppend(t, j, testVisit(1))
		j.sealCurrent(true)
	}
	if p := r.paceOf(); p.hurried != nil {
		t.Error("another segment waits, and it takes its time")
	}
	p := pace{hurried: func() bool { t.Error("asked, though there is nothing to pause for"); return false }}
	p.afterRow(pieceRows + 1)
}
