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

// shutdownPoll is how often Shutdown looks whether everybody has gone.
const shutdownPoll = 5 * time.Millisecond

// Config says what a Front does.
type Config struct {
	// Answer gives where a request is redirected to: an address of printable
	// ASCII. If it is not ok it must have changed nothing: net/http is asked then.
	Answer func(*Request) (location string, ok bool)

	FirstWait time.Duration // for the first request of a connection
	IdleWait  time.Duration // for each further one
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
}

// handed is what Accept gives.
type handed struct {
	conn net.Conn
	err  error
}

// New puts a front before a listener of TCP connections and begins to answer.
func New(listener net.Listener, cfg Config) *Front {
	f := &Front{Listener: listener, cfg: cfg, handed: make(chan handed), done: make(chan struct{}), open: map[*conn]struct{}{}}
	go f.accept()
	return f
}

// Accept waits for the next connection that is net/http's, until Shutdown has
// ended.
func (f *Front) Accept() (net.Conn, error) {
	select {
	case h := <-f.handed:
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
	for f.closeAll((*conn).idle) > 0 {
		select {
		case <-ctx.Done():
			f.closeAll(func(*conn) bool { return true })
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

// closeAll closes the connections that which picks, and says how many
// there were of all.
func (f *Front) closeAll(which func(*conn) bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		if which(c) {
			_ = c.tcp.Close()
		}
	}
	return len(f.open)
}

// accept lets connections in. Its errors are net/http's to judge: whether and
// when to go on.
func (f *Front) accept() {
	for {
		accepted, err := f.Listener.Accept()
		if err == nil {
			f.enter(accepted)
			continue
		}
		if f.leaving.Load() && errors.Is(err, net.ErrClosed) || !f.give(handed{err: err}) {
			return
		}
	}
}

func (f *Front) enter(accepted net.Conn) {
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		f.give(handed{conn: accepted})
		return
	}
	c := &conn{front: f, tcp: tcp, peer: tcp.RemoteAddr().String()}
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
