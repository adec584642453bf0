package db

import (
	"context"
	"errors"
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
