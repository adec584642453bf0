package codes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"qrgen/db"
	"qrgen/internal/looks"
	"qrgen/internal/payload"
)

// Actor is who acts, as far as we know: the signed-in user's name and the
// address the request came from.
type Actor struct {
	Name    string
	Address string
}

// Actions that the history keeps besides the moves.
const (
	ActionCreated    = "created"
	ActionUpdated    = "updated"
	ActionUndone     = "undone"
	ActionDownloaded = "downloaded"
)

// Actions lists every action that the history keeps, for metrics.
func Actions() []string {
	return []string{
		ActionCreated, ActionUpdated, ActionUndone, ActionDownloaded, string(Pause), string(Resume), string(Retire), string(Restore),
	}
}

// FieldSHA256 names the hash of a downloaded file among an event's changes.
// The database's index on receipts knows it, too.
const FieldSHA256 = "sha256"

// Change is one field of a code before and after an edit, as Input writes it.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Event is one entry of a code's history.
type Event struct {
	ID      int64
	At      time.Time
	Actor   Actor
	Action  string
	Changes []Change
}

// Undoable says whether the event is an edit that can be taken back.
func (e Event) Undoable() bool {
	return (e.Action == ActionUpdated || e.Action == ActionUndone) && len(e.Changes) > 0
}

func (e Event) changed(field string) bool {
	return slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Field == field })
}

// InputOf writes a code as the input that would make it, with dates in zone:
// what an edit form is filled with.
func InputOf(c db.Code, zone *time.Location) Input {
	in := Input{
		Kind: c.Kind, Title: c.Title, Description: c.Description,
		TargetURL: db.Text(c.TargetURL), FallbackURL: db.Text(c.FallbackURL), ShortID: db.Text(c.ShortID),
		StartsAt: clock(c.StartsAt, zone), ExpiresAt: clock(c.ExpiresAt, zone),
		Look: looks.ColumnsOfCode(c).Look(),
	}
	in.setPayload(c)
	if in.Kind == string(Dynamic) && in.PayloadType != "" {
		in.TargetURL = "" // what is there is a filler
	}
	return in
}

// editable names the fields that an edit can change, in the order the form
// shows them. The payload's own are not among them: there are as many as its
// type has.
func (in *Input) editable() []looks.Field {
	return append([]looks.Field{
		{Name: "title", Value: &in.Title},
		{Name: "description", Value: &in.Description},
		{Name: "payload_type", Value: &in.PayloadType},
		{Name: "target_url", Value: &in.TargetURL},
		{Name: "content", Value: &in.Content},
		{Name: "fallback_url", Value: &in.FallbackURL},
		{Name: "starts_at", Value: &in.StartsAt},
		{Name: "expires_at", Value: &in.ExpiresAt},
	}, in.Look.Fields()...)
}

// Value gives the value of an editable field by its name; "" for any other.
func (in Input) Value(name string) string {
	for _, field := range in.editable() {
		if field.Name == name {
			return *field.Value
		}
	}
	return in.Payload[name]
}

// With gives the input with another value for an editable field; any other
// name changes nothing.
func (in Input) With(name, value string) Input {
	for _, field := range in.editable() {
		if field.Name == name {
			*field.Value = value
		}
	}
	if _, _, ok := payload.FieldByFormName(name); ok {
		in.Payload = maps.Clone(in.Payload)
		if in.Payload == nil {
			in.Payload = map[string]string{}
		}
		in.Payload[name] = value
	}
	return in
}

// Diff lists the fields in which two versions of a code differ, dates in zone.
func Diff(before, after db.Code, zone *time.Location) []Change {
	b, a := InputOf(before, zone), InputOf(after, zone)
	var names []string
	for _, field := range a.editable() {
		names = append(names, field.Name)
	}
	for _, in := range []Input{b, a} {
		t := payload.Type(in.PayloadType)
		for _, field := range t.Fields() {
			if name := t.FormName(field.Name); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var changes []Change
	for _, name := range names {
		if b.Value(name) != a.Value(name) {
			changes = append(changes, Change{Field: name, Before: b.Value(name), After: a.Value(name)})
		}
	}
	return changes
}

// FoundReceipt is a download of a file that was asked about.
type FoundReceipt struct {
	CodeID int64
	Title  string
	Event  Event
}

// receiptsMax is how many downloads of one file are found.
const receiptsMax = 20

// Receipts finds the downloads of a file by its SHA-256 in hexadecimal, newest
// first.
func (r *Registry) Receipts(ctx context.Context, sha256 string) ([]FoundReceipt, error) {
	rows, err := r.store.ListReceipts(ctx, db.ListReceiptsParams{Sha256: sha256, RowLimit: receiptsMax})
	if err != nil {
		return nil, fmt.Errorf("look up receipts: %w", err)
	}
	list := make([]FoundReceipt, len(rows))
	for i, row := range rows {
		list[i] = FoundReceipt{CodeID: row.CodeEvent.CodeID, Title: row.Title}
		if list[i].Event, err = eventOf(row.CodeEvent); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func eventOf(row db.CodeEvent) (Event, error) {
	e := Event{
		ID: row.ID, At: row.HappenedAt, Action: row.Action,
		Actor: Actor{Name: row.Actor, Address: row.Address},
	}
	if err := json.Unmarshal(row.Changes, &e.Changes); err != nil {
		return Event{}, fmt.Errorf("read the changes of event %d: %w", row.ID, err)
	}
	return e, nil
}

// optional is db.Text the other way round: no text is NULL.
func optional[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return new(string(s))
}

// clock writes a time with its zone's offset, to the second.
func clock(t *time.Time, zone *time.Location) string {
	if t == nil {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}
