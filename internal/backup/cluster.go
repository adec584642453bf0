package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	connectTimeout = 10 * time.Second
	cleanTimeout   = 30 * time.Second
	lockClass      = 736637291 // of the advisory lock; its key is the database's name
	nameMax        = 63 - len("_before_20060102_150405")
)

// ErrBusy is wrapped by the error that says that a backup, a verification or a
// restore of the same database is under way.
var ErrBusy = errors.New("a backup, a verification or a restore of this database is under way: wait until it has ended")

// cluster is the server, seen from another of its databases: only from there
// can the program's database be renamed. While it is open, it holds the lock
// that makes backups, verifications and restores of a database take turns.
type cluster struct {
	conn    *pgx.Conn
	url     string
	name    string // of the program's database
	major   int
	version string
}

func openCluster(ctx context.Context, url string) (*cluster, error) {
	// The pool's parser, because the address may hold settings of the pool.
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse the database address: %w", err)
	}
	c := &cluster{url: url, name: cfg.ConnConfig.Database}
	if len(c.name) > nameMax {
		return nil, fmt.Errorf("the database's name %s is longer than %d bytes: there is no room for the names of the databases beside it", c.name, nameMax)
	}
	for _, other := range []string{"postgres", "template1"} {
		if other == c.name {
			continue
		}
		if c.conn, err = connect(ctx, url, other); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		c.close(ctx)
		return nil, err
	}
	return c, nil
}

// begin asks for the server's version and takes the lock. An earlier run's
// session may take a moment to end.
func (c *cluster) begin(ctx context.Context) error {
	var number int
	err := c.conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::integer, split_part(current_setting('server_version'), ' ', 1), set_config('lock_timeout', '2s', false) <> ''").
		Scan(&number, &c.version, nil)
	if err != nil {
		return fmt.Errorf("ask the server for its version: %w", err)
	}
	c.major = number / 10000
	_, err = c.conn.Exec(ctx, "SELECT pg_advisory_lock($1, hashtext($2)), set_config('lock_timeout', '0', false)", lockClass, c.name)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "55P03" { // lock_not_available
		return ErrBusy
	}
	if err != nil {
		return fmt.Errorf("take the lock of backups: %w", err)
	}
	return nil
}

func (c *cluster) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = c.conn.Exec(ctx, "SELECT pg_advisory_unlock_all()") // the session ends a moment after its connection
	_ = c.conn.Close(ctx)
}

// connect connects to a database of the server and says in plain words why it
// can't.
func connect(ctx context.Context, url, name string) (*pgx.Conn, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse the database address: %w", err)
	}
	cfg.ConnConfig.Database = name
	cfg.ConnConfig.RuntimeParams["application_name"] = "qrgen backup"
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err == nil {
		return conn, nil
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(pg.Code, "28") { // invalid authorization
		return nil, fmt.Errorf("the database server refuses the user name or the password in DATABASE_URL: %w", err)
	}
	return nil, fmt.Errorf("reach the database: %w", err)
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// make makes an empty database that sorts and compares text as the program's
// own does. One of that name is dropped: an interrupted run left it.
func (c *cluster) make(ctx context.Context, name string) error {
	if err := c.drop(ctx, name); err != nil {
		return err
	}
	options, err := c.locale(ctx)
	if err != nil {
		return err
	}
	_, err = c.conn.Exec(ctx, "CREATE DATABASE "+quoted(name)+" TEMPLATE template0"+options)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" { // insufficient_privilege
		return fmt.Errorf("the user of DATABASE_URL may not make databases, which trying out and restoring a backup needs: run ALTER ROLE … CREATEDB as the server's administrator: %w", err)
	}
	if err != nil {
		return fmt.Errorf("make the database %s: %w", name, err)
	}
	return nil
}

// locale gives the program's database's as options of CREATE DATABASE; none if
// it does not exist.
func (c *cluster) locale(ctx context.Context) (string, error) {
	var row string
	err := c.conn.QueryRow(ctx, "SELECT to_jsonb(d)::text FROM pg_database d WHERE datname = $1", c.name).Scan(&row)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	var d struct {
		Encoding   int    `json:"encoding"`
		Collate    string `json:"datcollate"`
		Ctype      string `json:"datctype"`
		Provider   string `json:"datlocprovider"`
		ICULocale  string `json:"daticulocale"` // of 15 and 16
		LocaleName string `json:"datlocale"`    // from 17 on
	}
	if err == nil {
		err = json.Unmarshal([]byte(row), &d)
	}
	if err != nil {
		return "", fmt.Errorf("read the database's locale: %w", err)
	}
	literal := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	options := fmt.Sprintf(" ENCODING %d LC_COLLATE %s LC_CTYPE %s", d.Encoding, literal(d.Collate), literal(d.Ctype))
	switch d.Provider {
	case "i":
		options += " LOCALE_PROVIDER icu ICU_LOCALE " + literal(d.ICULocale+d.LocaleName)
	case "b":
		options += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + literal(d.LocaleName)
	}
	return options, nil
}

// drop drops a database, whoever uses it. Where autovacuum, which belongs to
// the superuser, is at work in it, FORCE is refused to another role; the plain
// form ends autovacuum.
func (c *cluster) drop(ctx context.Context, name string) error {
	_, err := c.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" { // insufficient_privilege
		_, err = c.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name))
	}
	if err != nil {
		return fmt.Errorf("drop the database %s: %w", name, err)
	}
	return nil
}

// clean drops a scratch database also when ctx has ended. What it can't drop,
// the next run does.
func (c *cluster) clean(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	if c.conn.IsClosed() { // a statement was broken off
		conn, err := connect(ctx, c.url, c.conn.Config().Database)
		if err != nil {
			return
		}
		c.conn = conn
	}
	_ = c.drop(ctx, name)
}

func (c *cluster) exists(ctx context.Context, name string) (there bool, err error) {
	err = c.conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for the database %s: %w", name, err)
	}
	return there, nil
}

// kept lists the databases that restores have put aside, oldest first.
func (c *cluster) kept(ctx context.Context) ([]string, error) {
	rows, err := c.conn.Query(ctx, "SELECT datname FROM pg_database WHERE datname ~ $1 ORDER BY datname", "^"+regexp.QuoteMeta(c.name)+`_before_\d{8}_\d{6}$`)
	if err == nil {
		var names []string
		if names, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return names, nil
		}
	}
	return nil, fmt.Errorf("list the databases kept by restores: %w", err)
}

// swap gives the database next the program's name and the one that has it the
// name aside, both or neither. The server keeps everybody out of a database
// that it renames, and waits for those who are in it, for 5 s: they are sent
// away, and find the other database when they come back.
func (c *cluster) swap(ctx context.Context, next, aside string) error {
	var old uint32 // stays 0 where there is none
	err := c.conn.QueryRow(ctx, "SELECT oid FROM pg_database WHERE datname = $1", c.name).Scan(&old)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("look for the database %s: %w", c.name, err)
	}
	sender, err := connect(ctx, c.url, c.conn.Config().Database)
	if err != nil {
		return err
	}
	sending, stop := context.WithCancel(ctx)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sendAway(sending, sender, old)
	}()
	defer func() {
		stop()
		<-sent
		_ = sender.Close(context.WithoutCancel(ctx))
	}()
	err = pgx.BeginFunc(ctx, c.conn, func(tx pgx.Tx) error {
		if old != 0 {
			if _, err := tx.Exec(ctx, "ALTER DATABASE "+quoted(c.name)+" RENAME TO "+quoted(aside)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "ALTER DATABASE "+quoted(next)+" RENAME TO "+quoted(c.name))
		return err
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "55006" { // object_in_use
		return fmt.Errorf("somebody whom the user of DATABASE_URL can't send away is in the database, an administrator with psql perhaps: %w", err)
	}
	if err != nil {
		return fmt.Errorf("put the other database in its place: %w", err)
	}
	return nil
}

// sendAway ends the sessions of a database again and again until ctx ends,
// those that may be ended: swap's error tells of the others.
func sendAway(ctx context.Context, conn *pgx.Conn, database uint32) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datid = $1 AND pg_has_role(usesysid, 'USAGE')", database)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
