package scans

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"qrgen/db"
)

// Past is a scan that another system recorded.
type Past struct {
	At                  time.Time
	Source              Source
	UserAgent, Address  string // used up here, and not stored
	Bot                 bool   // that system took it for a machine's
	Device, OS, Browser string // what that system made of it, for where there is no user agent
}

// Counted is how many scans of a code another system counted and did not keep
// one by one.
type Counted struct {
	QR, Link int64
	Last     time.Time // when the last one of all was
}

// copyRows is how many rows are copied at a time.
const copyRows = 100_000

// Importer brings scans from another system into the database, enriched as the
// recorder's are: add them all, prepare, then store them in the transaction
// that makes their codes.
type Importer struct {
	store  *db.Store
	enrich *enricher
	months *months
	batch  batch
	phase  int64
}

// NewImporter makes an importer; location is the office's. The country file
// may be none.
func NewImporter(store *db.Store, location *time.Location, geoPath string) (*Importer, error) {
	g := &geo{path: geoPath}
	if err := g.reload(); err != nil {
		return nil, err
	}
	agents := newAgentCache()
	agents.patient = true
	return &Importer{
		store: store, months: newMonths(store), phase: phaseOf(location),
		enrich: &enricher{words: newDictionary(), agents: agents, visitors: newVisitors(), geo: g, location: location},
	}, nil
}

// Add takes in a scan of the code at a place in the caller's list. Scans must
// come in the order of their times for returning visitors to be known.
func (im *Importer) Add(place int32, p *Past) {
	v := Visit{CodeID: int64(place), At: p.At, Source: p.Source, UserAgent: cut(p.UserAgent, maxUserAgent), Address: p.Address}
	row := im.enrich.row(&v)
	switch {
	case p.Bot && row.class == Human:
		row.class, row.repeat, row.country = Bot, false, noWord
		row.agent = im.enrich.words.placeAgent(agent{"bot", "other", "other"})
	case p.UserAgent == "" && p.Device != "" && !p.Bot:
		row.class = Human
		row.agent = im.enrich.words.placeAgent(agent{device: p.Device, os: oneOf(p.OS, systems[:]), browser: oneOf(p.Browser, browsers[:])})
	}
	im.batch.rows = append(im.batch.rows, row)
}

// Len is how many were added.
func (im *Importer) Len() int { return len(im.batch.rows) }

// Prepare makes the words and months that the scans need. Should nothing come
// of the import, they do no harm.
func (im *Importer) Prepare(ctx context.Context) error {
	if err := im.enrich.words.resolve(ctx, im.store); err != nil {
		return err
	}
	return im.months.ensure(ctx, im.batch.months())
}

// Store puts the scans in, and counts them as if they had been recorded here.
// ids are the codes' IDs by place; counted, by the same place, is added to their
// totals.
func (im *Importer) Store(ctx context.Context, q *db.Queries, copyIn db.Copy, location *time.Location, ids []int64, counted []Counted) error {
	b := &im.batch
	for i := range b.rows {
		b.rows[i].code = int32(ids[b.rows[i].code])
	}
	b.sort()
	words := &im.enrich.words.ids
	for rows := range slices.Chunk(b.rows, copyRows) {
		part := batch{rows: rows}
		if _, err := copyIn(ctx, copyStatement, bytes.NewReader(appendCopy(nil, rows, words))); err != nil {
			return fmt.Errorf("copy scans: %w", err)
		}
		if err := addLate(ctx, q, location, &part, words); err != nil {
			return err
		}
	}
	if err := addCounted(ctx, q, ids, counted); err != nil {
		return err
	}
	if err := addToTotals(ctx, q, withCounted(b.totals(), ids, counted)); err != nil {
		return err
	}
	return addToHours(ctx, q, b.hours(im.phase))
}

// addCounted notes what has no rows.
func addCounted(ctx context.Context, q *db.Queries, ids []int64, counted []Counted) error {
	var p db.AddPastTotalsParams
	for place, c := range counted {
		if c.QR+c.Link > 0 {
			p.CodeIds, p.QRScans, p.LinkScans = append(p.CodeIds, ids[place]), append(p.QRScans, c.QR), append(p.LinkScans, c.Link)
		}
	}
	if err := q.AddPastTotals(ctx, p); err != nil {
		return fmt.Errorf("keep the counts of scans: %w", err)
	}
	return nil
}

// withCounted adds what has no rows to the totals, in the codes' order.
func withCounted(totals []total, ids []int64, counted []Counted) []total {
	sums := map[int64]total{}
	for _, t := range totals {
		sums[t.code] = t
	}
	for place, c := range counted {
		if c.QR+c.Link == 0 {
			continue
		}
		t := sums[ids[place]]
		t.code, t.qr, t.link, t.last = ids[place], t.qr+c.QR, t.link+c.Link, max(t.last, c.Last.UnixMicro())
		sums[t.code] = t
	}
	return sortedTotals(sums)
}
