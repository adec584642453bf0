package redirect

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

// The index is cut into shards so that making a part of it anew copies half a
// megabyte and not a hundred.
const (
	shardBits  = 8
	shardCount = 1 << shardBits

	slotsMin = 16
	arenaMin = 1 << 10
)

// A slot is 0 if empty, tombstone if its code was evicted, else
//
//	bits  0–30  where the record begins in the arena, plus 2
//	bit     31  used: looked up since the eviction hand last came by
//	bit     32  seen: met by the full reading that is under way
//	bits 33–63  a part of the hash, to pass by other keys without reading them
const (
	tombstone  = 1
	offsetBase = 2
	offsetMask = 1<<31 - 1
	usedBit    = 1 << 31
	seenBit    = 1 << 32
	tagMask    = ^uint64(1<<33 - 1)
)

// table is an open-addressing index over records, without pointers, so that
// the garbage collector has nothing to follow. Readers use it without a lock:
// bytes of the arena are written before the slot that leads to them and never
// after.
type table struct {
	slots []atomic.Uint64 // a power of two
	arena []byte          // of fixed length; the shard knows how much is used
}

// shard is one part of the index. Its other fields are the writer's.
type shard struct {
	current atomic.Pointer[table]

	count   int // live records
	filled  int // slots that are not empty: live and tombstones
	used    int // bytes of the arena
	garbage int // of these, bytes of records that nothing leads to any more
}

// index maps short IDs to records: any number of readers, one writer at a
// time.
type index struct {
	seed   maphash.Seed
	shards [shardCount]shard
	hand   int // of the eviction clock: shard and slot
	slot   int
}

func newIndex() *index {
	x := &index{seed: maphash.MakeSeed()}
	for i := range x.shards {
		x.shards[i].current.Store(newTable(slotsMin, arenaMin))
	}
	return x
}

func newTable(slots, arena int) *table {
	return &table{slots: make([]atomic.Uint64, slots), arena: make([]byte, arena)}
}

func (x *index) shard(hash uint64) *shard { return &x.shards[hash>>(64-shardBits)] }

// find gives the record of a key, nil if there is none. With touch, it marks
// the record as used.
func (x *index) find(key []byte, touch bool) record {
	hash := maphash.Bytes(x.seed, key)
	t := x.shard(hash).current.Load()
	i, slot := t.find(hash, key)
	if slot == 0 {
		return nil
	}
	if touch && slot&usedBit == 0 {
		t.slots[i].CompareAndSwap(slot, slot|usedBit)
	}
	return t.record(slot)
}

// find gives the place and content of a key's slot; 0 if it is not there.
func (t *table) find(hash uint64, key []byte) (int, uint64) {
	mask := len(t.slots) - 1
	tag := tagOf(hash)
	for i := int(hash) & mask; ; i = (i + 1) & mask { //nolint:gosec // the low bits
		slot := t.slots[i].Load()
		if slot == 0 {
			return i, 0
		}
		if slot&tagMask == tag && slot&offsetMask != tombstone && bytes.Equal(t.record(slot).key(), key) {
			return i, slot
		}
	}
}

// tagOf takes bits that choose neither shard nor, in tables of usual size, slot.
func tagOf(hash uint64) uint64 { return hash << shardBits & tagMask }

func (t *table) record(slot uint64) record {
	return t.arena[slot&offsetMask-offsetBase:]
}

// put holds a record, in place of the one with the same key. It is the
// writer's, as all below.
func (x *index) put(rec record) (added bool) {
	key := rec.key()
	hash := maphash.Bytes(x.seed, key)
	s := x.shard(hash)
	s.makeRoom(x.seed, len(rec))
	t := s.current.Load()
	i, old := t.find(hash, key)
	copy(t.arena[s.used:], rec)
	slot := tagOf(hash) | seenBit | usedBit | uint64(s.used+offsetBase) //nolint:gosec // never negative
	s.used += len(rec)
	t.slots[i].Store(slot)
	if old != 0 {
		s.garbage += t.record(old).size()
		return false
	}
	s.count++
	s.filled++
	return true
}

// makeRoom sees to it that one more record of n bytes fits. A table that is
// full is made anew without its garbage, and with room for an eighth more, so
// that garbage never takes more than a ninth.
func (s *shard) makeRoom(seed maphash.Seed, n int) {
	t := s.current.Load()
	if s.used+n <= len(t.arena) && (s.filled+1)*4 <= len(t.slots)*3 {
		return
	}
	slots := len(t.slots)
	for (s.count+1)*8 > slots*5 {
		slots *= 2
	}
	live := s.used - s.garbage + n
	next := newTable(slots, max(arenaMin, live+live/8))
	used := 0
	for i := range t.slots {
		slot := t.slots[i].Load()
		if slot&offsetMask <= tombstone {
			continue
		}
		rec := t.record(slot)
		rec = rec[:rec.size()]
		j, _ := next.find(maphash.Bytes(seed, rec.key()), rec.key())
		next.slots[j].Store(slot&^offsetMask | uint64(used+offsetBase))
		used += copy(next.arena[used:], rec)
	}
	s.used, s.garbage, s.filled = used, 0, s.count
	s.current.Store(next)
}

// drop forgets the record of a slot.
func (s *shard) drop(t *table, i int, slot uint64) {
	s.garbage += t.record(slot).size()
	s.count--
	t.slots[i].Store(tombstone)
}

// evict forgets one record that was not used since the hand last came by.
func (x *index) evict() {
	for {
		s := &x.shards[x.hand]
		t := s.current.Load()
		for ; x.slot < len(t.slots); x.slot++ {
			slot := t.slots[x.slot].Load()
			if slot&offsetMask <= tombstone {
				continue
			}
			if slot&usedBit == 0 {
				s.drop(t, x.slot, slot)
				return
			}
			t.slots[x.slot].And(^uint64(usedBit))
		}
		x.hand, x.slot = (x.hand+1)%shardCount, 0
	}
}

// see marks a key as met by the full reading.
func (x *index) see(key []byte) {
	hash := maphash.Bytes(x.seed, key)
	t := x.shard(hash).current.Load()
	if i, slot := t.find(hash, key); slot != 0 {
		t.slots[i].Or(seenBit)
	}
}

// unsee begins a full reading.
func (x *index) unsee() {
	for n := range x.shards {
		t := x.shards[n].current.Load()
		for i := range t.slots {
			if slot := t.slots[i].Load(); slot&offsetMask > tombstone {
				t.slots[i].And(^uint64(seenBit))
			}
		}
	}
}

// dropUnseen ends a full reading: what it did not meet is forgotten. It gives
// how many that were.
func (x *index) dropUnseen() int {
	dropped := 0
	for n := range x.shards {
		s := &x.shards[n]
		t := s.current.Load()
		for i := range t.slots {
			if slot := t.slots[i].Load(); slot&offsetMask > tombstone && slot&seenBit == 0 {
				s.drop(t, i, slot)
				dropped++
			}
		}
	}
	return dropped
}

// all gives every record, to any reader, while others write.
func (x *index) all(yield func(record) bool) {
	for n := range x.shards {
		t := x.shards[n].current.Load()
		for i := range t.slots {
			slot := t.slots[i].Load()
			if slot&offsetMask <= tombstone {
				continue
			}
			if rec := t.record(slot); !yield(rec[:rec.size()]) {
				return
			}
		}
	}
}

// bytes is what the index and its records take.
func (x *index) bytes() int {
	n := 0
	for i := range x.shards {
		t := x.shards[i].current.Load()
		n += len(t.arena) + 8*len(t.slots)
	}
	return n
}
