package main

import (
	"context"
	"fmt"

	"qrgen/db"
	"qrgen/internal/config"
	"qrgen/internal/logs"
)

// migrate brings the schema up to date and ends.
func migrate(ctx context.Context, env environment, _ []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	database, done, err := besideDatabase(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer done()
	log, _ := logs.New(env.stderr, cfg.LogLevel)
	if err := database.await(ctx, cfg.StartupTimeout, log); err != nil {
		return err
	}
	applied, err := db.Migrate(ctx, database.url)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%d migrations applied\n", applied)
	return err
}
