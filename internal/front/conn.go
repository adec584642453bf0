package front

import (
	"io"
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
	since time.Time
	state atomic.Int32
}

// The states.
const (
	fresh   = iota // waits for its first request
	waiting        // for a further one
	busy           // with one
	ended          // by Shutdown, unless a request had come already
	given          // to net/http
)

// endIdle ends a connection that waits for a request; again, in case it set a
// deadline of its own meanwhile. The caller has the front's lock.
func (c *conn) endIdle() {
	if c.state.CompareAndSwap(waiting, ended) || c.state.Load() == ended ||
		time.Since(c.since) > greeting && c.state.CompareAndSwap(fresh, ended) {
		_ = c.tcp.SetReadDeadline(time.Unix(1, 0)) // then it has ended by itself
	}
}

// cutOff ends a connection whatever it is doing.
func (c *conn) cutOff() {
	if c.state.Load() != given {
		_ = c.tcp.Close()
	}
}

// serve answers requests for as long as they are plain.
func (c *conn) serve() {
	defer func() {
		// As in net/http, one request must not end the program.
		if reason := recover(); reason != nil {
			c.front.cfg.Log.Error("a request failed", "panic", reason, "stack", string(debug.Stack()))
			c.end()
		}
	}()
	rest, going := c.answerAll()
	if going && c.release() && c.front.give(handed{conn: &begunConn{c.tcp, rest}, from: c}) {
		return
	}
	c.end()
}

// release frees a connection of the front's deadlines, also of a stop that is
// setting one just now.
func (c *conn) release() bool {
	c.front.mu.Lock()
	defer c.front.mu.Unlock()
	c.state.Store(given)
	return c.tcp.SetDeadline(time.Time{}) == nil
}

func (c *conn) end() {
	_ = c.tcp.Close()
	c.front.leave(c)
}

// answerAll answers requests until one is not plain: then it is going on, with
// what was read of that one.
func (c *conn) answerAll() (rest []byte, going bool) {
	in, out := make([]byte, bufferSize), make([]byte, 0, bufferSize/8)
	wait := c.front.cfg.FirstWait
	for {
		if c.tcp.SetReadDeadline(time.Now().Add(wait)) != nil {
			return nil, false
		}
		n, err := c.tcp.Read(in)
		if err != nil {
			return nil, false
		}
		c.state.Store(busy) // also where it had just been ended: it has come
		leaving := c.front.leaving.Load()
		text := string(in[:n])
		for going := true; going; {
			out, text, going = c.answer(out[:0], text, leaving)
			if len(out) > 0 && !c.write(out) {
				return nil, false
			}
		}
		switch {
		case text != "":
			return in[n-len(text) : n], true
		case leaving:
			return nil, false
		}
		c.state.Store(waiting)
		wait = c.front.cfg.IdleWait
	}
}

func (c *conn) write(answers []byte) bool {
	if c.tcp.SetWriteDeadline(time.Now().Add(c.front.cfg.WriteWait)) != nil {
		return false
	}
	_, err := c.tcp.Write(answers)
	return err == nil
}

// answer appends the answers to the plain requests that text begins with, and
// gives what is left of it. It goes on where it stopped only because it had
// enough to send. The last answer tells a client of a program that is leaving to
// go.
func (c *conn) answer(out []byte, text string, leaving bool) (answers []byte, left string, going bool) {
	for text != "" {
		if len(out) > bufferSize {
			return out, text, true
		}
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
	return out, text, false
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

// WriteTo sends what was read before, then what comes, to w: TCP's own would
// know only of the latter.
func (c *begunConn) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}
