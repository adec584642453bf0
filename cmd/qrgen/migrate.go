package main

import (
	"context"
	"fmt"
	"log/slog"

	"qrgen/db"
	"qrgen/internal/config"
)

// migrate brings the schema up to date and ends.
func migrate(ctx context.Context, env environment, _ []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(env.stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	database, err := besideDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer database.close(log)
	applied, err := db.Migrate(ctx, database.url)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%d migrations applied\n", applied)
	return err
}
