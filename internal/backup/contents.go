package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Table is what a table holds: how many rows, and a sum over all of them that
// does not depend on their order.
type Table struct {
	Name string
	Rows int64
	Sum  string
}

// errDiffers is wrapped by the error that lists the tables that differ.
var errDiffers = errors.New("what was restored is not what was saved")

// contents reads what every table holds, as the connection's transaction sees
// it.
func contents(ctx context.Context, conn *pgx.Conn) ([]Table, error) {
	// An extension's own tables are no part of a dump.
	rows, err := conn.Query(ctx, `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	names, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pgx.Identifier, error) {
		name := make(pgx.Identifier, 2)
		return name, row.Scan(&name[0], &name[1])
	})
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	tables := make([]Table, 0, len(names))
	for _, name := range names {
		t := Table{Name: strings.TrimPrefix(strings.Join(name, "."), "public.")}
		// The sum of 64-bit hashes is a numeric: it can't overflow.
		err := conn.QueryRow(ctx, "SELECT count(*), coalesce(sum(hash_record_extended(t, 0)), 0)::text FROM ONLY "+name.Sanitize()+" t").Scan(&t.Rows, &t.Sum)
		if err != nil {
			return nil, fmt.Errorf("sum up the table %s: %w", t.Name, err)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// compare gives nil where both are the same, else an error that names every
// table that differs.
func compare(saved, restored []Table) error {
	var list []string
	left := slices.Clone(restored)
	for _, s := range saved {
		i := slices.IndexFunc(left, func(r Table) bool { return r.Name == s.Name })
		switch {
		case i < 0:
			list = append(list, s.Name+" is missing")
			continue
		case left[i].Rows != s.Rows:
			list = append(list, fmt.Sprintf("%s has %d rows in the place of %d", s.Name, left[i].Rows, s.Rows))
		case left[i].Sum != s.Sum:
			list = append(list, s.Name+" has other contents")
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, r := range left {
		list = append(list, r.Name+" was not saved")
	}
	if len(list) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errDiffers, strings.Join(list, ", "))
}
