package codes

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"qrgen/db"
	"qrgen/internal/errs"
)

// SelectMax is how many codes can be handled at once: changed in one
// transaction, printed on one sheet, put into one archive.
const SelectMax = 1_000

// Selection says which codes are meant: those named, in their order, or all
// that a list shows.
type Selection struct {
	ids    []int64
	all    bool
	filter Filter
}

// ParseSelection reads a selection. Each of ids is a list of numbers and
// ranges, "7,30-21,4", as FormatIDs writes it. Where it names no code, all asks
// for whatever the query finds. A selection of nothing is no error here. Errors
// are Invalid, on the field "id" or those of ParseQuery.
func ParseSelection(ids []string, all bool, q Query) (Selection, error) {
	var s Selection
	seen := map[int64]bool{}
	for _, list := range ids {
		for part := range strings.SplitSeq(list, ",") {
			if part == "" {
				continue
			}
			first, last, err := parseRange(part)
			if err != nil {
				return Selection{}, err
			}
			step := int64(1)
			if last < first {
				step = -1
			}
			for id := first; id != last+step; id += step {
				if !seen[id] {
					seen[id] = true
					s.ids = append(s.ids, id)
				}
				if len(s.ids) > SelectMax {
					return Selection{}, errTooMany("")
				}
			}
		}
	}
	if len(s.ids) > 0 || !all {
		return s, nil
	}
	q.After, q.Before, q.Limit = "", "", ""
	filter, err := ParseQuery(q)
	filter.Limit = SelectMax
	return Selection{all: true, filter: filter}, err
}

// parseRange reads "7" or "7-12".
func parseRange(s string) (first, last int64, err error) {
	from, to, isRange := strings.Cut(s, "-")
	first, err = strconv.ParseInt(from, 10, 64)
	last = first
	if err == nil && isRange {
		last, err = strconv.ParseInt(to, 10, 64)
	}
	// A range longer than a selection is stopped at before it is walked, so
	// only what can't be a code's number is refused here.
	if err != nil || first <= 0 || last <= 0 || last == 1<<63-1 {
		return 0, 0, errs.InvalidField("id", "The codes are given by their numbers, such as 7,12,30-21.")
	}
	return first, last, nil
}

// FormatIDs writes numbers as ParseSelection reads them: neighbours, up or
// down, become a range.
func FormatIDs(ids []int64) string {
	var b strings.Builder
	for i := 0; i < len(ids); {
		j := i
		for _, step := range []int64{1, -1} {
			for j = i; j+1 < len(ids) && ids[j+1] == ids[j]+step; {
				j++
			}
			if j > i {
				break
			}
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(ids[i], 10))
		if j > i {
			b.WriteString("-" + strconv.FormatInt(ids[j], 10))
		}
		i = j + 1
	}
	return b.String()
}

// Empty says that no code was named and no list asked for.
func (s Selection) Empty() bool { return len(s.ids) == 0 && !s.all }

func errTooMany(found string) error {
	return errs.InvalidField("id", fmt.Sprintf("%sAt most 1,000 codes can be handled at once. Narrow the search, or choose fewer.", found))
}

// Selected loads the codes of a selection in its order. A number that is no
// code's is NotFound; more than SelectMax codes are Invalid.
func (r *Registry) Selected(ctx context.Context, s Selection) ([]db.Code, error) {
	if s.all {
		return r.found(ctx, s.filter)
	}
	rows, err := r.store.ListCodesByIDs(ctx, s.ids)
	if err != nil {
		return nil, fmt.Errorf("load %d codes: %w", len(s.ids), err)
	}
	return inOrder(rows, s.ids)
}

func (r *Registry) found(ctx context.Context, f Filter) ([]db.Code, error) {
	rows, err := r.store.ListCodes(ctx, f.params())
	if err != nil {
		return nil, fmt.Errorf("list the codes of a selection: %w", err)
	}
	if len(rows) > SelectMax {
		return nil, errTooMany("More than 1,000 codes match. ")
	}
	list := make([]db.Code, len(rows))
	for i, row := range rows {
		list[i] = row.Code
	}
	return list, nil
}

// inOrder puts codes into the order of ids.
func inOrder(rows []db.Code, ids []int64) ([]db.Code, error) {
	byID := make(map[int64]db.Code, len(rows))
	for _, c := range rows {
		byID[c.ID] = c
	}
	list := make([]db.Code, len(ids))
	for i, id := range ids {
		c, ok := byID[id]
		if !ok {
			return nil, errs.New(errs.NotFound, fmt.Sprintf("There is no code with the number %d.", id))
		}
		list[i] = c
	}
	return list, nil
}

// Moved counts what became of the codes of a selection that were to move.
type Moved struct {
	Done    int
	Already int // were in that state before
	Fixed   int // have fixed content, which can't be paused
	Retired int // are retired: neither paused nor resumed
}

// MoveAll moves the codes of a selection in one transaction, each with its
// entry in the history. Codes that the move is not for stay as they are and are
// counted.
func (r *Registry) MoveAll(ctx context.Context, s Selection, move Move, actor Actor) (Moved, error) {
	list, err := r.Selected(ctx, s)
	if err != nil {
		return Moved{}, err
	}
	var moved Moved
	var after []db.Code
	err = r.inTx(ctx, func(q *change) error {
		rows, err := q.LockCodes(ctx, idsOf(list))
		if err != nil {
			return err
		}
		var params db.SetCodeStatesParams
		moved, params = move.sort(rows)
		if moved.Done == 0 {
			return nil
		}
		params.Actor = actor.Name
		if after, err = q.SetCodeStates(ctx, params); err != nil {
			return err
		}
		before := make(map[int64]string, len(rows))
		for _, c := range rows {
			before[c.ID] = c.State
		}
		return q.addEvents(ctx, after, string(move), actor, func(c db.Code) []Change {
			return []Change{{Field: "state", Before: before[c.ID], After: c.State}}
		})
	})
	if err != nil {
		return Moved{}, fmt.Errorf("set %d codes to %s: %w", len(list), move, err)
	}
	for _, c := range after {
		r.tell(c)
	}
	return moved, nil
}

// sort tells the codes that the move changes from those it does not.
func (m Move) sort(rows []db.Code) (Moved, db.SetCodeStatesParams) {
	var moved Moved
	var params db.SetCodeStatesParams
	for _, c := range rows {
		state, err := m.apply(c)
		switch {
		case err != nil && Kind(c.Kind) == Static && State(c.State) != Retired:
			moved.Fixed++
		case err != nil:
			moved.Retired++
		case string(state) == c.State:
			moved.Already++
		default:
			moved.Done++
			params.State = string(state)
			params.Ids = append(params.Ids, c.ID)
		}
	}
	return moved, params
}

// HandedOut notes in one transaction that files of many codes are taken, each
// with its receipts: from now on paper may be out there. What
// the symbols hold must not have changed since the codes were loaded; that is a
// Conflict.
func (r *Registry) HandedOut(ctx context.Context, list []db.Code, receipts func(db.Code) []Receipt, actor Actor) error {
	err := r.inTx(ctx, func(q *change) error {
		ids := idsOf(list)
		if _, err := q.LockCodes(ctx, ids); err != nil {
			return err
		}
		rows, err := q.MarkCodesPrinted(ctx, ids)
		if err != nil {
			return err
		}
		loaded := make(map[int64]string, len(list))
		for _, c := range list {
			loaded[c.ID] = r.rules.Links.SymbolContent(c)
		}
		for _, c := range rows {
			if r.rules.Links.SymbolContent(c) != loaded[c.ID] {
				return errs.New(errs.Conflict, "“"+c.Title+"” was changed just now. Look at it, and try again.")
			}
		}
		return q.addEvents(ctx, rows, ActionDownloaded, actor, func(c db.Code) []Change {
			var changes []Change
			for _, r := range receipts(c) {
				changes = append(changes, r.changes()...)
			}
			return changes
		})
	})
	if err != nil {
		return fmt.Errorf("note the download of %d codes: %w", len(list), err)
	}
	return nil
}

func idsOf(list []db.Code) []int64 {
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}
