package redirect

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	missesMax    = 60          // in a row, and per
	missesWindow = time.Minute // minute in the long run

	limiterSets = 1 << 13 // of buckets; an address belongs to one set
	limiterWays = 8       // buckets in a set: 65,536 in all, 1.6 MB
)

// MissLimiter slows clients that keep asking for short IDs nobody has. Only
// misses count: a lecture hall sits behind one address. Its memory is fixed;
// where addresses crowd each other out, the one that owes least is forgotten.
// It is safe for concurrent use.
type MissLimiter struct {
	seed  maphash.Seed
	began time.Time
	sets  []limiterSet
}

type limiterSet struct {
	mu      sync.Mutex
	buckets [limiterWays]limiterBucket
}

// limiterBucket is a generic cell rate algorithm (ITU-T I.371): each miss moves
// the debt on by a second, and who is a minute ahead must wait.
type limiterBucket struct {
	client [16]byte
	due    time.Duration // when the debt is paid, since the limiter began
}

// NewMissLimiter makes a limiter.
func NewMissLimiter(now time.Time) *MissLimiter {
	return &MissLimiter{seed: maphash.MakeSeed(), began: now, sets: make([]limiterSet, limiterSets)}
}

// Allow notes a miss of a client. If the client has missed too often, ok is
// false, the miss is not counted and retryAfter says how long to wait.
func (l *MissLimiter) Allow(addr netip.Addr, now time.Time) (ok bool, retryAfter time.Duration) {
	client := clientOf(addr)
	at := now.Sub(l.began)
	set := &l.sets[maphash.Bytes(l.seed, client[:])%limiterSets]
	set.mu.Lock()
	defer set.mu.Unlock()
	b := set.bucket(client)
	due := b.due
	if due < at || due > at+missesWindow { // paid, or the clock was set back
		due = at
	}
	const each = missesWindow / missesMax
	if wait := due + each - missesWindow - at; wait > 0 {
		return false, wait
	}
	b.due = due + each
	return true, 0
}

// bucket finds a client's bucket, or takes the one that owes least for it.
func (s *limiterSet) bucket(client [16]byte) *limiterBucket {
	least := &s.buckets[0]
	for i := range s.buckets {
		b := &s.buckets[i]
		if b.client == client {
			return b
		}
		if b.due < least.due {
			least = b
		}
	}
	*least = limiterBucket{client: client}
	return least
}

// clientOf is an address as far as it tells clients apart: an IPv6 network of
// /64 is one client's (RFC 6177).
func clientOf(addr netip.Addr) [16]byte {
	b := addr.Unmap().As16()
	if addr.Unmap().Is6() {
		binary.BigEndian.PutUint64(b[8:], 0)
	}
	return b
}
