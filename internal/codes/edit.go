package codes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
)

// sinceMax is how many edits of others are told about in a conflict.
const sinceMax = 100

// EditConflict is the cause of the Conflict error that the second of two
// people editing one code gets.
type EditConflict struct {
	Current db.Code  // the code as it is now
	Theirs  []Change // what was changed since the form was opened
}

func (*EditConflict) Error() string { return "the code was changed in between" }

// Update changes a code to what the input says. Revision is that of the code
// the input was made from; if the code has moved on since, nothing is changed
// and the error is a Conflict whose cause is an *EditConflict. Kind and short
// ID stay; the content of a static code can change until its first download.
func (r *Registry) Update(ctx context.Context, id int64, revision int32, in Input, actor Actor) (db.Code, error) {
	return r.edit(ctx, id, ActionUpdated, actor, func(q *db.Queries, c db.Code) (Input, error) {
		if c.Revision != revision {
			theirs, err := r.since(ctx, q, c, revision)
			if err != nil {
				return Input{}, err
			}
			return Input{}, errs.Wrap(errs.Conflict, c.UpdatedBy+" changed this code while you were editing it. Nothing of yours was saved yet.",
				&EditConflict{Current: c, Theirs: theirs})
		}
		in.Kind, in.ShortID = c.Kind, db.Text(c.ShortID)
		if c.Kind == string(Static) && c.PrintedAt != nil {
			in.setPayload(c)
		}
		return in, nil
	})
}

// Undo takes back one edit: the fields it changed get their values from before
// it. It is a Conflict if one of them was changed again since.
func (r *Registry) Undo(ctx context.Context, id, eventID int64, actor Actor) (db.Code, error) {
	row, err := r.store.CodeEventByID(ctx, db.CodeEventByIDParams{ID: eventID, CodeID: id})
	if err != nil {
		return db.Code{}, fmt.Errorf("load event %d of code %d: %w", eventID, id, err)
	}
	event, err := eventOf(row)
	if err != nil {
		return db.Code{}, err
	}
	if !event.Undoable() {
		return db.Code{}, errs.New(errs.Conflict, "This step cannot be undone.")
	}
	return r.edit(ctx, id, ActionUndone, actor, func(_ *db.Queries, c db.Code) (Input, error) {
		in := InputOf(c, r.zone)
		if !event.changed("payload_type") && event.changed("content") {
			in.PayloadType = "" // what was there before says itself what it is
		}
		for _, change := range event.Changes {
			if in.Value(change.Field) != change.After {
				return Input{}, errs.New(errs.Conflict, "This was changed again since. Edit the code to set it as you want it.")
			}
			in = in.With(change.Field, change.Before)
		}
		return in, nil
	})
}

// edit locks a code, asks for its new input, and writes the difference and its
// history in one transaction. No difference is no edit.
func (r *Registry) edit(ctx context.Context, id int64, action string, actor Actor, revise func(*db.Queries, db.Code) (Input, error)) (db.Code, error) {
	var after db.Code
	err := r.inTx(ctx, func(q *change) error {
		before, err := q.LockCode(ctx, id)
		if err != nil {
			return err
		}
		in, err := revise(q.Queries, before)
		if err != nil {
			return err
		}
		d, err := r.parse(ctx, in)
		if err != nil {
			return err
		}
		if after, err = d.onto(before, time.Now()); err != nil {
			return err
		}
		changes := Diff(before, after, r.zone)
		if len(changes) == 0 {
			return nil
		}
		after, err = q.UpdateCode(ctx, updateParams(after, actor))
		if err != nil {
			return err
		}
		return q.addEvent(ctx, after, action, changes, actor)
	})
	if err != nil {
		return db.Code{}, fmt.Errorf("edit code %d: %w", id, err)
	}
	r.tell(after)
	return after, nil
}

// onto gives c with what the draft says about it from now on.
func (d Draft) onto(c db.Code, now time.Time) (db.Code, error) {
	c.Title, c.Description = d.Title, d.Description
	c.TargetURL, c.FallbackURL = optional(d.Target), optional(d.Fallback)
	c.StartsAt, c.ExpiresAt = d.StartsAt, d.ExpiresAt
	c = d.Style.Columns().OntoCode(c)
	return c, d.setContent(&c, now)
}

func updateParams(c db.Code, actor Actor) db.UpdateCodeParams {
	return db.UpdateCodeParams{
		ID: c.ID, Revision: c.Revision, Title: c.Title, Description: c.Description,
		TargetURL: c.TargetURL, FallbackURL: c.FallbackURL,
		Content: c.Content, PayloadType: c.PayloadType, PayloadFields: c.PayloadFields,
		StartsAt: c.StartsAt, ExpiresAt: c.ExpiresAt,
		Level: c.Level, AutoLevel: c.AutoLevel, QuietZone: c.QuietZone, Dark: c.Dark, Light: c.Light, Transparent: c.Transparent,
		ModuleShape: c.ModuleShape, FinderShape: c.FinderShape, Caption: c.Caption, LogoID: c.LogoID, LogoSize: c.LogoSize, Actor: actor.Name,
	}
}

// since sums up what was changed after a revision: for each field its value
// then and now.
func (r *Registry) since(ctx context.Context, q *db.Queries, c db.Code, revision int32) ([]Change, error) {
	rows, err := q.ListCodeEventsSince(ctx, db.ListCodeEventsSinceParams{CodeID: c.ID, Revision: revision, RowLimit: sinceMax})
	if err != nil {
		return nil, fmt.Errorf("load what changed since revision %d: %w", revision, err)
	}
	var sum []Change
	for _, row := range rows {
		event, err := eventOf(row)
		if err != nil {
			return nil, err
		}
		for _, change := range event.Changes {
			i := slices.IndexFunc(sum, func(s Change) bool { return s.Field == change.Field })
			if i < 0 {
				sum = append(sum, change)
			} else {
				sum[i].After = change.After
			}
		}
	}
	return sum, nil
}
