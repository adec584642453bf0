package redirect_test

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qrgen/internal/redirect"
)

func TestMissLimiter(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := redirect.NewMissLimiter(now)
	addr := netip.MustParseAddr("192.0.2.7")
	for i := range 60 {
		if ok, _ := l.Allow(addr, now); !ok {
			t.Fatalf("miss %d limited", i+1)
		}
	}
	ok, wait := l.Allow(addr, now)
	if ok || wait <= 0 || wait > time.Second {
		t.Errorf("miss 61: %t, wait %s", ok, wait)
	}
	if ok, _ := l.Allow(netip.MustParseAddr("192.0.2.8"), now); !ok {
		t.Error("the neighbour is limited")
	}
	if ok, _ := l.Allow(addr, now.Add(wait)); !ok {
		t.Error("limited after the wait")
	}
	if ok, _ := l.Allow(addr, now.Add(wait)); ok {
		t.Error("two after the wait for one")
	}
	later := now.Add(2 * time.Minute)
	for i := range 60 {
		if ok, _ := l.Allow(addr, later); !ok {
			t.Fatalf("two minutes later: miss %d limited", i+1)
		}
	}
}

func TestMissLimiterTellsClientsApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		now := time.Now()
		l := redirect.NewMissLimiter(now)
		for range 60 {
			l.Allow(netip.MustParseAddr(tt.a), now)
		}
		if ok, _ := l.Allow(netip.MustParseAddr(tt.b), now); ok == tt.same {
			t.Errorf("%s and %s: same client %t, want %t", tt.a, tt.b, !ok, tt.same)
		}
	}
	l := redirect.NewMissLimiter(time.Now())
	if ok, _ := l.Allow(netip.Addr{}, time.Now()); !ok {
		t.Error("no address: limited at once")
	}
}

func TestMissLimiterForgivesAClockSetBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) // no monotonic part
	l := redirect.NewMissLimiter(now)
	addr := netip.MustParseAddr("192.0.2.7")
	for range 61 {
		l.Allow(addr, now)
	}
	for _, back := range []time.Duration{time.Hour, 2 * time.Hour} {
		if ok, wait := l.Allow(addr, now.Add(-back)); !ok {
			t.Errorf("%s back: limited for %s", back, wait)
		}
	}
}

// TestMissLimiterIsBounded is not parallel: it counts all allocations.
func TestMissLimiterIsBounded(t *testing.T) {
	now := time.Now()
	l := redirect.NewMissLimiter(now)
	var ip [16]byte
	n := uint64(0)
	if allocs := testing.AllocsPerRun(200_000, func() {
		n++
		binary.BigEndian.PutUint64(ip[:], n)
		l.Allow(netip.AddrFrom16(ip), now)
	}); allocs != 0 {
		t.Errorf("%v allocations a client", allocs)
	}
}

func TestMissLimiterConcurrently(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := redirect.NewMissLimiter(now)
	addr := netip.MustParseAddr("192.0.2.7")
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if ok, _ := l.Allow(addr, now); ok {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if allowed.Load() != 60 {
		t.Errorf("%d of 800 misses allowed, want 60", allowed.Load())
	}
}

func BenchmarkMissLimiter(b *testing.B) {
	l := redirect.NewMissLimiter(time.Now())
	addr, now := netip.MustParseAddr("2001:db8::1"), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		l.Allow(addr, now)
	}
}
