package tchan

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"unsafe"
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
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: c.polled}
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
		for p.serveAll(int(epoll)) {
		}
		return false // wait
	})
}

// serveAll serves the connections that have something to read. It reports whether there
// may be more to read already. If not there is none to be asked for: what comes now wakes
// the poller up, since the runtime learns of each event of the epoll.
func (p *poller) serveAll(epoll int) (more bool) {
	n, err := epollNow(epoll, p.events[:])
	if err != nil {
		return err == syscall.EINTR
	}
	more = n == len(p.events)
	for i := range n {
		e := &p.events[i]
		full := p.serve(e.Fd)
		// A peer that has closed its end will not wake the poller up once more.
		more = more || full || e.Events&^syscall.EPOLLIN != 0
	}
	return more
}

// serve reads once from a connection that has something to read, and takes that in. It
// reports whether that has filled the buffer.
func (p *poller) serve(number int32) (full bool) {
	p.mu.Lock()
	c := p.conns[number]
	p.mu.Unlock()
	if c == nil || c.isClosed() != nil {
		return false // what it still has to read would be taken for the beginning of a frame
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
	return p.n == len(p.into)
}

// readOnce reads into p.into.
func (p *poller) readOnce(fd uintptr) (done bool) {
	for {
		n, err := readNow(int(fd), p.into)
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

// epollNow is epoll_wait(2) without waiting. The scheduler need not be told of it either.
func epollNow(fd int, events []syscall.EpollEvent) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
