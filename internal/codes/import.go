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

// Try checks each row of a table, with a look for all of them, and gives their
// drafts. A row that can't become a code gets its Err; then there are no
// drafts. Nothing is kept.
func (r *Registry) Try(ctx context.Context, rows []Row, look looks.Look) ([]Draft, error) {
	drafts := make([]Draft, len(rows))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range rows {
		rows[i].Input.Look = look
		if rows[i].Err != nil {
			continue
		}
		group.Go(func() (err error) {
			if drafts[i], err = r.parse(groupCtx, rows[i].Input); errs.KindOf(err) == errs.Invalid {
				rows[i].Err, err = err, nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := r.tryShortIDs(ctx, rows, drafts); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rows, func(row Row) bool { return row.Err != nil }) {
		return nil, nil
	}
	return drafts, nil
}

// tryShortIDs finds the short IDs that are chosen twice or taken.
func (r *Registry) tryShortIDs(ctx context.Context, rows []Row, drafts []Draft) error {
	lines := map[ShortID]int{}
	var chosen []string
	for i, d := range drafts {
		if d.ShortID == "" {
			continue
		}
		if line, twice := lines[d.ShortID]; twice {
			rows[i].Err = errs.InvalidField("short_id", "Line "+strconv.Itoa(line)+" has this short ID, too.")
			continue
		}
		lines[d.ShortID] = rows[i].Line
		chosen = append(chosen, string(d.ShortID))
	}
	list, err := r.store.ListTakenShortIDs(ctx, chosen)
	if err != nil {
		return fmt.Errorf("look up %d short IDs: %w", len(chosen), err)
	}
	taken := map[string]bool{}
	for _, c := range list {
		taken[c.ShortID] = true
	}
	for i, d := range drafts {
		if rows[i].Err == nil && taken[string(d.ShortID)] {
			rows[i].Err = errShortIDTaken(nil)
		}
	}
	return nil
}

// CreateAll makes a code of each draft, or none of any. A token is as in
// Create: good for one table. Where a short ID was taken meanwhile the error is
// a Conflict, and Try says which.
func (r *Registry) CreateAll(ctx context.Context, drafts []Draft, token string, actor Actor) ([]db.Code, error) {
	drawn := make([]bool, len(drafts))
	for i, d := range drafts {
		drawn[i] = d.Kind == Dynamic && d.ShortID == ""
	}
	var err error
	for range drawsMax {
		for i := range drafts {
			if drawn[i] {
				drafts[i].ShortID = GenerateShortID()
			}
		}
		var list []db.Code
		if list, err = r.createAll(ctx, drafts, token, actor); err == nil {
			for _, c := range list {
				r.tell(c)
			}
			return list, nil
		}
		if errs.KindOf(err) == errs.Conflict && token != "" {
			if made, lookErr := r.madeWith(ctx, drafts, drawn, token); lookErr != nil || made != nil {
				return made, lookErr
			}
		}
		if !db.Violates(err, db.ShortIDUnique) {
			break
		}
	}
	return nil, fmt.Errorf("create %d codes: %w", len(drafts), err)
}

func (r *Registry) createAll(ctx context.Context, drafts []Draft, token string, actor Actor) ([]db.Code, error) {
	var list []db.Code
	err := r.inTx(ctx, func(q *change) error {
		list = make([]db.Code, 0, len(drafts))
		for i, d := range drafts {
			c, err := q.insert(ctx, d, rowToken(token, i), actor)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return q.addEvents(ctx, list, ActionCreated, actor, func(db.Code) []Change { return nil })
	})
	return list, err
}

// madeWith gives the codes that a token made, nil where it made none, or
// ErrTokenUsed where they are not those of the drafts.
func (r *Registry) madeWith(ctx context.Context, drafts []Draft, drawn []bool, token string) ([]db.Code, error) {
	tokens := make([]string, len(drafts))
	for i := range drafts {
		tokens[i] = rowToken(token, i)
	}
	made, err := r.store.ListCodesByFormTokens(ctx, tokens)
	if err != nil {
		return nil, fmt.Errorf("look up what a form made: %w", err)
	}
	if len(made) == 0 {
		return nil, nil
	}
	if len(made) != len(drafts) {
		return nil, ErrTokenUsed
	}
	for i, c := range made {
		if !drafts[i].Makes(c, drawn[i], r.zone) {
			return nil, ErrTokenUsed
		}
	}
	return made, nil
}

// rowToken is the token of one code of a table.
func rowToken(token string, i int) string {
	if token == "" {
		return ""
	}
	return token + "/" + strconv.Itoa(i+1)
}
