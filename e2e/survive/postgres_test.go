package survive

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"qrgen/e2e/rig"
)

// postgres is a server of the test's own, which keeps what it has committed.
type postgres struct{ *rig.Postgres }

func newPostgres(t testing.TB) *postgres {
	t.Helper()
	return &postgres{rig.NewPostgres(t, "fsync=on", "synchronous_commit=on", "shared_buffers=32MB", "max_connections=60")}
}

// urlAt is the server's address behind a proxy.
func (pg *postgres) urlAt(port string) string {
	return strings.Replace(pg.URL(), ":"+pg.Port, ":"+port, 1)
}

// hang stops every process of the server; the function goes on with them.
func (pg *postgres) hang() (goOn func()) {
	_ = pg.Signal(syscall.SIGSTOP)
	pids := pg.Processes()
	for _, pid := range pids[1:] {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	return func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}
}

// query gives the one value that sql selects.
func query[T any](t testing.TB, pg *postgres, sql string, args ...any) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pg.URL())
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	must(t, conn.QueryRow(t.Context(), sql, args...).Scan(&value))
	return value
}

// stored are the scans in the database by short ID.
func (pg *postgres) stored(t testing.TB) map[string]int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pg.URL())
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), "SELECT c.short_id, count(*) FROM scans s JOIN codes c ON c.id = s.code_id GROUP BY 1")
	must(t, err)
	counts := map[string]int64{}
	var id string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	must(t, err)
	return counts
}
