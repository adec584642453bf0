package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"qrgen/db"
	"qrgen/handlers"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/static"
)

const (
	shutdownTimeout = 10 * time.Second
	sweepInterval   = time.Hour

	// The server's bounds: a client that is slower than this is not served.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	headerMax         = 16 << 10 // bytes
)

// serve runs the program until ctx ends: it listens, opens and migrates the
// database, answers, and stops in the opposite order.
func serve(ctx context.Context, env environment, _ []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	if err := static.Check(); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(env.stdout, &slog.HandlerOptions{Level: cfg.LogLevel}))
	address := net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	defer func() { _ = listener.Close() }()

	database, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer database.close(log)
	if err := database.migrate(ctx, log); err != nil {
		return err
	}
	server, err := newServer(cfg, database.store, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "QR Code Generator runs at http://%s/ – stop it with Ctrl-C\n", listener.Addr())
	log.InfoContext(ctx, "started", "address", listener.Addr().String(), "version", version)
	return answer(ctx, server, listener, log)
}

func newServer(cfg config.Config, store *db.Store, log *slog.Logger) (*handlers.Server, error) {
	links, err := cfg.Links()
	if err != nil {
		return nil, err
	}
	rules := codes.Rules{Links: links, AllowedDomains: cfg.AllowedRedirectDomains}
	return handlers.New(handlers.Options{
		Store: store, Registry: codes.NewRegistry(store, rules, cfg.Zone.Location),
		Config: cfg, Version: version, Log: log, Now: time.Now,
	}), nil
}

// answer serves requests until ctx ends; then it answers those under way.
func answer(ctx context.Context, server *handlers.Server, listener net.Listener, log *slog.Logger) error {
	web := &http.Server{
		Handler:           server.Handler(),
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerMax,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.SweepSessions(ctx, sweepInterval) })
	group.Go(func() error {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		log.InfoContext(ctx, "stopping")
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err := web.Shutdown(stopping); err != nil {
			return fmt.Errorf("answer the last requests: %w", err)
		}
		return nil
	})
	return group.Wait()
}
