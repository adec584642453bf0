package front_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"qrgen/internal/front"
)

// A stop lets everybody finish, and tells who asks once more to go.
func TestShutdown(t *testing.T) {
	t.Parallel()
	o := open(t)
	silent, idle, asks, waits := o.dial(t), o.dial(t), o.dial(t), o.dial(t)
	for _, l := range []*line{idle, asks} {
		l.say(get("/r/a"))
		l.hear()
	}
	waits.say(get("/r/wait") + get("/r/b"))
	<-o.met
	if err := o.front.Close(); err != nil {
		t.Fatal(err)
	}
	asks.say(get("/r/a") + get("/r/b"))
	first, last := asks.hear(), asks.hear()
	if strings.Contains(first, "close") || !strings.Contains(last, "Connection: close\r\n") {
		t.Errorf("the answers are %q and %q", first, last)
	}
	asks.ended()
	if c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", o.addr); err == nil {
		_ = c.Close()
		t.Error("somebody was let in")
	}
	ended := make(chan error, 1)
	go func() { ended <- o.front.Shutdown(t.Context()) }()
	silent.ended()
	idle.ended()
	select {
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(o.gate)
	waits.hear()
	waits.hear()
	waits.ended()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestShutdownCutsOff(t *testing.T) {
	t.Parallel()
	o := open(t)
	l := o.dial(t)
	l.say(get("/r/wait"))
	<-o.met
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := o.front.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	l.ended()
	close(o.gate)
}

// A connection that was let in just before a stop is heard first.
func TestShutdownHearsTheLast(t *testing.T) {
	t.Parallel()
	o := open(t)
	l, odd := o.dial(t), o.dial(t)
	known := o.dial(t)
	known.say(get("/r/a")) // so that the others are in, too
	known.hear()
	ended := make(chan error, 1)
	go func() { ended <- o.front.Shutdown(t.Context()) }()
	known.ended()
	l.say(get("/r/a"))
	if answer := l.hear(); !strings.Contains(answer, "Connection: close\r\n") {
		t.Errorf("it is answered %q", answer)
	}
	l.ended()
	odd.say(get("/r/0?last"))
	odd.hear()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// short is a listener that has no descriptor left for every other connection.
type short struct {
	net.Listener
	calls atomic.Int64
}

func (s *short) Accept() (net.Conn, error) {
	if s.calls.Add(1)%2 == 1 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

// Want of descriptors is got over here: net/http, which would wait longer each
// time, does not hear of it.
func TestAcceptWaits(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{addr: listener.Addr().String()}
	var said bytes.Buffer
	f := front.New(&short{Listener: listener}, front.Config{
		Answer: o.answer, FirstWait: time.Second, IdleWait: time.Second, WriteWait: time.Second, Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	for range 20 {
		l := o.dial(t)
		l.say(get("/r/a"))
		l.hear()
	}
	if err := f.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := f.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept gave %v", err)
	}
	if n := strings.Count(said.String(), "can't be accepted"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, said.String())
	}
}

// failing is a listener that fails once, as with too many open files.
type failing struct {
	net.Listener
	failed atomic.Bool
}

func (f *failing) Accept() (net.Conn, error) {
	if !f.failed.Swap(true) {
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

// Whether to go on after an error is net/http's to say.
func TestAcceptFails(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{addr: listener.Addr().String()}
	f := front.New(&failing{Listener: listener}, front.Config{Answer: o.answer, FirstWait: time.Second, IdleWait: time.Second, WriteWait: time.Second, Log: slog.New(slog.DiscardHandler)})
	if _, err := f.Accept(); err == nil || err.Error() != "too many open files" {
		t.Errorf("Accept gave %v", err)
	}
	l := o.dial(t)
	l.say(get("/r/a"))
	l.hear()
	if err := f.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := f.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept gave %v", err)
	}
}
