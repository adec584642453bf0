package scans

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
	"unsafe"
)

// Contents is what a segment was found to hold.
type Contents struct {
	ID      [16]byte
	Seq     uint64
	Created time.Time
	Visits  int  // sound records
	End     int  // where the last sound record ends
	Torn    int  // gaps where a record was claimed and not finished, or lost to a power cut
	Damaged bool // something was written there and is no longer what it was
	Empty   bool // nothing was ever written, not even the head
}

var errHead = errors.New("the segment's head is damaged")

// ReadSegment reads a segment's bytes, whatever they are, and calls visit for
// each sound record in the order of the file. The visit's texts are the bytes
// themselves: clone what is to be kept, and leave data alone meanwhile.
//
// A gap does not end the reading: records are looked for behind it. Their
// checksums are keyed by batch ID and position, so nothing else is taken for
// one. A gap that begins with zeroes was never finished (the process was
// killed between claim and last store, or the power failed before the sync),
// and so was one that nothing follows; any other gap is damage.
func ReadSegment(data []byte, visit func(*Visit)) (Contents, error) {
	c, seed, err := readHead(data)
	if err != nil || c.Empty {
		return c, err
	}
	c.End = segmentHead
	r := segmentReader{data: data, seed: seed, text: unsafe.String(unsafe.SliceData(data), len(data))} //nolint:gosec // a copy costs as much as all else here
	var v Visit
	for at := segmentHead; ; {
		n := recordAt(data[at:], seed^uint32(at))
		if n == 0 {
			next := nextRecord(data, at+8, seed)
			c.judgeGap(data, at, next)
			if next < 0 {
				return c, nil
			}
			at = next
			continue
		}
		if r.visit(at, n, &v) {
			c.Visits++
			visit(&v)
		} else {
			c.Damaged = true
		}
		at += n
		c.End = at
	}
}

// segmentReader reads the sound records of a segment.
type segmentReader struct {
	data []byte
	seed uint32
	text string // the same bytes
}

// lostAgent stands in for a user agent that was in a record that is gone.
const lostAgent = "?"

// visit reads the sound record of n bytes at a place, and its texts from where
// they are. It says false where the record contradicts itself.
func (r segmentReader) visit(at, n int, v *Visit) bool {
	like, ok := v.decode(r.data[at:at+n], r.text[at:at+n])
	if !ok || like == 0 {
		return ok
	}
	// The record is a scan whatever has become of the one that it is like.
	v.UserAgent = lostAgent
	from := int(like)
	if from >= at {
		return true
	}
	size := recordAt(r.data[from:], r.seed^like)
	if size == 0 {
		return true
	}
	var earlier Visit
	if next, ok := earlier.decode(r.data[from:from+size], r.text[from:from+size]); ok && next == 0 {
		v.UserAgent, v.Referer, v.AcceptLanguage, v.Purpose = earlier.UserAgent, earlier.Referer, earlier.AcceptLanguage, earlier.Purpose
	}
	return true
}

func readHead(data []byte) (c Contents, seed uint32, err error) {
	if len(data) < segmentHead || string(data[:8]) != segmentMagic {
		if c.Empty = allZero(data); c.Empty {
			return c, 0, nil
		}
		c.Damaged = true
		return c, 0, errHead
	}
	if crc32.Checksum(data[:40], castagnoli()) != binary.LittleEndian.Uint32(data[40:]) {
		c.Damaged = true
		return c, 0, errHead
	}
	c.ID = batchID(data[8:24])
	c.Seq = binary.LittleEndian.Uint64(data[24:])
	c.Created = time.UnixMicro(int64(binary.LittleEndian.Uint64(data[32:])))
	return c, batchID(c.ID).seed(), nil
}

// nextRecord finds the first sound record at or after from, -1 if there is
// none.
func nextRecord(data []byte, from int, seed uint32) int {
	for at := from; at+recordHead <= len(data); at += 8 {
		if data[at] == recordMagic&0xff && recordAt(data[at:], seed^uint32(at)) != 0 {
			return at
		}
	}
	return -1
}

// judgeGap notes what lies between at and the next record (-1: the end).
func (c *Contents) judgeGap(data []byte, at, next int) {
	if next < 0 {
		tail := data[min(at, len(data)):]
		if allZero(tail) {
			return
		}
		// The last record may be half on the disk after a power cut; anything
		// longer than one record was not the last.
		if first := firstWordZero(tail); first || allZero(tail[min(len(tail), maxRecord):]) {
			c.Torn++
			return
		}
		c.Damaged = true
		return
	}
	if firstWordZero(data[at:next]) {
		c.Torn++
		return
	}
	c.Damaged = true
}

func firstWordZero(b []byte) bool { return allZero(b[:min(8, len(b))]) }

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
