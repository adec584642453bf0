package dbtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qrgen/db"
)

const (
	testPrefix     = "qrgen_test_"
	templatePrefix = "qrgen_template_"

	// keptTemplates is how many schemas' templates outlive a server's restart:
	// those of the branches one is working on.
	keptTemplates = 4
)

// makeTemplate makes the template unless it exists. It is migrated under
// another name and renamed when it is whole, so that it exists entirely or not
// at all; test processes that come together wait for the first.
func (s *source) makeTemplate(ctx context.Context, migrate func(ctx context.Context, url string) error) error {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", s.template); err != nil {
		return err
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all()") }()
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.template).Scan(&exists)
	if err != nil || exists {
		return err
	}
	raw := s.template + "_raw"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + raw + " WITH (FORCE)", "CREATE DATABASE " + raw} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := migrate(ctx, db.OtherDatabase(s.url, raw)); err != nil {
		return err
	}
	// Nobody may connect to a template: a copy needs it to itself.
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+raw+" ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	return renameIdle(ctx, conn.Conn(), raw, s.template)
}

// renameIdle renames the database once the sessions of the migration, which
// end a moment after their connections, are gone.
func renameIdle(ctx context.Context, conn *pgx.Conn, from, to string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := conn.Exec(ctx, "ALTER DATABASE "+from+" RENAME TO "+to)
		pgErr, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pgErr.Code != "55006" { // object_in_use
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}

// sweep drops what killed tests left and the templates of long gone schemas.
// Nobody uses the server yet.
func sweep(ctx context.Context, server string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("sweep the test server: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// A younger database has the higher oid.
	rows, err := conn.Query(ctx, `
		SELECT datname FROM pg_database WHERE datname LIKE $1 || '%' OR datname LIKE $2 || '%\_raw'
		UNION ALL
		(SELECT datname FROM pg_database WHERE datname LIKE $2 || '%' AND datname NOT LIKE '%\_raw' ORDER BY oid DESC OFFSET $3)`,
		testPrefix, templatePrefix, keptTemplates)
	if err != nil {
		return fmt.Errorf("sweep the test server: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("sweep the test server: %w", err)
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
			return fmt.Errorf("sweep the test server: %w", err)
		}
	}
	return nil
}
