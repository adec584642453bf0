package scans

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// scanRow is a visit after enrichment, before its words have the database's
// IDs: agent, referrer, language and country are places in the dictionary.
type scanRow struct {
	at       int64 // microseconds since 1970
	code     int32
	agent    int32
	referrer int32
	language int32
	country  int32
	class    Class
	qr       bool
	repeat   bool
}

// batch is what one segment puts into the database. It is built once and kept
// through retries, so that no retry makes a visitor look like a returning one.
type batch struct {
	id   batchID
	rows []scanRow // by code, then time: neighbours in the index
}

func (b *batch) sort() {
	slices.SortFunc(b.rows, func(x, y scanRow) int {
		if c := cmp.Compare(x.code, y.code); c != 0 {
			return c
		}
		return cmp.Compare(x.at, y.at)
	})
}

// total is what one code gains by a batch.
type total struct {
	code     int64
	qr, link int64
	last     int64 // microseconds
}

// totals counts what counts: everything but tests.
func (b *batch) totals() []total {
	var out []total
	for i := range b.rows {
		row := &b.rows[i]
		if row.class == Test {
			continue
		}
		if n := len(out); n == 0 || out[n-1].code != int64(row.code) {
			out = append(out, total{code: int64(row.code)})
		}
		t := &out[len(out)-1]
		if row.qr {
			t.qr++
		} else {
			t.link++
		}
		t.last = max(t.last, row.at)
	}
	return out
}

type hourKey struct {
	hour  int64 // seconds since 1970
	class Class
	qr    bool
}

type hourCount struct{ scans, repeats int64 }

// hours counts by the office's hours, which begin phase seconds before a full
// hour UTC.
func (b *batch) hours(phase int64) map[hourKey]hourCount {
	out := map[hourKey]hourCount{}
	for i := range b.rows {
		row := &b.rows[i]
		key := hourKey{hourOf(row.at, phase), row.class, row.qr}
		c := out[key]
		c.scans++
		if row.repeat {
			c.repeats++
		}
		out[key] = c
	}
	return out
}

func hourOf(micros, phase int64) int64 {
	s := floorDiv(micros, 1e6) + phase
	return floorDiv(s, 3600)*3600 - phase
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// months lists the first days of the months (UTC) that the rows fall into.
func (b *batch) months() []time.Time {
	seen := map[int64]bool{} // days, of which a batch has few
	var out []time.Time
	for i := range b.rows {
		day := floorDiv(b.rows[i].at, 86400e6)
		if seen[day] {
			continue
		}
		seen[day] = true
		if m := monthOf(time.UnixMicro(b.rows[i].at)); !slices.ContainsFunc(out, m.Equal) {
			out = append(out, m)
		}
	}
	return out
}

func monthOf(t time.Time) time.Time {
	y, m, _ := t.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

const copyStatement = "COPY scans (scanned_at, code_id, agent, referrer, language, country, class, qr, repeat) FROM STDIN BINARY"

// The binary form of COPY (PostgreSQL documentation, "COPY", Binary Format):
// a head, per row the number of columns and per column its length and bytes
// in network order, and -1.
const (
	copyHead    = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyColumns = 9
	copyRowLen  = 2 + 4*copyColumns + 8 + 4 + 5*2 + 2
	// PostgreSQL counts microseconds from 2000-01-01.
	postgresEpoch = 946684800_000_000
)

// appendCopy appends rows in COPY's binary form; ids are the dictionary's.
func appendCopy(buf []byte, rows []scanRow, ids *wordIDs) []byte {
	be := binary.BigEndian
	buf = slices.Grow(buf, len(copyHead)+len(rows)*copyRowLen+2)
	buf = append(buf, copyHead...)
	small := func(v int16) { buf = be.AppendUint16(be.AppendUint32(buf, 2), uint16(v)) }
	truth := func(v bool) {
		buf = append(be.AppendUint32(buf, 1), 0)
		if v {
			buf[len(buf)-1] = 1
		}
	}
	for i := range rows {
		row := &rows[i]
		buf = be.AppendUint16(buf, copyColumns)
		buf = be.AppendUint64(be.AppendUint32(buf, 8), uint64(row.at-postgresEpoch))
		buf = be.AppendUint32(be.AppendUint32(buf, 4), uint32(row.code))
		small(ids.agents[row.agent])
		small(ids.words[row.referrer])
		small(ids.words[row.language])
		small(ids.words[row.country])
		small(int16(row.class))
		truth(row.qr)
		truth(row.repeat)
	}
	return be.AppendUint16(buf, 0xffff)
}
