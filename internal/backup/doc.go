// Package backup makes, verifies and restores backups: one file of pg_dump
// holds everything that the program keeps in PostgreSQL, and the file beside it
// (its name and .sha256) says what it must be.
//
//	make.go      a backup, from the dump to its place in the folder
//	keep.go      which backups stay
//	restore.go   a backup takes the database's place
//	check.go     what a file is, before it is touched; trying it out
//	foreign.go   another system's dump, to look into
//	cluster.go   databases made, renamed and dropped; the lock
//	contents.go  what a database holds, table by table
//	file.go      the files and their names
//	tools.go     pg_dump and pg_restore
//	serve.go     backups by the clock
//
// See docs/adr/0011-backups.md.
package backup

import (
	"time"

	"qrgen/db"
)

// Config says what is backed up and where to.
type Config struct {
	URL      string    // the database's
	Store    *db.Store // on the same database
	Dir      string
	Keep     Keep
	Location *time.Location // the office's, for file names and days
	Version  string         // the program's
	Tell     func(text string)
	BinDirs  []string // globs, in which pg_dump and pg_restore are looked for beside PATH; nil means the usual ones
	Now      func() time.Time
}

// Backups makes and restores backups of one database.
type Backups struct{ cfg Config }

// New makes a Backups. Tell is told what is being done, in short lines.
func New(cfg Config) *Backups {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Tell == nil {
		cfg.Tell = func(string) {}
	}
	if cfg.BinDirs == nil {
		cfg.BinDirs = []string{"/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/usr/pgsql-*/bin"}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Backups{cfg: cfg}
}
