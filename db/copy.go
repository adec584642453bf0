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

// PackScanMonth rebuilds the indexes of a month's table of scans, which nobody
// writes to any more: random inserts leave a B-tree's pages a third empty.
// Reading and writing go on meanwhile. An interrupted run is cleared away.
func (s *Store) PackScanMonth(ctx context.Context, table string) error {
	name := pgx.Identifier{table}.Sanitize()
	rows, err := s.pool.Query(ctx, `SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE i.indrelid = to_regclass($1) AND NOT i.indisvalid AND c.relname ~ '_ccnew[0-9]*$'`, name)
	if err != nil {
		return translate(err)
	}
	broken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return translate(err)
	}
	// None of these can run in a transaction or take parameters.
	var statements []string
	for _, index := range broken {
		statements = append(statements, "DROP INDEX CONCURRENTLY IF EXISTS "+pgx.Identifier{index}.Sanitize())
	}
	statements = append(statements, "REINDEX TABLE CONCURRENTLY "+name, "COMMENT ON TABLE "+name+" IS 'packed'")
	for _, statement := range statements {
		if _, err := s.pool.Exec(ctx, statement); err != nil {
			return translate(fmt.Errorf("pack %s: %w", table, err))
		}
	}
	return nil
}
