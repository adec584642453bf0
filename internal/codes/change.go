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
	if changes == nil {
		changes = []Change{}
	}
	b, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	c.events = append(c.events, watched{code.ID, Event{Actor: actor, Action: action, Changes: changes}})
	return c.CreateCodeEvent(ctx, db.CreateCodeEventParams{
		CodeID: code.ID, Revision: code.Revision, Actor: actor.Name, Address: actor.Address, Action: action, Changes: b,
	})
}
