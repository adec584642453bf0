package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// paced is what a load at a fixed rate met. A latency counts from the moment
// at which the request was due, so that a server that stalls can't hide it.
type paced struct {
	sent      int
	failed    int
	took      time.Duration
	latencies []time.Duration // sorted
}

func (p paced) rate() float64 { return float64(p.sent) / p.took.Seconds() }

func (p paced) quantile(q float64) time.Duration { return quantile(p.latencies, q) }

// pacer is the loader: one thread and epoll serve all connections, which is
// about as cheap as wrk, which can't hold a rate.
type pacer struct {
	epoll    int
	sockets  []int
	due      []time.Time // of the request that is under way, by connection
	idle     []int       // connections without one
	requests [][]byte
	buf      []byte
	result   paced
}

// pace sends so many requests a second for so long, over connections that stay
// open. Requests that are due while all connections wait are sent late.
func pace(ctx context.Context, port uint16, path func(n int) string, o options, rate float64, length time.Duration) (paced, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := &pacer{requests: someRequests(path, o.codes), buf: make([]byte, 4096)}
	defer p.close()
	if err := p.open(port); err != nil {
		return paced{}, err
	}
	p.result.latencies = make([]time.Duration, 0, int(rate*length.Seconds())+connections)
	interval := time.Duration(float64(time.Second) / rate)
	begin := time.Now()
	due, end := begin, begin.Add(length)
	for now := begin; now.Before(end) || len(p.idle) < connections; now = time.Now() {
		for len(p.idle) > 0 && !due.After(now) && now.Before(end) {
			if err := p.send(due); err != nil {
				return p.result, err
			}
			due = due.Add(interval)
		}
		if ctx.Err() != nil || now.After(end.Add(5*time.Second)) {
			return p.result, errors.Join(ctx.Err(), errors.New("answers are missing"))
		}
		wait := time.Millisecond
		if len(p.idle) > 0 {
			wait = min(max(due.Sub(now), 0), wait)
		}
		if err := p.receive(wait); err != nil {
			return p.result, err
		}
	}
	p.result.took = time.Since(begin)
	slices.Sort(p.result.latencies)
	return p.result, nil
}

func (p *pacer) open(port uint16) (err error) {
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	p.due = make([]time.Time, connections)
	for i := range connections {
		socket, err := dial(port)
		if err != nil {
			return err
		}
		p.sockets = append(p.sockets, socket)
		if err := unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
		p.idle = append(p.idle, i)
	}
	return nil
}

func (p *pacer) close() {
	for _, socket := range p.sockets {
		_ = unix.Close(socket)
	}
	_ = unix.Close(p.epoll)
}

// send sends a request that was due at a moment on an idle connection.
func (p *pacer) send(due time.Time) error {
	i := p.idle[0] // the one that rested longest: none is closed for its silence
	p.idle = append(p.idle[:0], p.idle[1:]...)
	p.due[i] = due
	if _, err := unix.Write(p.sockets[i], p.requests[p.result.sent%len(p.requests)]); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	p.result.sent++
	return nil
}

// receive takes in the answers that come before wait is over.
func (p *pacer) receive(wait time.Duration) error {
	// Not EpollWait's own time-out: a millisecond is too coarse here.
	limit := unix.NsecToTimespec(int64(wait))
	if n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(p.epoll), Events: unix.POLLIN}}, &limit, nil); n == 0 || errors.Is(err, unix.EINTR) {
		return nil
	}
	var events [connections]unix.EpollEvent
	n, err := unix.EpollWait(p.epoll, events[:], 0)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("epoll: %w", err)
	}
	now := time.Now()
	for _, event := range events[:max(n, 0)] {
		size, err := unix.Read(p.sockets[event.Fd], p.buf)
		if err != nil || size == 0 {
			return fmt.Errorf("receive %d bytes: %w", size, err)
		}
		if answer := p.buf[:size]; !bytes.HasPrefix(answer, []byte("HTTP/1.1 302 ")) || !bytes.HasSuffix(answer, []byte("\r\n\r\n")) {
			p.result.failed++
		}
		p.result.latencies = append(p.result.latencies, now.Sub(p.due[event.Fd]))
		p.idle = append(p.idle, int(event.Fd))
	}
	return nil
}

func dial(port uint16) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("socket: %w", err)
	}
	if err := errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.Connect(fd, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}),
	); err != nil {
		_ = unix.Close(fd)
		return 0, fmt.Errorf("connect: %w", err)
	}
	return fd, nil
}

// someRequests are for random short URLs of dynamic demo codes, as wrk's
// script makes them.
func someRequests(path func(n int) string, codes int) [][]byte {
	list := make([][]byte, 20_000)
	for i := range list {
		n := 1 + rand.IntN(codes)
		if n%20 == 0 {
			n--
		}
		list[i] = []byte("GET " + path(n) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + phoneHeaders + "\r\n")
	}
	return list
}
