package db

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qrgen/internal/errs"
)

// The constraints whose violation has a meaning to the rest of the program.
const (
	ShortIDUnique   = "codes_short_id_key"
	FormTokenUnique = "codes_form_token_key"

	LogoUnique       = "logos_hash_key"
	CodeLogo         = "codes_logo"
	PresetLogo       = "style_presets_logo"
	PresetNameUnique = "style_presets_name_key"
	OneDefaultPreset = "style_presets_one_default"
)

// Violates says whether err comes from breaking the named constraint.
func Violates(err error, constraint string) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.ConstraintName == constraint
}

// translate turns a driver's error into the house's own, once and for all:
// no rows is NotFound, a unique violation Conflict, a broken check Invalid, a
// server that is away Unavailable. The driver's error stays the cause. A
// context that ended is returned as it is: nobody waits for the answer.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, done := errors.AsType[*errs.Error](err); done {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Wrap(errs.NotFound, "There is no such thing.", err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateServer(pg, err)
	}
	if away(err) {
		return errs.Wrap(errs.Unavailable, "The database can't be reached just now. Nothing was changed. Please try again in a moment.", err)
	}
	return err
}

// translateServer goes by SQLSTATE (PostgreSQL documentation, appendix A).
func translateServer(pg *pgconn.PgError, err error) error {
	switch {
	case pg.Code == "23505": // unique_violation
		return errs.Wrap(errs.Conflict, "Somebody else was first: this exists already.", err)
	case pg.Code == "23503": // foreign_key_violation
		return errs.Wrap(errs.Conflict, "Something else still needs this, or what it needs was removed.", err)
	case pg.Code == "23514", strings.HasPrefix(pg.Code, "22"): // check_violation, data exceptions
		return errs.Wrap(errs.Invalid, "The database refuses this value.", err)
	case pg.Code == "23001": // restrict_violation: what is printed is kept
		return errs.Wrap(errs.Conflict, "What a printed code holds never changes.", err)
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), // connection, operator intervention
		strings.HasPrefix(pg.Code, "53"), // insufficient resources: too many connections, disk full
		pg.Code == "25006",               // read_only_sql_transaction: a standby
		pg.Code == "3D000":               // invalid_catalog_name: in the instant in which a restored database takes its place
		return errs.Wrap(errs.Unavailable, "The database can't take this just now. Nothing was changed. Please try again in a moment.", err)
	}
	return err
}

// away says whether the server could not be reached or went away in between.
func away(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "conn closed") ||
		strings.Contains(err.Error(), "closed pool") // puddle.ErrClosedPool: the program is stopping
}
