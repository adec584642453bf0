package rig

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// Patience is how long a condition may take to come true. It is generous: the
// tests share a small machine with others and wait no longer than need be.
const Patience = 60 * time.Second

// poll is the pause between two looks where a second counts.
const poll = 20 * time.Millisecond

// Eventually waits until holds says so, and fails the test with what it said
// last when that takes too long.
func Eventually(t testing.TB, what string, holds func() error) {
	t.Helper()
	Within(t, Patience, what, holds)
}

// Within is Eventually with a limit of the test's own. Where that is minutes,
// it looks less often.
func Within(t testing.TB, limit time.Duration, what string, holds func() error) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(max(poll, limit/2400))
	defer tick.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s: %v", what, limit, err)
		case <-tick.C:
		}
	}
}

var errNotYet = errors.New("nothing so far")

// Await is Eventually for a condition that has nothing to say.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	Eventually(t, what, func() error {
		if !holds() {
			return errNotYet
		}
		return nil
	})
}

// Must fails the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// FreePort finds a port of an address that nobody listens on.
func FreePort(t testing.TB, address string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address+":0")
	Must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	Must(t, errors.Join(err, l.Close()))
	return port
}
