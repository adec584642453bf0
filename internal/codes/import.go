package codes

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
)

// Try checks each row of a table, with a look for all of them. A row that can't
// become a code gets its Err, the others their drafts, by the same places; wrong
// is how many can't. Nothing is kept.
func (r *Registry) Try(ctx context.Context, rows []Row, look looks.Look) (drafts []Draft, wrong int, err error) {
	drafts = make([]Draft, len(rows))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range rows {
		row := &rows[i]
		row.Input.Look = look
		group.Go(func() (err error) {
			if drafts[i], err = r.parse(groupCtx, row.Input); errs.KindOf(err) == errs.Invalid {
				row.refuse(err)
				err = nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, 0, err
	}
	if err := r.tryShortIDs(ctx, rows); err != nil {
		return nil, 0, err
	}
	for _, row := range rows {
		if row.Err != nil {
			wrong++
		}
	}
	return drafts, wrong, nil
}

// tryShortIDs finds the short IDs that are chosen twice or taken.
func (r *Registry) tryShortIDs(ctx context.Context, rows []Row) error {
	first := map[ShortID]*Row{}
	var chosen []string
	for i := range rows {
		row := &rows[i]
		id, err := ParseShortID(row.Input.ShortID)
		if err != nil || row.Input.Kind == string(Static) {
			continue
		}
		if other := first[id]; other != nil {
			row.refuse(errs.InvalidField("short_id", "Row "+strconv.Itoa(other.Number)+" has this short ID, too."))
			continue
		}
		first[id] = row
		chosen = append(chosen, string(id))
	}
	taken, err := r.store.ListTakenShortIDs(ctx, chosen)
	if err != nil {
		return fmt.Errorf("look up %d short IDs: %w", len(chosen), err)
	}
	for _, code := range taken {
		first[ShortID(code.ShortID)].refuse(errShortIDTaken(nil))
	}
	return nil
}

// Twins finds the codes in use that have title and target of a draft; their
// numbers are by the drafts' places, 0 where there is none.
func (r *Registry) Twins(ctx context.Context, drafts []Draft) ([]int64, error) {
	var p db.ListTwinsParams
	for _, d := range drafts {
		if d.Target != "" && d.Target != fileTarget {
			p.Titles, p.TargetUrls = append(p.Titles, d.Title), append(p.TargetUrls, string(d.Target))
		}
	}
	list, err := r.store.ListTwins(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("look for codes like these: %w", err)
	}
	known := map[[2]string]int64{}
	for _, code := range list {
		known[[2]string{code.Title, code.TargetURL}] = code.ID
	}
	twins := make([]int64, len(drafts))
	for i, d := range drafts {
		twins[i] = known[[2]string{d.Title, string(d.Target)}]
	}
	return twins, nil
}

// CreateAll makes a code of each draft, or none of any. A token, where given, is
// good for these drafts alone: asked again, CreateAll gives the codes made
// before. Where a short ID was taken meanwhile the error is a Conflict, and Try
// says which.
func (r *Registry) CreateAll(ctx context.Context, drafts []Draft, token string, actor Actor) ([]db.Code, error) {
	drafts = slices.Clone(drafts)
	var drawn []int // the places of those whose short IDs are drawn
	for i, d := range drafts {
		if d.Kind == Dynamic && d.ShortID == "" {
			drawn = append(drawn, i)
		}
	}
	var err error
	for range drawsMax {
		for _, i := range drawn {
			drafts[i].ShortID = GenerateShortID()
		}
		var list []db.Code
		if list, err = r.createAll(ctx, drafts, token, actor); err == nil {
			for _, c := range list {
				r.tell(c)
			}
			return list, nil
		}
		if errs.KindOf(err) == errs.Conflict {
			if made, lookErr := r.MadeTogether(ctx, token, len(drafts)); lookErr == nil && len(made) > 0 {
				return made, nil
			}
		}
		if len(drawn) == 0 || !db.Violates(err, db.ShortIDUnique) {
			break
		}
	}
	return nil, fmt.Errorf("create %d codes: %w", len(drafts), err)
}

func (r *Registry) createAll(ctx context.Context, drafts []Draft, token string, actor Actor) ([]db.Code, error) {
	tokens := rowTokens(token, len(drafts))
	var list []db.Code
	err := r.inTx(ctx, func(q *change) error {
		if err := q.LockImports(ctx); err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		list = make([]db.Code, 0, len(drafts))
		for i, d := range drafts {
			c, err := q.insert(ctx, d, tokens[i], actor)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return q.addEvents(ctx, list, ActionCreated, actor, func(db.Code) []Change { return nil })
	})
	return list, err
}

// MadeTogether gives the n codes that CreateAll made with a token, or none.
func (r *Registry) MadeTogether(ctx context.Context, token string, n int) ([]db.Code, error) {
	if token == "" {
		return nil, nil
	}
	made, err := r.store.ListCodesByFormTokens(ctx, rowTokens(token, n))
	if err != nil {
		return nil, fmt.Errorf("look up what a form made: %w", err)
	}
	if len(made) != n {
		return nil, nil
	}
	return made, nil
}

// rowTokens are the tokens of n codes that are made together.
func rowTokens(token string, n int) []string {
	list := make([]string, n)
	for i := range list {
		if token != "" {
			list[i] = token + "/" + strconv.Itoa(i+1)
		}
	}
	return list
}
