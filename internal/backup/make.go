package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"qrgen/db"
)

// Made is a backup that was made.
type Made struct {
	File    string // its path
	Bytes   int64
	Tables  []Table
	Removed []string // the older ones that went
}

// Make makes a backup: dumped, restored into a scratch database, compared with
// what was dumped, and only then given its name. Older ones that need not stay
// go at the end. Whatever fails, they are left alone.
func (b *Backups) Make(ctx context.Context) (Made, error) {
	started := b.cfg.Now()
	made, err := b.make(ctx, started)
	if errors.Is(err, ErrBusy) || ctx.Err() != nil {
		return made, err
	}
	if noteErr := b.note(ctx, started, made, err); noteErr != nil {
		err = errors.Join(err, fmt.Errorf("note the backup in the database: %w", noteErr))
	}
	return made, err
}

// note tells the program's database how it went, for the pages and alerts.
func (b *Backups) note(ctx context.Context, started time.Time, made Made, failure error) error {
	ctx, cancel := context.WithTimeout(ctx, cleanTimeout)
	defer cancel()
	row := db.CreateBackupParams{StartedAt: started, FinishedAt: b.cfg.Now(), Bytes: made.Bytes}
	if made.File != "" {
		row.File = filepath.Base(made.File)
	}
	if failure != nil {
		row.Error = failure.Error()
	}
	return b.cfg.Store.InTx(ctx, func(q *db.Queries) error {
		if err := q.CreateBackup(ctx, row); err != nil {
			return err
		}
		return q.PruneBackups(ctx)
	})
}

func (b *Backups) make(ctx context.Context, started time.Time) (made Made, err error) {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return made, err
	}
	defer c.close(ctx)
	t, err := findTools(ctx, b.cfg.BinDirs, c.major)
	if err != nil {
		return made, err
	}
	if err := b.prepareFolder(); err != nil {
		return made, err
	}
	name := fileName(started.In(b.cfg.Location))
	making := filepath.Join(b.cfg.Dir, name+makingSuffix)
	defer os.Remove(making)                         // gone already where all went well
	if err := writeSynced(making, ""); err != nil { // pg_dump would make it readable to others
		return made, fmt.Errorf("make the backup's file: %w", err)
	}
	if made.Tables, err = b.dump(ctx, c, t, making); err != nil {
		return made, err
	}
	n := note{tables: made.Tables}
	if n.sha256, made.Bytes, err = hashFile(making); err != nil {
		return made, fmt.Errorf("read the dump back: %w", err)
	}
	about := fmt.Sprintf("%s, qrgen %s, PostgreSQL %s, schema %d", started.UTC().Format(time.RFC3339), b.cfg.Version, c.version, db.SchemaVersion())
	if err := b.tryOut(ctx, c, t, making, made.Tables); err != nil {
		err = fmt.Errorf("try the backup out by restoring it: %w", err)
		if ctx.Err() != nil {
			return made, err
		}
		// Better than none, for a person to look at.
		name += unverifiedSuffix
		made.File = filepath.Join(b.cfg.Dir, name)
		return made, errors.Join(err, put(making, b.cfg.Dir, name, n.encode(name, about)))
	}
	if err := put(making, b.cfg.Dir, name, n.encode(name, about)); err != nil {
		return made, err
	}
	made.File = filepath.Join(b.cfg.Dir, name)
	made.Removed, err = prune(b.cfg.Dir, b.cfg.Keep, b.cfg.Location)
	return made, err
}

// prepareFolder makes the folder and removes what killed runs left in it: the
// lock says that no other one is at work.
func (b *Backups) prepareFolder() error {
	if err := os.MkdirAll(b.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder for backups: %w", err)
	}
	entries, err := os.ReadDir(b.cfg.Dir)
	if err != nil {
		return fmt.Errorf("read the folder for backups: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), makingSuffix)
		if _, ours := fileTime(name, b.cfg.Location); !ok || !ours {
			continue
		}
		if err := os.Remove(filepath.Join(b.cfg.Dir, e.Name())); err != nil {
			return fmt.Errorf("remove what an interrupted backup left: %w", err)
		}
	}
	return nil
}

// dump writes the database to a file and sums its tables up meanwhile. Both
// see the same snapshot, however much is written while they read.
func (b *Backups) dump(ctx context.Context, c *cluster, t tools, making string) (tables []Table, err error) {
	conn, err := connect(ctx, b.cfg.URL, c.name)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin the snapshot: %w", err)
	}
	var snapshot string
	if err := tx.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
		return nil, fmt.Errorf("export the snapshot: %w", err)
	}
	env, err := connEnv(b.cfg.URL, c.name)
	if err != nil {
		return nil, err
	}
	b.cfg.Tell("saving the database " + c.name)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		said := b.progress("saving", "dumping contents of table", 0)
		err := t.run(ctx, env, nil, said, "pg_dump", "--format=custom", "--snapshot="+snapshot, "--file="+making,
			"--no-password", "--lock-wait-timeout=60000", "--verbose")
		if err != nil {
			return fmt.Errorf("save the database (the backups that are there are untouched): %w", err)
		}
		if err := syncPath(making); err != nil {
			return fmt.Errorf("sync the dump: %w", err)
		}
		return nil
	})
	group.Go(func() (err error) {
		tables, err = contents(ctx, conn)
		return err
	})
	return tables, group.Wait()
}
