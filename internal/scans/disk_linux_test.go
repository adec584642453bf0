package scans

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of the given size, or skips the test.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("no file system of its own for this test: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "size=1m")
	store, _ := testStore(t, 1)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 600<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, JournalConfig{Dir: filepath.Join(dir, "journal"), SegmentBytes: minSegmentBytes})
	accepted := int64(0)
	eventually(t, "the disk is full", func() bool {
		for range 100 {
			if j.Append(testVisit(1)) != nil {
				return errors.Is(j.stats().failing, unix.ENOSPC)
			}
			accepted++
		}
		return false
	})
	// Storing makes room by itself; so does whoever deletes the rest.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it records again", func() bool { return j.Append(testVisit(1)) == nil })
	accepted++
	s := record(t, RecorderConfig{Journal: j, Store: store})
	if n := rows(t, store); n < accepted || s.Stored != n || s.Refused == 0 {
		t.Errorf("%d rows, accepted %d, %+v", n, accepted, s)
	}
}

// On a disk that stays full, storing what is there frees enough to go on.
func TestFullDiskGoesOn(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "size=200k")
	store, _ := testStore(t, 1)
	j := openJournal(t, JournalConfig{Dir: filepath.Join(dir, "journal"), SegmentBytes: minSegmentBytes})
	eventually(t, "the disk is full", func() bool {
		for range 100 {
			if j.Append(testVisit(1)) != nil {
				return true
			}
		}
		return false
	})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store})
	go func() { _ = r.Run(t.Context()) }()
	eventually(t, "it is taken again", func() bool { return j.Append(testVisit(1)) == nil })
	eventually(t, "it runs", r.started.Load)
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	balanced(t, r.Stats())
	if s := r.Stats(); rows(t, store) != s.Stored {
		t.Errorf("%+v", s)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "size=1m")
	j := openJournal(t, JournalConfig{Dir: filepath.Join(dir, "journal"), SegmentBytes: minSegmentBytes})
	mustAppend(t, j, testVisit(1))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("remount: %v", err)
	}
	j, err := OpenJournal(JournalConfig{Dir: filepath.Join(dir, "journal"), SegmentBytes: minSegmentBytes})
	if err != nil {
		t.Fatalf("a read-only journal must not keep the program from starting: %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if err := j.Append(testVisit(1)); !errors.Is(err, ErrRefused) {
		t.Errorf("append gave %v", err)
	}
	if s := j.stats(); s.refused != 1 || !errors.Is(s.failing, unix.EROFS) {
		t.Errorf("%+v", s)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it records", func() bool { return j.Append(testVisit(1)) == nil })
}

// A segment that was stored and released while a sync was on its way to it
// needs none: that is no failing disk.
func TestSyncOfAReleasedSegment(t *testing.T) {
	t.Parallel()
	s, err := createSegment(t.TempDir(), 1, minSegmentBytes, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	v := Visit{CodeID: 1, At: time.Now()}
	n := v.recordSize(0)
	offset, _, ok := s.claim(n)
	if !ok || !s.write(offset, n, &v, 0) {
		t.Fatal("not written")
	}
	if err := s.release(); err != nil {
		t.Fatal(err)
	}
	if err := s.sync(); err != nil {
		t.Error(err)
	}
}
