package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// ErrNewerSchema says that a newer version of the program has migrated the
// database. This one must not write into it: what the new columns and rules
// mean it does not know.
var ErrNewerSchema = errors.New("the database belongs to a newer version of the program")

// Migrate brings the schema up to this program's version. Replicas that start
// together wait for each other on an advisory lock; each migration is one
// transaction, so that a failing one leaves the schema as it was. It gives the
// number of migrations applied; ErrNewerSchema if there are more than this
// program knows.
func Migrate(ctx context.Context, url string) (applied int, err error) {
	conn, err := sql.Open("pgx", url)
	if err != nil {
		return 0, fmt.Errorf("open the database to migrate it: %w", err)
	}
	defer func() { _ = conn.Close() }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return 0, fmt.Errorf("make the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, migrations(), goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		return len(partial.Applied), translate(fmt.Errorf("migration %s failed and was rolled back, so the schema is that of the migration before it, which the version that ran last understands: %w",
			path.Base(partial.Failed.Source.Path), partial.Err))
	}
	if err != nil {
		return len(results), translate(fmt.Errorf("migrate the database: %w", err))
	}
	found, known, err := provider.GetVersions(ctx)
	if err != nil {
		return len(results), translate(fmt.Errorf("read the schema's version: %w", err))
	}
	if found > known {
		return len(results), fmt.Errorf("%w: its schema has version %d, and this one knows versions up to %d", ErrNewerSchema, found, known)
	}
	return len(results), nil
}

// SchemaVersion is the number of the newest migration that this program has.
func SchemaVersion() int64 {
	names, err := fs.Glob(migrations(), "*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	version, err := goose.NumericComponent(names[len(names)-1])
	if err != nil {
		panic(err) // the files are embedded
	}
	return version
}

// MigrationsHash is a short name for the schema that Migrate makes: hexadecimal,
// another one for any other set of migrations.
func MigrationsHash() string {
	h := sha256.New()
	files := migrations()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // the files are embedded
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func migrations() fs.FS {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}
