package survive

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between the program and PostgreSQL, and can lose what they say
// to each other at the end of a transaction.
type proxy struct {
	port string
	to   string

	answers atomic.Int64 // to so many more commits, the answer is lost
	commits atomic.Int64 // so many more commits are lost before they arrive
	lost    atomic.Int64
}

func newProxy(t testing.TB, pg *postgres) *proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	x := &proxy{port: port, to: net.JoinHostPort("127.0.0.1", pg.Port)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go x.join(client)
		}
	}()
	return x
}

// commitMessage is how the driver ends a transaction: a simple query.
var commitMessage = []byte("commit\x00")

// take takes one from n if there is one.
func take(n *atomic.Int64) bool {
	for {
		have := n.Load()
		if have <= 0 {
			return false
		}
		if n.CompareAndSwap(have, have-1) {
			return true
		}
	}
}

func (x *proxy) join(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.DialTimeout("tcp", x.to, time.Second)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var mute atomic.Bool
	go func() {
		defer func() { _ = client.Close(); _ = server.Close() }()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || mute.Load() {
				return // the server has committed, and nobody will know
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], commitMessage) {
			switch {
			case take(&x.answers):
				mute.Store(true)
				x.lost.Add(1)
			case take(&x.commits):
				x.lost.Add(1)
				return
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
