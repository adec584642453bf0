package scans

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets a test run this binary again as a process that writes visits
// until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SCANS_TEST_WRITER"); dir != "" {
		writeForEver(dir)
		return
	}
	os.Exit(m.Run())
}

// writeForEver appends from many goroutines and reports each visit's number
// once it is acknowledged.
func writeForEver(dir string) {
	j, err := OpenJournal(JournalConfig{Dir: dir, SegmentBytes: 256 << 10, Sync: Sync{every: 50 * time.Millisecond}})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := w; ; i += 8 {
				v := testVisit(int64(i%100) + 1)
				v.At = time.UnixMicro(int64(i))
				if err := j.Append(v); err == nil {
					_, _ = os.Stdout.WriteString(strconv.Itoa(i) + "\n")
				}
			}
		})
	}
	wg.Wait()
}

func TestKilledWriterLosesNothing(t *testing.T) {
	t.Parallel()
	for round := range 6 {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "SCANS_TEST_WRITER="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var kill *time.Timer
		acknowledged := map[int64]bool{}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if kill == nil {
				kill = time.AfterFunc(time.Duration(5+23*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
			if i, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				acknowledged[i] = true
			}
		}
		_ = cmd.Wait()
		found := map[int64]int{}
		for _, path := range segmentFiles(t, dir, segmentSuffix) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := ReadSegment(data, func(v *Visit) { found[v.At.UnixMicro()]++ })
			if err != nil || c.Damaged {
				t.Errorf("%s: %+v, %v", path, c, err)
			}
		}
		for i := range acknowledged {
			if found[i] != 1 {
				t.Errorf("round %d: visit %d was acknowledged and is there %d times", round, i, found[i])
			}
		}
		if round == 5 && len(acknowledged) < 100 {
			t.Errorf("only %d visits were written: the test proves little", len(acknowledged))
		}
	}
}

func TestAppendFromManyGoroutines(t *testing.T) {
	t.Parallel()
	j := openJournal(t, JournalConfig{Dir: t.TempDir(), SegmentBytes: minSegmentBytes, MaxBytes: 64 << 20})
	const writers, each, agents = 16, 1500, 700
	stop, got := make(chan struct{}), make(chan map[int64]int)
	go func() {
		seen := map[int64]int{}
		var buf []byte
		for {
			f, ok := j.oldest()
			if !ok {
				select {
				case <-stop:
					j.sealCurrent(true)
					if _, ok := j.oldest(); !ok {
						got <- seen
						return
					}
				case <-time.After(time.Millisecond):
					j.sealCurrent(false)
				}
				continue
			}
			data, err := j.read(f, buf)
			if err != nil {
				t.Error(err)
			}
			c, err := ReadSegment(data, func(v *Visit) {
				i := v.At.UnixMicro()
				if len(v.UserAgent) != min(int(i)%each%agents, maxUserAgent) || v.AcceptLanguage != testVisit(1).AcceptLanguage {
					t.Errorf("visit %d came back as %+v", i, v)
				}
				seen[i]++
			})
			if err != nil || c.Damaged || c.Torn > 0 || int64(c.Visits) != f.live.count() {
				t.Errorf("a live segment: %+v, count %d, %v", c, f.live.count(), err)
			}
			if err := j.remove(f); err != nil {
				t.Error(err)
			}
		}
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				v := testVisit(1)
				v.At = time.UnixMicro(int64(w*each + i))
				v.UserAgent = strings.Repeat("x", i%agents)
				if err := j.Append(v); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	seen := <-got
	for i := range int64(writers * each) {
		if seen[i] != 1 {
			t.Fatalf("visit %d is there %d times", i, seen[i])
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	v := testVisit(1)
	if n := testing.AllocsPerRun(1000, func() { _ = j.Append(v) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	// Headers that nobody else has are no reason either, once there are many.
	var many [4000]Visit
	for i := range many {
		many[i] = testVisit(1)
		many[i].UserAgent = fmt.Sprintf("agent %d", i)
		_ = j.Append(many[i])
	}
	i := 0
	if n := testing.AllocsPerRun(len(many)-1, func() { _ = j.Append(many[i]); i++ }); n > 0 {
		t.Errorf("%v allocations for many sorts of phones", n)
	}
}

func TestTwoProcessesNeverShareAJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := openJournal(t, JournalConfig{Dir: dir})
	if _, err := OpenJournal(JournalConfig{Dir: dir}); !errors.Is(err, ErrLocked) {
		t.Errorf("the second one got %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := OpenJournal(JournalConfig{Dir: dir})
	if err != nil {
		t.Fatalf("after the first one closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestJournalMax(t *testing.T) {
	t.Parallel()
	j := openJournal(t, JournalConfig{Dir: t.TempDir(), MaxBytes: 4 * minSegmentBytes, SegmentBytes: minSegmentBytes})
	accepted := 0
	eventually(t, "the journal is full", func() bool {
		for range 100 {
			if j.Append(testVisit(1)) != nil {
				return j.stats().failing != nil
			}
			accepted++
		}
		return false
	})
	s := j.stats()
	if s.bytes > 4*minSegmentBytes || s.appended != int64(accepted) || s.refused == 0 || !errors.Is(s.failing, errFull) {
		t.Errorf("accepted %d: %+v", accepted, s)
	}
	begin := time.Now()
	for range 1000 {
		_ = j.Append(testVisit(1))
	}
	if d := time.Since(begin); d >= spareWait { // one of them that waited would take it all
		t.Errorf("1,000 refusals took %v", d)
	}
	f, _ := j.oldest()
	if err := j.remove(f); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it records again", func() bool { return j.Append(testVisit(1)) == nil })
}

func TestJournalWithoutADirectory(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	blocker := filepath.Join(parent, "data")
	if err := os.WriteFile(blocker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, JournalConfig{Dir: filepath.Join(blocker, "journal")})
	if err := j.Append(testVisit(1)); !errors.Is(err, ErrRefused) {
		t.Errorf("append gave %v", err)
	}
	if err := os.Remove(blocker); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it records", func() bool { return j.Append(testVisit(1)) == nil })
}

// A file that loses its blocks under the mapping is what a failing disk looks
// like: a memory fault, which must cost scans and not the process.
func TestFaultUnderTheMapping(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := openJournal(t, JournalConfig{Dir: dir, SegmentBytes: minSegmentBytes})
	mustAppend(t, j, testVisit(1))
	if err := os.Truncate(j.current.Load().path, 0); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(testVisit(2)); !errors.Is(err, ErrRefused) {
		t.Errorf("append gave %v", err)
	}
	eventually(t, "it goes on with another segment", func() bool { return j.Append(testVisit(3)) == nil })
	if s := j.stats(); s.refused < 1 || s.appended != 2 {
		t.Errorf("%+v", s)
	}
}

func TestSyncAlways(t *testing.T) {
	t.Parallel()
	j := openJournal(t, JournalConfig{Dir: t.TempDir(), Sync: Sync{always: true}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if err := j.Append(testVisit(1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s := j.current.Load()
	if s.synced.Load() != s.done.Load() {
		t.Errorf("acknowledged up to %d, synced up to %d", s.done.Load(), s.synced.Load())
	}
}

func TestParseSync(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Sync{"always": {always: true}, "off": {}, "200ms": {every: 200 * time.Millisecond}} {
		if got, err := ParseSync(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "never", "0s", "-1s", "2h"} {
		if _, err := ParseSync(in); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}
