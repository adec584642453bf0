package mvpqrgen

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/scans"
)

// source names that system in imported_codes.
const source = "mvp-qr-gen"

// Config says where codes come from and where they go.
type Config struct {
	URL         string // of that system's database, or of a copy of it
	Store       *db.Store
	Rules       codes.Rules
	Location    *time.Location // the office's
	GeoIPPath   string
	DryRun      bool // judge alone
	SkipRefused bool // bring the others over where some are refused
}

// Report is what became of everything.
type Report struct {
	Verdicts []*Verdict
	Orphans  int64            // scans of codes that were deleted over there
	Hosts    map[string]int64 // that printed symbols lead to, and how many
	Done     bool             // whether anything was brought over
}

// Count is how many codes have an outcome.
func (r Report) Count(o Outcome) (n int) {
	for _, v := range r.Verdicts {
		if v.Outcome == o {
			n++
		}
	}
	return n
}

// Scans is how many single scans were brought over, or would be.
func (r Report) Scans() (n int) {
	for _, v := range r.Verdicts {
		n += v.Scans
	}
	return n
}

// importer is one import under way.
type importer struct {
	cfg    Config
	past   *scans.Importer
	report Report
	byID   map[string]*Verdict
	chosen []*Verdict      // new ones, and those that are there, by place
	counts []scans.Counted // by place
}

// Import judges every code of that system and, unless it is a dry run or some
// are refused, brings all of them over with their scans, in one transaction. A
// second time it brings over what was scanned since.
func Import(ctx context.Context, cfg Config) (Report, error) {
	past, err := scans.NewImporter(cfg.Store, cfg.Location, cfg.GeoIPPath)
	if err != nil {
		return Report{}, err
	}
	im := &importer{cfg: cfg, past: past, byID: map[string]*Verdict{}, report: Report{Hosts: map[string]int64{}}}
	err = readSource(ctx, cfg.URL, func(tx pgx.Tx) error {
		list, err := readCodes(ctx, tx)
		if err != nil {
			return err
		}
		if err := im.judge(ctx, list); err != nil {
			return err
		}
		return im.readScans(ctx, tx, list)
	})
	if err != nil || cfg.DryRun || im.report.Count(Refused) > 0 && !cfg.SkipRefused {
		return im.report, err
	}
	if err := past.Prepare(ctx); err != nil {
		return im.report, err
	}
	if err := cfg.Store.InCopyTx(ctx, func(q *db.Queries, copyIn db.Copy) error { return im.bring(ctx, q, copyIn) }); err != nil {
		return im.report, fmt.Errorf("bring the codes over: %w", err)
	}
	im.report.Done = true
	return im.report, nil
}

// judge gives each code its verdict.
func (im *importer) judge(ctx context.Context, list []sourceCode) error {
	known, err := im.cfg.Store.ListImportedCodes(ctx, source)
	if err != nil {
		return err
	}
	earlier := map[string]db.ImportedCode{}
	for _, k := range known {
		earlier[k.SourceID] = k
	}
	for i := range list {
		v := judge(&list[i], im.cfg.Rules)
		if e, ok := earlier[v.SourceID]; ok {
			v.Outcome, v.Notes, v.codeID, v.until = There, nil, e.CodeID, e.ScansUntil
		}
		im.report.Verdicts = append(im.report.Verdicts, v)
		im.byID[v.SourceID] = v
	}
	if err := im.collisions(ctx); err != nil {
		return err
	}
	for _, v := range im.report.Verdicts {
		if v.Outcome == Refused {
			continue
		}
		v.place = len(im.chosen)
		im.chosen = append(im.chosen, v)
		if v.host != "" {
			im.report.Hosts[v.host]++
		}
	}
	return nil
}

// collisions refuses short IDs that somebody has: here, or over there in other
// letter case.
func (im *importer) collisions(ctx context.Context) error {
	wanted := map[string][]*Verdict{}
	var ids []string
	for _, v := range im.report.Verdicts {
		if v.Outcome == New && v.ShortID != "" {
			wanted[v.ShortID] = append(wanted[v.ShortID], v)
			ids = append(ids, v.ShortID)
		}
	}
	for id, list := range wanted {
		for _, v := range list {
			if len(list) > 1 {
				v.refuse("the short ID %s is that of %d codes there, but for the letters' case: two prints can't lead to one", id, len(list))
			}
		}
	}
	taken, err := im.cfg.Store.ListTakenShortIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, row := range taken {
		for _, v := range wanted[row.ShortID] {
			v.refuse("the short ID %s is taken here, by code %d", row.ShortID, row.ID)
		}
	}
	return nil
}

// readScans takes the scans in, and works out what was counted beyond them.
func (im *importer) readScans(ctx context.Context, tx pgx.Tx, list []sourceCode) error {
	im.counts = make([]scans.Counted, len(im.chosen))
	logged := make([]scans.Counted, len(im.chosen))
	err := readScans(ctx, tx, func(s *sourceScan) {
		v := im.byID[s.CodeID]
		switch {
		case v == nil:
			im.report.Orphans++
			return
		case v.Outcome == Refused, v.Outcome == There && v.until != nil && !s.At.After(*v.until):
			return
		}
		v.Scans++
		last := &logged[v.place]
		last.Last = s.At.Time
		if s.Genuine {
			last.QR++
		} else {
			last.Link++
		}
		past := s.past()
		im.past.Add(int32(v.place), &past) //nolint:gosec // fewer codes than that
	})
	if err != nil {
		return err
	}
	for i := range list {
		c, v := &list[i], im.byID[list[i].ID]
		if v.Outcome == Refused {
			continue
		}
		if last := logged[v.place].Last; !last.IsZero() {
			v.last = &last
		}
		if v.Outcome != New { // its counts came with the first import
			continue
		}
		// Both counters are kept there by hand, and they need not agree.
		rows := logged[v.place]
		all := max(0, c.Scans-rows.QR-rows.Link)
		beyond := scans.Counted{QR: min(all, max(0, c.Genuine-rows.QR)), Last: v.code.CreatedAt}
		beyond.Link = all - beyond.QR
		if c.LastScanAt != nil {
			beyond.Last = c.LastScanAt.Time
		}
		im.counts[v.place], v.Counted = beyond, beyond.QR+beyond.Link
	}
	return nil
}

// bring makes the codes and stores their scans.
func (im *importer) bring(ctx context.Context, q *db.Queries, copyIn db.Copy) error {
	ids := make([]int64, len(im.chosen))
	var events db.CreateCodeEventsParams
	events.Actor, events.Action = "mvp_qr_gen", codes.ActionCreated
	for i, v := range im.chosen {
		if v.Outcome == New {
			id, err := q.ImportCode(ctx, v.code)
			if err != nil {
				return fmt.Errorf("make the code %s (%s): %w", v.SourceID, v.Title, err)
			}
			v.codeID = id
			events.CodeIds = append(events.CodeIds, id)
			events.Revisions = append(events.Revisions, 1)
			events.Changes = append(events.Changes, "[]")
		}
		ids[i] = v.codeID
	}
	if err := q.CreateCodeEvents(ctx, events); err != nil {
		return err
	}
	if err := im.past.Store(ctx, q, copyIn, im.cfg.Location, ids, im.counts); err != nil {
		return err
	}
	for _, v := range im.chosen {
		if err := v.remember(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// remember notes how far a code was brought over.
func (v *Verdict) remember(ctx context.Context, q *db.Queries) error {
	if v.Outcome == New {
		return q.CreateImportedCode(ctx, db.CreateImportedCodeParams{Source: source, SourceID: v.SourceID, CodeID: v.codeID, ScansUntil: v.last})
	}
	if v.Scans == 0 {
		return nil
	}
	n, err := q.MoveImportedCode(ctx, db.MoveImportedCodeParams{Source: source, SourceID: v.SourceID, ScansUntil: v.last, ScansBefore: v.until})
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Another import was at work meanwhile. Start this one again.")
	}
	return err
}

// HostNames lists the hosts that printed symbols lead to, the most frequent
// first.
func (r Report) HostNames() []string {
	names := make([]string, 0, len(r.Hosts))
	for name := range r.Hosts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(r.Hosts[b] - r.Hosts[a]) })
	return names
}
