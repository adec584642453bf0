package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qrgen/internal/errs"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	server := func(code string) error { return fmt.Errorf("query: %w", &pgconn.PgError{Code: code}) }
	for name, test := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"no rows":                   {pgx.ErrNoRows, errs.NotFound},
		"unique_violation":          {server("23505"), errs.Conflict},
		"check_violation":           {server("23514"), errs.Invalid},
		"restrict_violation":        {server("23001"), errs.Conflict},
		"invalid byte sequence":     {server("22021"), errs.Invalid},
		"string too long":           {server("22001"), errs.Invalid},
		"not_null_violation":        {server("23502"), errs.Internal},
		"foreign_key_violation":     {server("23503"), errs.Conflict},
		"undefined_table":           {server("42P01"), errs.Internal},
		"syntax_error":              {server("42601"), errs.Internal},
		"connection_failure":        {server("08006"), errs.Unavailable},
		"admin_shutdown":            {server("57P01"), errs.Unavailable},
		"cannot_connect_now":        {server("57P03"), errs.Unavailable},
		"too_many_connections":      {server("53300"), errs.Unavailable},
		"disk_full":                 {server("53100"), errs.Unavailable},
		"read_only_sql_transaction": {server("25006"), errs.Unavailable},
		"refused connection":        {&net.OpError{Op: "dial", Err: errors.New("refused")}, errs.Unavailable},
		"end of stream":             {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), errs.Unavailable},
		"closed connection":         {errors.New("conn closed"), errs.Unavailable},
		"closed pool":               {errors.New("closed pool"), errs.Unavailable},
		"deadline":                  {context.DeadlineExceeded, errs.Unavailable},
		"a client that left":        {fmt.Errorf("timeout: %w", context.Canceled), errs.Internal},
		"anything else":             {errors.New("scan: cannot convert"), errs.Internal},
		"translated before":         {errs.Wrap(errs.Forbidden, "No.", pgx.ErrNoRows), errs.Forbidden},
	} {
		got := translate(fmt.Errorf("outer: %w", test.err))
		if errs.KindOf(got) != test.want || !errors.Is(got, test.err) {
			t.Errorf("%s became %v (%s), want %s with its cause", name, got, errs.KindOf(got), test.want)
		}
		if again := translate(got); again != got { //nolint:errorlint // the very same, not one that wraps it
			t.Errorf("%s: translated twice is %v", name, again)
		}
	}
	if translate(nil) != nil {
		t.Error("no error became one")
	}
}

func TestViolates(t *testing.T) {
	t.Parallel()
	err := translate(&pgconn.PgError{Code: "23505", ConstraintName: ShortIDUnique})
	if !Violates(err, ShortIDUnique) || Violates(err, FormTokenUnique) || Violates(errors.New("x"), ShortIDUnique) || Violates(nil, ShortIDUnique) {
		t.Errorf("constraint of %v", err)
	}
}
