package front_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"qrgen/internal/front"
)

const target = "https://www.example.edu/a?b=c#d"

// office is a server behind a front. Short URLs whose ID ends in 0 are not the
// front's.
type office struct {
	front *front.Front
	addr  string
	quick atomic.Int64  // answered by the front
	slow  atomic.Int64  // by net/http
	met   chan struct{} // a request that waits has come
	gate  chan struct{} // it waits for this
	done  chan error
}

func (o *office) answer(q *front.Request) (string, bool) {
	switch {
	case strings.HasSuffix(q.Path, "0"):
		return "", false
	case strings.HasSuffix(q.Path, "panic"):
		panic("asked for")
	case strings.HasSuffix(q.Path, "wait"):
		o.met <- struct{}{}
		<-o.gate
	}
	o.quick.Add(1)
	return target, true
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.slow.Add(1)
	if body, err := io.ReadAll(r.Body); err != nil || len(body) > 0 {
		fmt.Fprintf(w, "%s %v", body, err)
		return
	}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Length", "0")
	w.Header().Set("Location", target)
	if r.URL.Query().Has("last") {
		w.Header().Set("Connection", "close")
	}
	w.WriteHeader(http.StatusFound)
}

func open(t *testing.T, change ...func(*front.Config)) *office {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{addr: listener.Addr().String(), met: make(chan struct{}, 1), gate: make(chan struct{}), done: make(chan error, 1)}
	cfg := front.Config{Answer: o.answer, FirstWait: 5 * time.Second, IdleWait: 5 * time.Second, WriteWait: 5 * time.Second, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	o.front = front.New(listener, cfg)
	server := &http.Server{Handler: o, ReadHeaderTimeout: 5 * time.Second}
	go func() { o.done <- server.Serve(o.front) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := o.front.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-o.done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve ended with %v", err)
		}
		_ = server.Close()
	})
	return o
}

// line is a client's connection.
type line struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (o *office) dial(t *testing.T) *line {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", o.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &line{c, t, bufio.NewReader(c)}
}

func (l *line) say(text string) {
	l.t.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		l.t.Fatal(err)
	}
}

// hear reads one answer and gives it with its date taken out.
func (l *line) hear() string {
	l.t.Helper()
	var raw bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(oneByOne{l.r}, &raw)), nil)
	if err != nil {
		l.t.Fatalf("after %q: %v", raw.String(), err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		l.t.Fatal(err)
	}
	_ = response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err != nil || time.Since(date).Abs() > time.Minute {
		l.t.Errorf("Date %s, %v", date, err)
	}
	return regexp.MustCompile(`Date: [^\r]*`).ReplaceAllString(raw.String(), "Date")
}

// oneByOne keeps a buffer from reading ahead.
type oneByOne struct{ io.Reader }

func (o oneByOne) Read(b []byte) (int, error) { return o.Reader.Read(b[:1]) }

// ended checks that nothing more comes.
func (l *line) ended() {
	l.t.Helper()
	if b, err := l.r.ReadByte(); err == nil {
		l.t.Errorf("there is more: %q", b)
	} else if !errors.Is(err, io.EOF) {
		l.t.Errorf("the connection did not end but: %v", err)
	}
}

func get(path string, lines ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n"
}

// A client can't tell who answers.
func TestAnswersAsNetHTTP(t *testing.T) {
	t.Parallel()
	o := open(t)
	l := o.dial(t)
	l.say(get("/r/a"))
	quick := l.hear()
	l.say(get("/r/0"))
	slow := l.hear()
	if quick != slow || o.quick.Load() != 1 || o.slow.Load() != 1 {
		t.Errorf("the front answers %q, net/http %q", quick, slow)
	}
	if err := o.front.Close(); err != nil {
		t.Fatal(err)
	}
	l.say(get("/r/0?last"))
	if got := l.hear(); got != strings.Replace(quick, "Content-Length", "Connection: close\r\nContent-Length", 1) {
		t.Errorf("net/http's last answer is %q", got)
	}
	l.ended()
}

// Whatever comes, and however it is cut up: it is answered in its order.
func TestHandsOver(t *testing.T) {
	t.Parallel()
	post := "POST /r/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
	long := get("/r/a", "X-Long: "+strings.Repeat("x", 6000))
	for name, test := range map[string]struct {
		says        []string
		quick, slow int64
	}{
		"plain":                      {[]string{get("/r/a"), get("/R/B"), get("/r/c")}, 3, 0},
		"plain, at once":             {[]string{get("/r/a") + get("/R/B") + get("/r/c")}, 3, 0},
		"odd in between":             {[]string{get("/r/a"), get("/codes"), get("/r/c")}, 1, 2},
		"odd in between, at once":    {[]string{get("/r/a") + get("/r/0") + get("/r/c")}, 1, 2},
		"a body":                     {[]string{get("/r/a") + post + get("/r/c")}, 1, 2},
		"in two pieces":              {[]string{get("/r/a")[:7], get("/r/a")[7:]}, 0, 1},
		"cut behind a plain one":     {[]string{get("/r/a") + get("/r/b")[:20], get("/r/b")[20:]}, 1, 1},
		"longer than what is read":   {[]string{long, get("/r/a")}, 0, 2},
		"longer, behind a plain one": {[]string{get("/r/a") + long}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			l := o.dial(t)
			for i, text := range test.says {
				if i > 0 {
					time.Sleep(20 * time.Millisecond) //nolint:forbidigo // a packet of its own
				}
				l.say(text)
			}
			for range test.quick + test.slow {
				l.hear()
			}
			if o.quick.Load() != test.quick || o.slow.Load() != test.slow {
				t.Errorf("the front answered %d, net/http %d; want %d and %d", o.quick.Load(), o.slow.Load(), test.quick, test.slow)
			}
		})
	}
}

// said is a log.
type said chan string

func (s said) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}

// One request that fails is the only one.
func TestPanic(t *testing.T) {
	t.Parallel()
	log := make(said, 1)
	o := open(t, func(c *front.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	l := o.dial(t)
	l.say(get("/r/panic"))
	if got := <-log; !strings.Contains(got, "asked for") {
		t.Errorf("the log says %q", got)
	}
	l.ended()
	l = o.dial(t)
	l.say(get("/r/a"))
	l.hear()
}

func TestSilence(t *testing.T) {
	t.Parallel()
	o := open(t, func(c *front.Config) { c.FirstWait, c.IdleWait = 20*time.Millisecond, time.Minute })
	o.dial(t).ended() // or its own deadline of ten seconds passes
	o = open(t, func(c *front.Config) { c.FirstWait, c.IdleWait = time.Minute, 20*time.Millisecond })
	l := o.dial(t)
	l.say(get("/r/a"))
	l.hear()
	l.ended()
}

// Answers are sent on the way: what many requests at once are answered with
// does not pile up.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	l := o.dial(t)
	const many = 100
	l.say(strings.Repeat("GET /r/a HTTP/1.1\r\nHost:a\r\n\r\n", many) + get("/r/0"))
	for range many + 1 {
		l.hear()
	}
	if o.quick.Load() != many || o.slow.Load() != 1 {
		t.Errorf("the front answered %d, net/http %d", o.quick.Load(), o.slow.Load())
	}
}
