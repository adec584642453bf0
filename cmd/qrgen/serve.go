package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"time"

	"qrgen/handlers"
	"qrgen/internal/codes"
	"qrgen/internal/config"
	"qrgen/internal/logs"
	"qrgen/internal/redirect"
	"qrgen/internal/scans"
	"qrgen/static"
)

// serve runs the program until ctx ends: it listens, opens what it needs,
// answers, and stops in the opposite order.
func serve(ctx context.Context, env environment, _ []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	if err := static.Check(); err != nil {
		return err
	}
	log, lines := logs.New(env.stdout, cfg.LogLevel)
	endProfile, err := profile(cfg.CPUProfile)
	if err != nil {
		return err
	}
	defer endProfile()
	listeners, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer listeners.close()
	database, err := openDatabase(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer database.close(log)
	p, err := openProgram(ctx, cfg, database, log, lines)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "QR Code Generator runs at http://%s/ – stop it with Ctrl-C\n", listeners.admin.Addr())
	log.InfoContext(ctx, "started", "address", listeners.admin.Addr().String(), "version", version)
	return p.run(ctx, listeners)
}

// profile writes a CPU profile until the function it gives is called.
func profile(file string) (end func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("CPU_PROFILE: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("CPU_PROFILE: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // what is missing shows when it is read
	}, nil
}

// listeners are the doors: the office's, which has everything, and the
// public's, which is nil without PUBLIC_ADDR.
type listeners struct{ admin, public net.Listener }

func listen(ctx context.Context, cfg config.Config) (listeners, error) {
	var l listeners
	var err error
	if l.admin, err = listenOn(ctx, net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))); err != nil {
		return l, err
	}
	if cfg.PublicAddr != "" {
		if l.public, err = listenOn(ctx, cfg.PublicAddr); err != nil {
			l.close()
			return l, err
		}
	}
	return l, nil
}

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

func (l listeners) close() {
	for _, listener := range []net.Listener{l.admin, l.public} {
		if listener != nil {
			_ = listener.Close() // closed already after an orderly stop
		}
	}
}

// minHeap is what the directory and spare take together at the least. The garbage
// collector runs when as much has been added as there is, and of a small directory
// that is several times a second under load.
const minHeap = 64 << 20

// program is all that runs between start and stop.
type program struct {
	cfg       config.Config
	log       *slog.Logger
	database  *database
	directory *redirect.Directory
	journal   *scans.Journal
	recorder  *scans.Recorder
	server    *handlers.Server
	spare     []byte      // never touched, so no memory is in use for it
	leaving   atomic.Bool // the program stops: answers end their connections
}

// openProgram puts the parts together. A database that is away is no reason
// not to start: printed codes are answered from the snapshot until it comes.
func openProgram(ctx context.Context, cfg config.Config, database *database, log *slog.Logger, lines *logs.Counts) (*program, error) {
	if err := database.migrate(ctx, log); err != nil {
		return nil, err
	}
	dir, journal, err := openJournal(cfg, log)
	if err != nil {
		return nil, err
	}
	p := &program{cfg: cfg, log: log, database: database, journal: journal}
	p.recorder = scans.NewRecorder(scans.RecorderConfig{
		Journal: journal, Store: database.store, Location: cfg.Zone.Location,
		RetentionDays: cfg.ScanRetentionDays, GeoIPPath: cfg.GeoIPDB, Logger: log,
	})
	if p.directory, err = redirect.Open(ctx, redirect.Config{
		Store: database.store, URL: database.url, SnapshotPath: filepath.Join(dir, "directory.snap"),
		Max: cfg.DirectoryMax, Log: log,
	}); err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}
	p.spare = make([]byte, max(0, minHeap-p.directory.Stats().Bytes))
	links, err := cfg.Links()
	if err != nil {
		return nil, err
	}
	rules := codes.Rules{Links: links, AllowedDomains: cfg.AllowedRedirectDomains}
	p.server, err = handlers.New(handlers.Options{
		Store: database.store, Registry: codes.NewRegistry(database.store, rules, cfg.Zone.Location, p.directory.Put),
		Directory: p.directory, Journal: journal, Recorder: p.recorder,
		Migrated: database.migrated.Load, Config: cfg, Version: version, Log: log, LogLines: lines, Now: time.Now,
	})
	return p, err
}
