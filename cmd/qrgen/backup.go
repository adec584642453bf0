package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"qrgen/internal/backup"
	"qrgen/internal/config"
	"qrgen/internal/embedpg"
)

const nothingToCompare = "restored without an error; there was nothing to compare it with"

var (
	errBackupUsage  = errors.New("usage: qrgen backup (one now), or qrgen backup serve (one now and then at BACKUP_SCHEDULE)")
	errRestoreUsage = errors.New("usage: qrgen restore FILE, qrgen restore -back or qrgen restore -drop-old")
	errNoServer     = errors.New("there is no DATABASE_URL, and the embedded PostgreSQL does not run: start qrgen serve")
)

// makeBackup makes a backup, once or by the clock. It may run beside the
// program.
func makeBackup(ctx context.Context, env environment, args []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return withBackups(ctx, env, cfg, teller(env.stderr), func(b *backup.Backups) error {
			made, err := b.Make(ctx)
			if err != nil {
				return err
			}
			for _, name := range made.Removed {
				fmt.Fprintf(env.stderr, "removed %s\n", name)
			}
			_, err = fmt.Fprintf(env.stdout, "%s: %s, %d bytes, restored once and found to be whole\n", made.File, total(made.Tables), made.Bytes)
			return err
		})
	case len(args) == 1 && args[0] == "serve":
		return serveBackups(ctx, env, cfg)
	}
	return errBackupUsage
}

// serveBackups makes backups until ctx ends, logging as serve does.
func serveBackups(ctx context.Context, env environment, cfg config.Config) error {
	log := slog.New(slog.NewJSONHandler(env.stdout, &slog.HandlerOptions{Level: cfg.LogLevel}))
	return backup.Daily(ctx, cfg.BackupSchedule, cfg.Zone.Location, log, func(ctx context.Context) error {
		if cfg.DatabaseURL == "" { // to start the embedded server here would keep serve from starting
			if _, up, err := embedpg.Running(postgresDir(cfg)); err != nil || !up {
				return errors.Join(errNoServer, err)
			}
		}
		tell := func(text string) { log.DebugContext(ctx, "backup", "step", text) }
		return withBackups(ctx, env, cfg, tell, func(b *backup.Backups) error {
			begun := time.Now()
			made, err := b.Make(ctx)
			if err == nil {
				log.InfoContext(ctx, "backup made and verified", "file", made.File, "bytes", made.Bytes,
					"removed", made.Removed, "duration_ms", time.Since(begun).Milliseconds())
			}
			return err
		})
	})
}

// restore puts a backup in the database's place. It may run beside the program.
func restore(ctx context.Context, env environment, args []string) error {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.SetOutput(env.stderr)
	back := flags.Bool("back", false, "put the database that the last restore replaced in its place again")
	dropOld := flags.Bool("drop-old", false, "drop the databases that restores have replaced; with FILE, once it is restored")
	if err := flags.Parse(args); err != nil {
		return err
	}
	files := flags.NArg()
	if files > 1 || *back && (files > 0 || *dropOld) || files == 0 && !*back && !*dropOld {
		return errRestoreUsage
	}
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	return withBackups(ctx, env, cfg, teller(env.stderr), func(b *backup.Backups) error {
		if *back {
			now, kept, err := b.Back(ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.stdout, "%s is the database again; the one that was is kept as %s\n", now, kept)
			return err
		}
		if files == 1 {
			r, err := b.Restore(ctx, flags.Arg(0))
			if err != nil {
				return fmt.Errorf("nothing was changed: %w", err)
			}
			if err := printRestored(env.stdout, r, *dropOld); err != nil {
				return err
			}
		}
		if !*dropOld {
			return nil
		}
		dropped, err := b.DropKept(ctx)
		for _, name := range dropped {
			fmt.Fprintf(env.stdout, "dropped %s\n", name)
		}
		return err
	})
}

// printRestored says what there is now, and what is lost in plain words.
func printRestored(w io.Writer, r backup.Restored, dropOld bool) error {
	words := "restored and found to be whole: " + total(r.Tables)
	if len(r.Tables) == 0 {
		words = nothingToCompare
	}
	_, err := fmt.Fprintln(w, words)
	if s := r.Since; s != nil && s.Codes+s.Changes+s.Scans > 0 {
		_, lineErr := fmt.Fprintf(w, "not in the backup, because they came after it: %d codes, %d changes of codes, %d scans\n", s.Codes, s.Changes, s.Scans)
		err = errors.Join(err, lineErr)
		if len(s.ShortIds) > 0 {
			_, lineErr = fmt.Fprintf(w, "printed codes that lead nowhere now: %q%s\n", s.ShortIds, andMore(s.Codes, len(s.ShortIds)))
			err = errors.Join(err, lineErr)
		}
	}
	if r.Kept != "" && !dropOld {
		_, lineErr := fmt.Fprintf(w, "the database as it was is kept as %s: qrgen restore -back returns to it, qrgen restore -drop-old drops it\n", r.Kept)
		err = errors.Join(err, lineErr)
	}
	return err
}

func andMore(all int64, shown int) string {
	if all <= int64(shown) {
		return ""
	}
	return " and more"
}

// verifyBackup tries a backup out.
func verifyBackup(ctx context.Context, env environment, cfg config.Config, file string) error {
	return withBackups(ctx, env, cfg, teller(env.stderr), func(b *backup.Backups) error {
		tables, err := b.Verify(ctx, file)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if _, err := fmt.Fprintf(env.stdout, "%12d  %s\n", t.Rows, t.Name); err != nil {
				return err
			}
		}
		words := "restored and found to be whole: " + total(tables)
		if len(tables) == 0 {
			words = nothingToCompare
		}
		_, err = fmt.Fprintln(env.stdout, words)
		return err
	})
}

// withBackups opens the database's backups for a command.
func withBackups(ctx context.Context, env environment, cfg config.Config, tell func(string), use func(*backup.Backups) error) error {
	database, done, err := besideDatabase(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer done()
	return use(backup.New(backup.Config{
		URL: database.url, Store: database.store, Dir: cfg.BackupDir, Location: cfg.Zone.Location, Version: version, Tell: tell,
		Keep: backup.Keep{Daily: cfg.BackupKeepDaily, Weekly: cfg.BackupKeepWeekly, Monthly: cfg.BackupKeepMonthly},
	}))
}

// teller writes lines with the time that has passed before them.
func teller(w io.Writer) func(string) {
	begun := time.Now()
	return func(text string) {
		fmt.Fprintf(w, "%7s  %s\n", time.Since(begun).Round(100*time.Millisecond), text)
	}
}

// total counts tables and rows.
func total(tables []backup.Table) string {
	var rows int64
	for _, t := range tables {
		rows += t.Rows
	}
	return fmt.Sprintf("%d tables with %d rows", len(tables), rows)
}
