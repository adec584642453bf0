package db

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Copy streams r to the server as the input of a COPY … FROM STDIN statement
// and gives the number of rows.
type Copy func(ctx context.Context, statement string, r io.Reader) (int64, error)

// InCopyTx is InTx for a transaction that also copies: COPY needs the bare
// connection, which sqlc's queries hide.
func (s *Store) InCopyTx(ctx context.Context, fn func(q *Queries, copyIn Copy) error) error {
	var fnErr error
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		fnErr = fn(New(translating{tx}), func(ctx context.Context, statement string, r io.Reader) (int64, error) {
			tag, err := tx.Conn().PgConn().CopyFrom(ctx, r, statement)
			return tag.RowsAffected(), translate(err)
		})
		return fnErr
	})
	if fnErr != nil {
		return fnErr
	}
	return translate(err)
}

// Passing says whether err may well be gone on another try: the server is
// away, short of something, or chose this transaction to end a deadlock.
func Passing(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return true
	}
	class := pg.Code[:min(2, len(pg.Code))]
	// 22 data exception, 23 integrity constraint violation: about the values.
	return class != "22" && class != "23"
}

// PackScanMonth puts the rows of a month's table of scans, which nobody writes to
// any more, in the order of its index, and makes that anew: a code's scans of the
// month then lie in a few pages in place of one each, and random inserts had left
// a third of the index empty. Who reads the table waits, some two seconds for a
// million scans; who can't have it at once leaves it for another time.
func (s *Store) PackScanMonth(ctx context.Context, table string) error {
	name := pgx.Identifier{table}.Sanitize()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
			return err
		}
		var index string
		err := tx.QueryRow(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid JOIN pg_class c ON c.oid = i.inhrelid
			WHERE i.inhparent = to_regclass('scans_by_code') AND x.indrelid = to_regclass($1)`, name).Scan(&index)
		if err != nil {
			return err
		}
		for _, statement := range []string{ // none of which takes parameters
			"CLUSTER " + name + " USING " + pgx.Identifier{index}.Sanitize(),
			"ANALYZE " + name,
			"COMMENT ON TABLE " + name + " IS 'packed'",
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return translate(fmt.Errorf("pack %s: %w", table, err))
	}
	return nil
}
