package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"qrgen/db"
)

// Restored is a restore that went well.
type Restored struct {
	Tables []Table
	Kept   string // the database that had the place before; empty where there was none
	Since  *db.StoredAfterRow
}

// idsApart is for the codes that are made in the instants before the names
// change.
const idsApart = 1000

// errNothingKept is returned where there is no database to go back to.
var errNothingKept = errors.New("there is no database kept by a restore")

// Restore puts a backup in the database's place. It is restored into a new
// database, compared with what was saved, and migrated; only then, in one
// short transaction, the two change names. Before that nothing is changed,
// whatever happens.
func (b *Backups) Restore(ctx context.Context, path string) (r Restored, err error) {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return r, err
	}
	defer c.close(ctx)
	t, err := findTools(ctx, b.cfg.BinDirs, c.major)
	if err != nil {
		return r, err
	}
	f, err := b.inspectFile(ctx, t, path)
	if err != nil {
		return r, err
	}
	r.Tables = f.note.tables
	next := c.name + "_restore"
	defer c.clean(ctx, next) // does not exist any more where all went well
	if err := b.restoreInto(ctx, c, t, f, next); err != nil {
		return r, err
	}
	there, err := c.exists(ctx, c.name)
	if err != nil {
		return r, err
	}
	if r.Since, err = b.finish(ctx, next, there); err != nil {
		return r, err
	}
	b.cfg.Tell("putting the restored database in its place")
	aside, err := b.asideName(ctx, c)
	if err != nil {
		return r, err
	}
	if err := c.swap(ctx, next, aside); err != nil {
		return r, err
	}
	if there {
		r.Kept = aside
	}
	return r, nil
}

// asideName is a free name for the database that is put aside.
func (b *Backups) asideName(ctx context.Context, c *cluster) (string, error) {
	for at := b.cfg.Now().UTC(); ; at = at.Add(time.Second) {
		name := c.name + "_before_" + at.Format(nameTime)
		if taken, err := c.exists(ctx, name); err != nil || !taken {
			return name, err
		}
	}
}

// finish makes another database fit to take the place: with this program's
// schema, statistics for the planner, and the account of backups, which is
// about files and not about data. It gives what the database that is there has
// beyond it; nil if that can't be read.
func (b *Backups) finish(ctx context.Context, next string, there bool) (*db.StoredAfterRow, error) {
	url := db.OtherDatabase(b.cfg.URL, next)
	b.cfg.Tell("bringing its schema up to date")
	if _, err := db.Migrate(ctx, url); err != nil {
		return nil, err
	}
	conn, err := connect(ctx, b.cfg.URL, next)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "ANALYZE"); err != nil {
		return nil, fmt.Errorf("gather the restored database's statistics: %w", err)
	}
	if !there {
		return nil, nil //nolint:nilnil // there is nothing beyond, and nothing went wrong
	}
	store, err := db.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer store.Close()
	since, err := b.carryOver(ctx, store)
	if err != nil {
		// It may be no database of ours, or too broken to say: that is no
		// reason not to replace it.
		b.cfg.Tell("what came after the backup can't be told: " + err.Error())
		return nil, ctx.Err()
	}
	return since, nil
}

// carryOver copies the account of backups and compares the two databases.
func (b *Backups) carryOver(ctx context.Context, restored *db.Store) (*db.StoredAfterRow, error) {
	known, err := b.cfg.Store.ListBackups(ctx)
	if err != nil {
		return nil, err
	}
	last, err := restored.LastStored(ctx)
	if err != nil {
		return nil, err
	}
	since, err := b.cfg.Store.StoredAfter(ctx, db.StoredAfterParams(last))
	if err != nil {
		return nil, err
	}
	present, err := b.cfg.Store.LastStored(ctx)
	if err != nil {
		return nil, err
	}
	err = restored.InTx(ctx, func(q *db.Queries) error {
		if err := q.RaiseCodeIDs(ctx, present.CodeID+idsApart); err != nil {
			return err
		}
		if err := q.DeleteBackups(ctx); err != nil {
			return err
		}
		for _, k := range known {
			row := db.CreateBackupParams{StartedAt: k.StartedAt, FinishedAt: k.FinishedAt, File: k.File, Bytes: k.Bytes, Error: k.Error}
			if err := q.CreateBackup(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return &since, err
}

// Back puts the database that the last restore put aside in its place again.
// The present one is put aside in turn: the names of both are given.
func (b *Backups) Back(ctx context.Context) (now, kept string, err error) {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return "", "", err
	}
	defer c.close(ctx)
	names, err := c.kept(ctx)
	if err != nil {
		return "", "", err
	}
	if len(names) == 0 {
		return "", "", errNothingKept
	}
	now = names[len(names)-1]
	if kept, err = b.asideName(ctx, c); err != nil {
		return "", "", err
	}
	if _, err := b.finish(ctx, now, true); err != nil {
		return "", "", err
	}
	return now, kept, c.swap(ctx, now, kept)
}

// DropKept drops the databases that restores have put aside, and gives their
// names.
func (b *Backups) DropKept(ctx context.Context) ([]string, error) {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	names, err := c.kept(ctx)
	for i, name := range names {
		if err := c.drop(ctx, name); err != nil {
			return names[:i], err
		}
	}
	return names, err
}
