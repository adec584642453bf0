package scans

import (
	"os"
	"testing"
	"time"
)

func TestYield(t *testing.T) {
	t.Parallel()
	const worked = 50 * time.Millisecond
	now := time.Now()
	for _, c := range []struct {
		name   string
		yield  yield
		worked time.Duration
		filled float64
		want   time.Duration
	}{
		{"an idle machine", yield{readAt: now}, worked, 0, 0},
		{"a busy one", yield{readAt: now, busy: true}, worked, 0.1, restShare * worked},
		{"never for long", yield{readAt: now, busy: true}, time.Minute, 0, restMax},
		{"a journal that fills up", yield{readAt: now, busy: true}, worked, 0.3, 0},
	} {
		if got := c.yield.rest(c.worked, c.filled); got != c.want {
			t.Errorf("%s: rests %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCPUTime(t *testing.T) {
	t.Parallel()
	total, idle := cpuTime("cpu  100 20 30 400 50 6 7 8 90 10\ncpu0 1 2 3 4\n")
	if total != 621 || idle != 450 {
		t.Errorf("total %d, idle %d", total, idle)
	}
	if total, idle = cpuTime("nothing of the kind"); total != 0 || idle != 0 {
		t.Errorf("of nonsense: total %d, idle %d", total, idle)
	}
	// The machine's own, where there is one.
	if stat, err := os.ReadFile("/proc/stat"); err == nil {
		if total, idle = cpuTime(string(stat)); total == 0 || idle > total {
			t.Errorf("of this machine: total %d, idle %d", total, idle)
		}
	}
}

// A busy machine is noticed by what /proc/stat says between two looks.
func TestYieldLooks(t *testing.T) {
	t.Parallel()
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Skip(err)
	}
	total, idle := cpuTime(string(stat))
	// As if all the idle time there ever was had been used since the last look …
	busy := yield{total: total / 2, idle: idle, readAt: time.Now().Add(-time.Minute)}
	if busy.look(time.Now()); !busy.busy {
		t.Errorf("%+v is not busy", busy)
	}
	// … and as if none had.
	calm := yield{total: total - 1000, idle: idle - 900, readAt: time.Now().Add(-time.Minute), busy: true}
	if calm.look(time.Now()); calm.busy && idle > 2000 {
		t.Errorf("%+v is busy", calm)
	}
}

// Whoever waits for a count does not wait for a rest.
func TestCatchUpEndsARest(t *testing.T) {
	t.Parallel()
	store, _ := testStore(t, 1)
	j := openJournal(t, JournalConfig{Dir: t.TempDir()})
	r := NewRecorder(RecorderConfig{Journal: j, Store: store})
	// Busy for as long as this test takes: no look corrects it.
	r.yield = yield{busy: true, readAt: time.Now().Add(time.Hour)}
	go func() { _ = r.Run(t.Context()) }()
	for made := int64(1); made <= 20; made++ {
		mustAppend(t, j, testVisit(1))
		r.CatchUp(t.Context())
		if s := r.Stats(); s.Stored < made {
			t.Fatalf("of %d: %+v", made, s)
		}
		eventually(t, "nothing waits", func() bool { return r.Stats().Journalled == 0 })
	}
}
