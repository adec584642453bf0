package scans

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A segment begins with 64 bytes: magic, batch ID (16), sequence number,
// creation time in microseconds, CRC-32C of what stands before it at 40. Its
// records follow without gaps.
const (
	segmentMagic  = "qrscans1"
	segmentHead   = 64
	segmentSuffix = ".seg"
	damagedSuffix = ".bad"
)

// batchID names a segment for ever: the database remembers it.
type batchID [16]byte

func (id batchID) String() string { return hex.EncodeToString(id[:]) }

// seed keys the checksums of a segment's records, so that no record of
// another segment, and nothing a visitor sends, reads as one of its own.
func (id batchID) seed() uint32 { return crc32.Checksum(id[:], castagnoli()) }

// Claims and their fate are counted in one word each: bytes in the low 40
// bits, records above them. One atomic addition claims both a place and a
// number.
const (
	countShift = 40
	offsetMask = 1<<countShift - 1
	sealedBit  = 1 << (countShift - 1) // in the bytes: every later claim is past the end
)

// segment is a mapped file that goroutines append to. The counters lie on
// cache lines of their own.
type segment struct {
	id      batchID
	seq     uint64
	path    string
	file    *os.File
	data    []byte
	seed    uint32
	created time.Time

	_       [64]byte
	claimed atomic.Uint64 // handed out, including what did not fit
	_       [56]byte
	done    atomic.Uint64 // written, or given up after a fault
	_       [56]byte
	failed  atomic.Uint64 // claims that did not fit
	faults  atomic.Int64  // records lost to a failing disk
	first   atomic.Int64  // the first record's time, microseconds
	synced  atomic.Uint64 // done, as of the last sync
	closed  atomic.Bool
	known   knownHeaders
}

// createSegment allocates, heads and maps a segment file. Nothing stays
// behind when it fails.
func createSegment(dir string, seq uint64, size int64, now time.Time) (_ *segment, err error) {
	s := newSegment(dir, seq, now)
	s.file, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create a journal segment: %w", err)
	}
	defer func() {
		if err != nil {
			_ = s.file.Close()
			_ = os.Remove(s.path)
		}
	}()
	// Writing to a mapped hole on a full disk kills the process (SIGBUS), so
	// every block is there before the file is mapped.
	if err = allocate(s.file, size); err != nil {
		return nil, fmt.Errorf("allocate a journal segment: %w", err)
	}
	if err = s.begin(); err != nil {
		return nil, err
	}
	if s.data, err = mapFile(s.file, int(size)); err != nil {
		return nil, fmt.Errorf("map a journal segment: %w", err)
	}
	return s, nil
}

// newSegment names a segment that has no file yet.
func newSegment(dir string, seq uint64, now time.Time) *segment {
	s := &segment{seq: seq, created: now, path: filepath.Join(dir, fmt.Sprintf("%016x%s", seq, segmentSuffix))}
	_, _ = rand.Read(s.id[:]) // never fails (crypto/rand documentation)
	s.seed = s.id.seed()
	s.known.seed = maphash.MakeSeed()
	return s
}

// begin writes the head into the segment's file, which is all zeroes.
func (s *segment) begin() error {
	head := s.head()
	if _, err := s.file.WriteAt(head[:], 0); err != nil {
		return fmt.Errorf("write a journal segment's head: %w", err)
	}
	s.claimed.Store(segmentHead)
	s.done.Store(segmentHead)
	return nil
}

func (s *segment) head() (head [segmentHead]byte) {
	copy(head[:], segmentMagic)
	copy(head[8:], s.id[:])
	binary.LittleEndian.PutUint64(head[24:], s.seq)
	binary.LittleEndian.PutUint64(head[32:], uint64(s.created.UnixMicro()))
	binary.LittleEndian.PutUint32(head[40:], crc32.Checksum(head[:40], castagnoli()))
	return head
}

// claim asks for n bytes. It gives the offset and the record's number from 1
// on, or false when the segment is full or sealed.
func (s *segment) claim(n int) (offset int, number uint64, ok bool) {
	delta := 1<<countShift | uint64(n)
	after := s.claimed.Add(delta)
	end := after & offsetMask
	if end > uint64(len(s.data)) {
		// After one claim that did not fit none fits: the offset only grows.
		// So what was written has no gaps.
		s.failed.Add(delta)
		return 0, 0, false
	}
	return int(end) - n, after >> countShift, true
}

// write puts the visit at the claimed offset, like the record at another one or
// like none (0), and marks the claim as done. It says false where the disk failed
// under the mapping.
func (s *segment) write(offset, n int, v *Visit, like uint32) (ok bool) {
	// A disk that turns read-only or loses blocks answers a store with
	// SIGBUS. That must cost this scan, not the process.
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		var fault any
		if !ok {
			fault = recover()
			s.faults.Add(1)
		}
		s.done.Add(1<<countShift | uint64(n))
		if fault != nil && !isFault(fault) {
			panic(fault)
		}
	}()
	v.encode(s.data[offset:offset+n], s.seed^uint32(offset), like)
	return true
}

// isFault says whether a recovered value is a memory fault.
func isFault(v any) bool {
	_, ok := v.(interface{ Addr() uintptr })
	return ok
}

// seal ends claiming. The segment must be sealed once only.
func (s *segment) seal() {
	s.claimed.Add(sealedBit)
	s.known.forget() // many segments may wait, and visitors make headers up
}

// settle waits until every claim of a sealed segment is written: each is a
// copy under way in another goroutine. It gives the end of the records.
func (s *segment) settle() (end int64) {
	for {
		// In this order: whatever comes in between makes the two sides
		// differ, never match.
		failed, done := s.failed.Load(), s.done.Load()
		if claimed := s.claimed.Load(); failed+done == claimed-sealedBit {
			return int64(done & offsetMask)
		}
		runtime.Gosched()
	}
}

// count is how many records the segment holds.
func (s *segment) count() int64 {
	failed := s.failed.Load()
	claimed := s.claimed.Load()
	return int64((claimed-failed)>>countShift) - s.faults.Load()
}

// sync makes the records written so far safe from a power cut. A segment that
// was deleted meanwhile needs none.
func (s *segment) sync() error {
	done := s.done.Load()
	if done == s.synced.Load() {
		return nil
	}
	if err := syncData(s.file); err != nil {
		if s.closed.Load() {
			return nil // it was stored meanwhile
		}
		return fmt.Errorf("sync a journal segment: %w", err)
	}
	s.synced.Store(done)
	return nil
}

// release unmaps a settled segment and closes its file, which stays.
func (s *segment) release() error {
	s.closed.Store(true)
	err := unmapFile(s.data)
	if closeErr := s.file.Close(); err == nil {
		err = closeErr
	}
	return err
}
