package tchan

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
)

// poller reads the frames of all connections of a transport in one goroutine. A
// goroutine for each connection, as is usual in Go, costs some 4 KB with its stack and a
// buffer to wait with, for connections that mostly wait: a hundred nodes in one process
// have 10,000 of them.
//
// It has an epoll(7) of its own, level-triggered, for which it waits by the runtime's.
// All operations on a connection still go through package net, which keeps a descriptor
// from being used after it was closed.
type poller struct {
	file *os.File // the epoll
	raw  syscall.RawConn

	mu    sync.Mutex
	conns map[int32]*conn // by the number that events have
	last  int32

	// Of the goroutine.
	events [64]syscall.EpollEvent
	buffer [readAhead]byte
	into   []byte
	n      int
	err    error
	read   func(fd uintptr) bool
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(os.NewSyscallError("fcntl", err), syscall.Close(fd))
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), conns: make(map[int32]*conn)}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	p.read = p.readOnce
	return p, nil
}

// poll lets the poller read the frames of a connection. It reports false where that
// is not possible.
func (t *Transport) poll(c *conn) bool {
	if c.raw == nil {
		return false
	}
	p := t.startPoller()
	if p == nil {
		return false
	}
	if err := p.add(c); err != nil {
		c.close(lost(err))
	}
	return true
}

// startPoller returns the poller, and starts it if there is none. It returns nil when
// there cannot be one.
func (t *Transport) startPoller() *poller {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.poller.Load(); p != nil || t.closed {
		return p
	}
	p, err := newPoller()
	if err != nil {
		t.log.warn("connections need goroutines of their own", "error", err)
		return nil
	}
	t.poller.Store(p)
	t.running.Go(p.run)
	return p
}

// unpoll forgets a connection that is about to be closed. Its descriptor leaves the
// epoll when it is closed.
func (t *Transport) unpoll(c *conn) {
	if p := t.poller.Load(); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c.polled)
	}
}

func (p *poller) add(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.isClosed() != nil {
		return nil
	}
	for p.last++; p.last <= 0 || p.conns[p.last] != nil; p.last++ {
		p.last = max(p.last, 0)
	}
	c.polled = p.last
	p.conns[c.polled] = c
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: c.polled}
	var err, epollErr error
	socketErr := c.raw.Control(func(socket uintptr) {
		epollErr = p.raw.Control(func(epoll uintptr) {
			err = syscall.EpollCtl(int(epoll), syscall.EPOLL_CTL_ADD, int(socket), &event)
		})
	})
	return errors.Join(socketErr, epollErr, os.NewSyscallError("epoll_ctl", err))
}

// run takes frames in until the poller is closed.
func (p *poller) run() {
	_ = p.raw.Read(func(epoll uintptr) (done bool) {
		for {
			n, err := syscall.EpollWait(int(epoll), p.events[:], 0)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return false // wait
			}
			for i := range n {
				p.serve(p.events[i].Fd)
			}
		}
	})
}

// serve reads once from a connection that has something to read, and takes that in.
func (p *poller) serve(number int32) {
	p.mu.Lock()
	c := p.conns[number]
	p.mu.Unlock()
	if c == nil {
		return // it has just been closed
	}
	p.into, p.n, p.err = c.room(p.buffer[:]), 0, nil
	if err := c.raw.Read(p.read); err != nil {
		p.err = err
	}
	switch {
	case p.n > 0:
		c.take(p.into[:p.n])
	case p.err != syscall.EAGAIN:
		c.close(lost(p.err))
	}
}

// readOnce reads into p.into.
func (p *poller) readOnce(fd uintptr) (done bool) {
	for {
		n, err := syscall.Read(int(fd), p.into)
		switch {
		case err == syscall.EINTR:
			continue
		case err == nil && n == 0:
			err = io.EOF
		}
		p.n, p.err = max(n, 0), err
		return true
	}
}

func (p *poller) close() { _ = p.file.Close() }
