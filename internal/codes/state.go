package codes

import (
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
)

// Kind says what the symbol holds.
type Kind string

// The kinds of code.
const (
	Dynamic Kind = "dynamic" // a short URL; the target can change
	Static  Kind = "static"  // the payload itself
)

// ParseKind reads a kind; the empty string is Dynamic, which forms preselect.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case Dynamic, Static:
		return k, nil
	case "":
		return Dynamic, nil
	}
	return "", errs.New(errs.Invalid, "Choose either a link you can change later (dynamic) or fixed content (static).")
}

// State is where a code is in its life. Active, paused and retired are kept in
// the database; scheduled and expired follow from an active code's dates.
type State string

// The states of a code.
const (
	Active    State = "active"
	Paused    State = "paused"
	Retired   State = "retired"
	Scheduled State = "scheduled" // starts_at is yet to come
	Expired   State = "expired"   // expires_at has come
)

// ParseState reads a state to filter by; the empty string means any.
func ParseState(s string) (State, error) {
	switch state := State(s); state {
	case "", Active, Paused, Retired, Scheduled, Expired:
		return state, nil
	}
	return "", errs.New(errs.Invalid, "A state is one of active, paused, retired, scheduled, expired.")
}

// StateAt gives the state of a code at a moment, from the state that is kept
// and its dates.
func StateAt(now time.Time, kept string, startsAt, expiresAt *time.Time) State {
	switch {
	case State(kept) != Active:
		return State(kept)
	case expiresAt != nil && !now.Before(*expiresAt):
		return Expired
	case startsAt != nil && now.Before(*startsAt):
		return Scheduled
	}
	return Active
}

// StateOf gives the state of a code at a moment.
func StateOf(c db.Code, now time.Time) State {
	return StateAt(now, c.State, c.StartsAt, c.ExpiresAt)
}

// Move is a change of state that a person asks for. It is also the action that
// the history keeps.
type Move string

// The moves.
const (
	Pause   Move = "paused"
	Resume  Move = "resumed"
	Retire  Move = "retired"
	Restore Move = "restored"
)

// apply gives the state that a move leads to. A move that finds the code there
// already changes nothing and is no error, so that a button pressed twice does
// no harm.
func (m Move) apply(c db.Code) (State, error) {
	from := State(c.State)
	switch {
	case m == Retire:
		return Retired, nil
	case m == Restore && from == Retired, m == Resume && from != Retired:
		return Active, nil
	case m == Pause && from != Retired && Kind(c.Kind) == Dynamic:
		return Paused, nil
	case m == Pause && Kind(c.Kind) == Static:
		return "", errs.New(errs.Conflict, "A code with fixed content cannot be paused: its symbol works without this program.")
	case m == Restore:
		return from, nil
	}
	return "", errs.New(errs.Conflict, "This code is retired. Restore it first.")
}
