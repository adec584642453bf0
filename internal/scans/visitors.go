package scans

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/netip"
)

// maxVisitors bounds the memory of one day: two halves of about 16 MB.
const maxVisitors = 1 << 20

// visitors knows who was at which code today, as keyed hashes. The key is made
// when a day begins, lives in this process's memory only and is thrown away at
// the office's midnight, so that nothing stored anywhere can be traced back.
//
// So "repeat" is a lower bound: a visitor is taken for a new one once per
// process that meets them (replicas, restarts), and after more than a million
// others on the same day. Only the recorder's goroutine uses it.
type visitors struct {
	day    int64
	mac    hash.Hash
	fresh  map[uint64]struct{}
	older  map[uint64]struct{} // the half that is forgotten next
	limit  int
	buffer []byte
}

func newVisitors() *visitors { return &visitors{limit: maxVisitors} }

// seen says whether this visitor was at the code on the given day, and
// remembers them. Days that are over know nobody.
func (s *visitors) seen(day, code int64, address netip.Addr, userAgent string) bool {
	if s.mac == nil || day > s.day {
		s.begin(day)
	}
	if day != s.day || !address.IsValid() {
		return false
	}
	b := binary.BigEndian.AppendUint64(s.buffer[:0], uint64(code))
	ip := address.As16()
	b = append(b, ip[:]...)
	b = append(b, userAgent...)
	s.mac.Reset()
	s.mac.Write(b)
	b = s.mac.Sum(b[:0])
	s.buffer = b
	visitor := binary.BigEndian.Uint64(b)
	if _, ok := s.fresh[visitor]; ok {
		return true
	}
	_, ok := s.older[visitor]
	if len(s.fresh) >= s.limit/2 {
		s.older, s.fresh = s.fresh, map[uint64]struct{}{}
	}
	s.fresh[visitor] = struct{}{}
	return ok
}

// begin forgets everybody and the key.
func (s *visitors) begin(day int64) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand documentation)
	s.mac = hmac.New(sha256.New, key[:])
	s.day, s.fresh, s.older = day, map[uint64]struct{}{}, nil
}
