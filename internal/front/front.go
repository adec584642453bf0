package front

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// bufferSize is how much is read at once. A request that does not come whole in
// one piece is net/http's: so slow clients and long headers are bounded there.
const bufferSize = 4096

const (
	// shutdownPoll is how often Shutdown looks whether everybody has gone.
	shutdownPoll = 5 * time.Millisecond
	// greeting is how long a stop waits for the first request of a connection
	// that was let in: it may be on its way.
	greeting = time.Second

	// Where none can be let in for the moment, for want of descriptors, it is
	// tried again soon: for net/http to do it, it would need to see those that
	// are.
	minPause      = 5 * time.Millisecond
	maxPause      = 100 * time.Millisecond
	complainEvery = time.Minute
)

// Config says what a Front does.
type Config struct {
	// Answer gives where a request is redirected to: an address of printable
	// ASCII. If it is not ok it must have changed nothing: net/http is asked then.
	Answer func(*Request) (location string, ok bool)

	FirstWait time.Duration // for the first request of a connection
	IdleWait  time.Duration // for each further one
	WriteWait time.Duration // for an answer to be taken
	Log       *slog.Logger
}

// Front is a listener for http.Server, which is given only the connections that
// have asked for something else than a redirect.
type Front struct {
	net.Listener
	cfg    Config
	handed chan handed
	done   chan struct{} // closed when nothing is handed over any more
	end    sync.Once

	leaving atomic.Bool
	mu      sync.Mutex
	open    map[*conn]struct{}
	given   *conn // by Accept, which alone uses it
}

// handed is what Accept gives; from is nil for an error, and for what the front
// never had.
type handed struct {
	conn net.Conn
	from *conn
	err  error
}

// New puts a front before a listener of TCP connections and begins to answer.
func New(listener net.Listener, cfg Config) *Front {
	f := &Front{Listener: listener, cfg: cfg, handed: make(chan handed), done: make(chan struct{}), open: map[*conn]struct{}{}}
	go f.accept()
	return f
}

// Accept waits for the next connection that is net/http's, until Shutdown has
// ended. One goroutine at a time calls it, again only when it has taken over
// what it was given: until then that is still the front's to wait for.
func (f *Front) Accept() (net.Conn, error) {
	if f.given != nil {
		f.leave(f.given)
		f.given = nil
	}
	select {
	case h := <-f.handed:
		f.given = h.from
		return h.conn, h.err
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Close lets nobody in any more. Who is in is served on, and told to go with the
// next answer. To close it again, as http.Server does, is no error.
func (f *Front) Close() error {
	if f.leaving.Swap(true) {
		return nil
	}
	return f.Listener.Close()
}

// Shutdown closes what is idle and waits until all requests under way are
// answered or handed over. When ctx ends it cuts the others off and gives the
// reason.
func (f *Front) Shutdown(ctx context.Context) error {
	_ = f.Close() // there is nothing to be done about it
	defer f.end.Do(func() { close(f.done) })
	ticker := time.NewTicker(shutdownPoll)
	defer ticker.Stop()
	for f.each((*conn).endIdle) > 0 {
		select {
		case <-ctx.Done():
			f.each((*conn).cutOff)
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

// each does something to all connections, and says how many there were.
func (f *Front) each(do func(*conn)) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		do(c)
	}
	return len(f.open)
}

// accept lets connections in. Errors that do not pass are net/http's to judge.
func (f *Front) accept() {
	var pause time.Duration
	var complained time.Time
	for {
		accepted, err := f.Listener.Accept()
		if err == nil {
			pause = 0
			f.enter(accepted)
			continue
		}
		if f.leaving.Load() && errors.Is(err, net.ErrClosed) {
			return
		}
		if !passes(err) {
			if !f.give(handed{err: err}) {
				return
			}
			continue
		}
		if time.Since(complained) > complainEvery {
			complained = time.Now()
			f.cfg.Log.Warn("connections can't be accepted for the moment", "error", err)
		}
		pause = min(max(2*pause, minPause), maxPause)
		select {
		case <-time.After(pause):
		case <-f.done:
			return
		}
	}
}

// passes says whether an error of Accept is over by itself, as net/http has it.
func passes(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

func (f *Front) enter(accepted net.Conn) {
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		f.give(handed{conn: accepted})
		return
	}
	c := &conn{front: f, tcp: tcp, peer: tcp.RemoteAddr().String(), since: time.Now()}
	f.mu.Lock()
	f.open[c] = struct{}{}
	f.mu.Unlock()
	go c.serve()
}

// leave forgets a connection: it has ended or is net/http's.
func (f *Front) leave(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, c)
}

func (f *Front) give(h handed) bool {
	select {
	case f.handed <- h:
		return true
	case <-f.done:
		return false
	}
}
