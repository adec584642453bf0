package scans

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// knownHeaders remembers where in a segment a visit's headers stand, so that
// later visits with the same ones need not repeat them. Each sort has one place
// and keeps it; a sort whose place is taken is written out every time.
type knownHeaders struct {
	seed   maphash.Seed // which sorts share a place is nothing that a visitor can foresee
	places [512]knownPlace
}

type knownPlace struct{ atomic.Pointer[headers] }

// headers are the texts of a visit that many people's phones share, in the
// record at an offset.
type headers struct {
	userAgent, referer, language, purpose string
	at                                    uint32
}

// find gives a clipped visit's place, and the offset of a finished record with
// the same headers, 0 if there is none.
func (k *knownHeaders) find(v *Visit) (place *knownPlace, like uint32) {
	sum := maphash.String(k.seed, v.UserAgent) ^ maphash.String(k.seed, v.AcceptLanguage)
	place = &k.places[sum%uint64(len(k.places))]
	if h := place.Load(); h != nil && h.userAgent == v.UserAgent && h.language == v.AcceptLanguage && h.referer == v.Referer && h.purpose == v.Purpose {
		like = h.at
	}
	return place, like
}

// note remembers that the record at an offset is finished, if the place is
// free.
func (p *knownPlace) note(v *Visit, offset uint32) {
	if p.Load() == nil {
		p.CompareAndSwap(nil, &headers{
			userAgent: strings.Clone(v.UserAgent), referer: strings.Clone(v.Referer),
			language: strings.Clone(v.AcceptLanguage), purpose: strings.Clone(v.Purpose), at: offset,
		})
	}
}

// forget lets go of everything.
func (k *knownHeaders) forget() {
	for i := range k.places {
		k.places[i].Store(nil)
	}
}
