package front

import (
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// conn is a connection that is not net/http's yet.
type conn struct {
	front *Front
	tcp   *net.TCPConn
	peer  string
	state atomic.Int32
}

// The states.
const (
	waiting = iota // for a request
	busy           // with one
	ended          // by Shutdown
)

// idle ends a connection that waits for a request.
func (c *conn) idle() bool { return c.state.CompareAndSwap(waiting, ended) }

// serve answers requests for as long as they are plain.
func (c *conn) serve() {
	defer c.front.leave(c)
	defer func() {
		// As in net/http, one request must not end the program.
		if reason := recover(); reason != nil {
			c.front.cfg.Log.Error("a request failed", "panic", reason, "stack", string(debug.Stack()))
			_ = c.tcp.Close()
		}
	}()
	rest, going := c.answerAll()
	if !going || c.tcp.SetDeadline(time.Time{}) != nil || !c.front.give(handed{conn: &begunConn{c.tcp, rest}}) {
		_ = c.tcp.Close()
	}
}

// answerAll answers requests until one is not plain: then it is going on, with
// what was read of that one.
func (c *conn) answerAll() (rest []byte, going bool) {
	in, out := make([]byte, bufferSize), make([]byte, 0, bufferSize/8)
	wait := c.front.cfg.FirstWait
	for {
		if c.tcp.SetDeadline(time.Now().Add(wait)) != nil {
			return nil, false
		}
		n, err := c.tcp.Read(in)
		if err != nil || !c.state.CompareAndSwap(waiting, busy) {
			return nil, false
		}
		leaving := c.front.leaving.Load()
		var left int
		out, left = c.answer(out[:0], string(in[:n]), leaving)
		if len(out) > 0 {
			if _, err := c.tcp.Write(out); err != nil {
				return nil, false
			}
		}
		switch {
		case left > 0:
			return in[n-left : n], true
		case leaving:
			return nil, false
		}
		c.state.Store(waiting)
		wait = c.front.cfg.IdleWait
	}
}

// answer appends the answers to the plain requests that text begins with, and
// says how many bytes are left. The last one tells a client of a program that is
// leaving to go.
func (c *conn) answer(out []byte, text string, leaving bool) (answers []byte, left int) {
	for text != "" {
		q, size, ok := parse(text)
		if !ok {
			break
		}
		q.Peer = c.peer
		location, ok := c.front.cfg.Answer(&q)
		if !ok {
			break
		}
		text = text[size:]
		out = appendAnswer(out, location, time.Now(), leaving && text == "")
	}
	return out, len(text)
}

// appendAnswer appends a redirect as net/http writes it.
func appendAnswer(out []byte, location string, now time.Time, last bool) []byte {
	out = append(out, "HTTP/1.1 302 Found\r\nCache-Control: private, no-store\r\n"...)
	if last {
		out = append(out, "Connection: close\r\n"...)
	}
	out = append(out, "Content-Length: 0\r\nLocation: "...)
	out = append(out, location...)
	out = append(out, "\r\nDate: "...)
	out = now.UTC().AppendFormat(out, http.TimeFormat)
	return append(out, "\r\n\r\n"...)
}

// begunConn is a connection of which something was read already. All else, that
// it can be half closed for one, it has from TCP.
type begunConn struct {
	*net.TCPConn
	rest []byte
}

// Read gives what was read before, then what comes.
func (c *begunConn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.TCPConn.Read(b)
	}
	n := copy(b, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil // not kept for as long as the connection
	}
	return n, nil
}
