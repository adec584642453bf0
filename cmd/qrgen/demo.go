package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"qrgen/db"
	"qrgen/internal/config"
)

const demoMax = 10_000_000

// demo fills the database with made-up codes and counts, to try the program at
// size.
func demo(ctx context.Context, env environment, args []string) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(env.stderr)
	many := flags.Int64("codes", 1000, "how many codes to make")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("demo makes codes with -codes N, and %q means nothing to it", flags.Arg(0))
	}
	if *many < 1 || *many > demoMax {
		return fmt.Errorf("-codes must be from 1 to %d", demoMax)
	}
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	if cfg.Environment == config.Production {
		return errors.New("made-up codes have no place in production")
	}
	database, done, err := besideDatabase(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer done()
	if _, err := db.Migrate(ctx, database.url); err != nil {
		return err
	}
	err = database.store.InTx(ctx, func(q *db.Queries) error {
		if _, err := q.DemoCodes(ctx, *many); err != nil {
			return err
		}
		_, err := q.DemoScans(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("make demo codes: %w", err)
	}
	if err := database.store.Vacuum(ctx); err != nil {
		return fmt.Errorf("vacuum the demo codes: %w", err)
	}
	_, err = fmt.Fprintf(env.stdout, "%d codes made\n", *many)
	return err
}
