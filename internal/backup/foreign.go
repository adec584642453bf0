package backup

import (
	"context"
	"fmt"
	"io"
	"os"

	"qrgen/db"
)

// WithForeign restores another system's dump, of pg_dump's custom or plain
// format, into a scratch database that is dropped again, and calls use with its
// address. Of a custom dump only the tables are restored, without what belongs
// to them. A plain one is a program for psql, so it must come from a system that
// one trusts; what fails in it, such as a role that is not here, is passed over.
func (b *Backups) WithForeign(ctx context.Context, path string, tables []string, use func(url string) error) error {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	t, err := findTools(ctx, b.cfg.BinDirs, c.major)
	if err != nil {
		return err
	}
	custom, err := isCustom(path)
	if err != nil {
		return err
	}
	scratch := c.name + "_import"
	defer c.clean(ctx, scratch)
	if err := c.make(ctx, scratch); err != nil {
		return err
	}
	env, err := connEnv(b.cfg.URL, scratch)
	if err != nil {
		return err
	}
	b.cfg.Tell("restoring " + path + " into the scratch database " + scratch)
	name, args := "psql", []string{"--no-psqlrc", "--quiet", "--no-password", "--file=" + path}
	if custom {
		name, args = "pg_restore", []string{"--dbname=" + scratch, "--no-password", "--no-owner", "--no-privileges", "--exit-on-error"}
		for _, table := range tables {
			args = append(args, "--table="+table)
		}
		args = append(args, path)
	}
	if err := t.run(ctx, env, io.Discard, func(string) {}, name, args...); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	return use(db.OtherDatabase(b.cfg.URL, scratch))
}

// isCustom tells pg_dump's custom format from what may be its plain one.
func isCustom(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open the dump: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(customHead))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == customHead, nil
}
