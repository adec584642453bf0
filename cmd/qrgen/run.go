package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"qrgen/internal/config"
	"qrgen/internal/front"
)

const (
	// stopTimeout is what a stop may take in all: requests under way are
	// answered first, then the journal is drained.
	stopTimeout   = 9 * time.Second
	answerTimeout = 6 * time.Second
	// lastCall is for requests on their way on connections that are open: it
	// passes between closing the door to new ones and closing the idle ones.
	lastCall      = 250 * time.Millisecond
	sweepInterval = time.Hour

	// The server's bounds: a client that is slower than this is not served.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	headerMax         = 16 << 10 // bytes
)

// run answers requests until ctx ends or a part fails. Then it answers those
// under way, stores what is in the journal, and stops the rest.
func (p *program) run(ctx context.Context, l listeners) error {
	group, ctx := errgroup.WithContext(ctx)
	// The parts behind the doors outlive them.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	group.Go(func() error { return p.database.migrateLater(work, p.log) })
	group.Go(func() error { return p.directory.Run(work) })
	group.Go(func() error { return p.recorder.Run(work) })
	group.Go(func() error { return p.server.SweepSessions(work, sweepInterval) })
	group.Go(func() error { return p.awaitCodes(ctx) })

	doors := []*door{p.door(l.admin, p.server.Handler(), p.leaving.Load)}
	if l.public != nil {
		// The edge's connections here are for scans. One on which it asked for
		// something else is net/http's for good: it shall open another.
		doors = append(doors, p.door(l.public, p.server.PublicHandler(), func() bool { return p.leaving.Load() || p.cfg.LogRedirects != config.LogAll }))
	}
	for _, d := range doors {
		group.Go(func() error { return p.answer(d) })
	}
	group.Go(func() error {
		<-ctx.Done()
		defer stopWork()
		return p.stop(context.WithoutCancel(ctx), doors)
	})
	return group.Wait()
}

// awaitCodes gives up where there is nothing to answer scans from: neither the
// database, within STARTUP_TIMEOUT, nor the snapshot of an earlier run. With
// either, the program goes on for as long as it takes.
func (p *program) awaitCodes(ctx context.Context) error {
	timer := time.NewTimer(p.cfg.StartupTimeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-timer.C:
	}
	if known := p.directory.Stats(); known.ConfirmedAt.IsZero() && known.SnapshotAt.IsZero() {
		return fmt.Errorf("%w within %s (STARTUP_TIMEOUT), and no earlier run left the codes on disk", errNoDatabase, p.cfg.StartupTimeout)
	}
	return nil
}

// door is where people come in: plain scans are answered by the front, and all
// else by the server behind it.
type door struct {
	front  *front.Front
	server *http.Server
}

// door opens one. The server behind the front ends connections with its answers
// where last says so.
func (p *program) door(listener net.Listener, handler http.Handler, last func() bool) *door {
	return &door{
		front: front.New(listener, front.Config{
			Answer: p.server.Quick, FirstWait: readHeaderTimeout, IdleWait: idleTimeout, WriteWait: writeTimeout, Log: p.log,
		}),
		server: &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if last() {
					w.Header()["Connection"] = []string{"close"}
				}
				handler.ServeHTTP(w, r)
			}),
			ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: headerMax,
			ErrorLog:       slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		},
	}
}

func (p *program) answer(d *door) error {
	err := d.server.Serve(d.front)
	if closed := p.leaving.Load() && errors.Is(err, net.ErrClosed); !closed && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// shutDown answers what was asked; the front goes first, as it hands over to the
// server.
func (d *door) shutDown(ctx context.Context) error {
	return errors.Join(d.front.Shutdown(ctx), d.server.Shutdown(ctx))
}

// stop answers what was accepted, stores what was recorded, and takes nothing
// new. A client that is too slow is cut off: it must not hold up the rest.
func (p *program) stop(ctx context.Context, doors []*door) error {
	p.log.InfoContext(ctx, "stopping")
	p.leaving.Store(true)
	for _, d := range doors {
		_ = d.front.Close() // it was open
	}
	<-time.After(lastCall)
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	answering, cancelAnswering := context.WithTimeout(ctx, answerTimeout)
	defer cancelAnswering()
	closing, _ := errgroup.WithContext(answering)
	for _, d := range doors {
		closing.Go(func() error { return d.shutDown(answering) })
	}
	err := closing.Wait()
	if err != nil {
		p.log.WarnContext(ctx, "clients that were too slow are cut off", "error", err)
		for _, d := range doors {
			_ = d.server.Close()
		}
	}
	// What is not stored by then stays in the journal for the next start.
	if drainErr := p.recorder.Close(ctx); drainErr != nil {
		p.log.WarnContext(ctx, "scans stay in the journal until the next start", "error", drainErr)
	}
	return p.journal.Close()
}
