package scans

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

// sampleSegment builds the bytes of a segment with n records, and where each
// begins. With alike, all are like the first one.
func sampleSegment(n int, alike bool) (data []byte, starts []int) {
	s := &segment{id: batchID{1, 2, 3}, seq: 7, created: time.UnixMicro(1_800_000_000_000_000)}
	head := s.head()
	data = head[:]
	for i := range n {
		v := testVisit(int64(i) + 1)
		v.At = time.UnixMicro(int64(i))
		v.clip()
		at, like := len(data), uint32(0)
		if alike && i > 0 {
			like = uint32(starts[0])
		}
		starts = append(starts, at)
		data = append(data, make([]byte, v.recordSize(like))...)
		v.encode(data[at:], s.id.seed()^uint32(at), like)
	}
	return append(data, make([]byte, 4096)...), starts
}

func TestReadSegment(t *testing.T) {
	t.Parallel()
	whole, starts := sampleSegment(10, false)
	tests := []struct {
		name    string
		spoil   func(b []byte) []byte
		visits  int
		torn    int
		damaged bool
		fails   bool
	}{
		{name: "sound", spoil: func(b []byte) []byte { return b }, visits: 10},
		{name: "cut after the last record", spoil: func(b []byte) []byte { return b[:len(b)-4096] }, visits: 10},
		{name: "cut in the last record", spoil: func(b []byte) []byte { return b[:starts[9]+40] }, visits: 9, torn: 1},
		{name: "last record never finished", spoil: func(b []byte) []byte { clear(b[starts[9] : starts[9]+8]); return b }, visits: 9, torn: 1},
		{name: "last record half on the disk", spoil: func(b []byte) []byte { clear(b[starts[9]+64 : starts[9]+128]); return b }, visits: 9, torn: 1},
		{name: "claimed and never begun", spoil: func(b []byte) []byte { clear(b[starts[4]:starts[5]]); return b }, visits: 9, torn: 1},
		{name: "claimed and never finished", spoil: func(b []byte) []byte { clear(b[starts[4] : starts[4]+8]); return b }, visits: 9, torn: 1},
		{name: "flipped bit in the middle", spoil: func(b []byte) []byte { b[starts[4]+50] ^= 4; return b }, visits: 9, damaged: true},
		{name: "flipped bit in a length", spoil: func(b []byte) []byte { b[starts[4]+2] ^= 8; return b }, visits: 9, damaged: true},
		{name: "many records overwritten", spoil: func(b []byte) []byte {
			copy(b[starts[2]:starts[8]], bytes.Repeat([]byte{0xaa}, starts[8]-starts[2]))
			return b
		}, visits: 4, damaged: true},
		{name: "the end overwritten", spoil: func(b []byte) []byte {
			copy(b[starts[3]:], bytes.Repeat([]byte{0xaa}, len(b)-starts[3]))
			return b
		}, visits: 3, damaged: true},
		{name: "head damaged", spoil: func(b []byte) []byte { b[12] ^= 1; return b }, damaged: true, fails: true},
		{name: "not a segment", spoil: func([]byte) []byte { return []byte("hello") }, damaged: true, fails: true},
		{name: "nothing at all", spoil: func([]byte) []byte { return nil }},
		{name: "allocated, never used", spoil: func(b []byte) []byte { clear(b); return b }},
		{name: "a record moved", spoil: func(b []byte) []byte { copy(b[starts[5]:starts[6]], slices.Clone(b[starts[2]:starts[3]])); return b }, visits: 9, damaged: true},
	}
	for _, tt := range tests {
		var got []int64
		c, err := ReadSegment(tt.spoil(slices.Clone(whole)), func(v *Visit) {
			got = append(got, v.CodeID)
			if v.UserAgent != phone || v.Address != "203.0.113.57" || v.Source != QR || v.At.UnixMicro() != v.CodeID-1 {
				t.Errorf("%s: %+v", tt.name, v)
			}
		})
		if c.Visits != tt.visits || len(got) != tt.visits || c.Torn != tt.torn || c.Damaged != tt.damaged || (err != nil) != tt.fails {
			t.Errorf("%s: %+v, %v, visits %v", tt.name, c, err, got)
		}
	}
}

// A scan counts whatever becomes of the record that its headers are in.
func TestReadSegmentAlike(t *testing.T) {
	t.Parallel()
	whole, starts := sampleSegment(5, true)
	if _, alone := sampleSegment(5, false); starts[4] > alone[4]/2 {
		t.Errorf("five records take %d bytes, and %d where each repeats everything", starts[4], alone[4])
	}
	spoilt := slices.Clone(whole)
	spoilt[starts[0]+50] ^= 4
	first := testVisit(1)
	lost := Visit{UserAgent: lostAgent}
	for _, tt := range []struct {
		name   string
		data   []byte
		visits int
		want   Visit // but for what differs from visit to visit
	}{{"sound", whole, 5, first}, {"the first one damaged", spoilt, 4, lost}} {
		visits := 0
		c, err := ReadSegment(tt.data, func(v *Visit) {
			visits++
			want := tt.want
			want.CodeID, want.At, want.Source, want.Address = v.CodeID, time.UnixMicro(v.CodeID-1), first.Source, first.Address
			if *v != want {
				t.Errorf("%s: %+v", tt.name, v)
			}
		})
		if err != nil || visits != tt.visits || c.Visits != visits || c.Damaged != (visits < 5) {
			t.Errorf("%s: %d visits, %+v, %v", tt.name, visits, c, err)
		}
	}
}

// A record may name any other place as the one that it is like.
func TestLikeNothing(t *testing.T) {
	t.Parallel()
	for _, like := range []uint32{8, 16, segmentHead + 1, 1 << 20, 1<<32 - 1} {
		s := &segment{id: batchID{1}}
		head := s.head()
		v := testVisit(1)
		data := append(head[:], make([]byte, v.recordSize(like))...)
		v.encode(data[segmentHead:], s.id.seed()^segmentHead, like)
		c, err := ReadSegment(data, func(v *Visit) {
			if v.UserAgent != lostAgent || v.CodeID != 1 {
				t.Errorf("like %d: %+v", like, v)
			}
		})
		if err != nil || c.Visits != 1 {
			t.Errorf("like %d: %+v, %v", like, c, err)
		}
	}
}

func FuzzReadSegment(f *testing.F) {
	whole, starts := sampleSegment(4, false)
	alike, later := sampleSegment(4, true)
	f.Add(alike, 0, []byte{})
	f.Add(alike, later[2], alike[later[3]:])
	f.Add(whole, 0, []byte{})
	f.Add(whole[:starts[3]+9], starts[1], []byte{0, 0, 0, 0})
	f.Add(whole, starts[2], whole[starts[0]:starts[1]])
	f.Add([]byte(segmentMagic), 3, []byte{1})
	f.Fuzz(func(t *testing.T, data []byte, at int, patch []byte) {
		if at >= 0 && at < len(data) {
			data = slices.Clone(data)
			copy(data[at:], patch)
		}
		visits := 0
		c, err := ReadSegment(data, func(v *Visit) {
			visits++
			if len(v.UserAgent) > maxUserAgent+maxRecord || v.recordSize(0) > maxRecord {
				t.Errorf("a visit larger than a record: %+v", v)
			}
		})
		if visits != c.Visits || c.End > len(data) || (err != nil && visits > 0) || visits*recordHead > len(data) {
			t.Errorf("%+v, %v, %d visits of %d bytes", c, err, visits, len(data))
		}
	})
}
