package db

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Login is as whom, and how, a connection string connects.
type Login struct {
	User, Password string // the password from wherever it comes: the string, PGPASSWORD, a password file
	Network        bool   // over TCP, and not over a socket of this machine
	Certificate    bool   // the client shows a certificate, which needs no password
}

// ParseLogin reads a connection string in either of PostgreSQL's forms. The
// error does not hold the string, which may hold a password.
func ParseLogin(connection string) (Login, error) {
	cfg, err := pgconn.ParseConfig(connection)
	if err != nil {
		return Login{}, fmt.Errorf("parse the database address: %w", err)
	}
	l := Login{User: cfg.User, Password: cfg.Password, Network: !strings.HasPrefix(cfg.Host, "/")}
	if cfg.TLSConfig != nil {
		l.Certificate = len(cfg.TLSConfig.Certificates) > 0
	}
	return l, nil
}

// WithPassword adds a password to a connection string that has none.
func WithPassword(connection, password string) string {
	scheme, rest, isURL := strings.Cut(connection, "://")
	if !isURL {
		return connection + " password='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password) + "'"
	}
	// Not by net/url: it refuses several hosts, each with its port.
	authority := rest
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		authority = rest[:end]
	}
	user := ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, rest = authority[:at], rest[at+1:]
	}
	return scheme + "://" + strings.TrimSuffix(user, ":") + url.UserPassword("", password).String() + "@" + rest
}
