package codes

import (
	"context"
	"encoding/json"
	"fmt"

	"qrgen/db"
)

// change is a transaction that changes codes. What it adds to the history is
// told to the registry's watcher once it is committed.
type change struct {
	*db.Queries
	events []watched
}

type watched struct {
	codeID int64
	event  Event
}

// inTx runs fn in one transaction, as db.Store.InTx does.
func (r *Registry) inTx(ctx context.Context, fn func(q *change) error) error {
	var c *change
	err := r.store.InTx(ctx, func(q *db.Queries) error {
		c = &change{Queries: q}
		return fn(c)
	})
	if err != nil {
		return err
	}
	for _, w := range c.events {
		r.watch(ctx, w.codeID, w.event)
	}
	return nil
}

// addEvent adds to a code's history.
func (c *change) addEvent(ctx context.Context, code db.Code, action string, changes []Change, actor Actor) error {
	return c.addEvents(ctx, []db.Code{code}, action, actor, func(db.Code) []Change { return changes })
}

// addEvents adds one action to the history of each of the codes.
func (c *change) addEvents(ctx context.Context, list []db.Code, action string, actor Actor, changesOf func(db.Code) []Change) error {
	events := db.CreateCodeEventsParams{Actor: actor.Name, Address: actor.Address, Action: action}
	for _, code := range list {
		changes := changesOf(code)
		if changes == nil {
			changes = []Change{}
		}
		b, err := json.Marshal(changes)
		if err != nil {
			return fmt.Errorf("write the changes: %w", err)
		}
		c.events = append(c.events, watched{code.ID, Event{Actor: actor, Action: action, Changes: changes}})
		events.CodeIds = append(events.CodeIds, code.ID)
		events.Revisions = append(events.Revisions, code.Revision)
		events.Changes = append(events.Changes, string(b))
	}
	return c.CreateCodeEvents(ctx, events)
}
