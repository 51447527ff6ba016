package main

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// attack is one input on its way to a node.
type attack struct {
	target string // the node
	friend string // the other member of its cluster
	scale  int    // percent of the size of floods
	wait   time.Duration
	open   []net.Conn
	seen   string // what the sender sees; the first thing that is said
}

const dialTimeout = 5 * time.Second

// see keeps what the sender sees, if it is the first.
func (a *attack) see(what string) {
	if a.seen == "" {
		a.seen = what
	}
}

// times returns the size of a flood.
func (a *attack) times(n int) int { return max(1, n*a.scale/100) }

// dial opens a connection that is closed after the attack; nil if it is not to be had.
func (a *attack) dial() net.Conn {
	c, err := net.DialTimeout("tcp", a.target, dialTimeout)
	if err != nil {
		a.see("no connection")
		return nil
	}
	_ = c.SetDeadline(time.Now().Add(a.wait))
	a.open = append(a.open, c)
	return c
}

// write writes as much as is taken.
func write(c net.Conn, b []byte) bool {
	_, err := c.Write(b)
	return err == nil
}

// listen waits for an answer, and keeps what it says: the words of an error frame, say.
func (a *attack) listen(c net.Conn, words func(io.Reader) (string, error)) {
	said, err := words(c)
	switch {
	case err == nil:
		a.see(said)
	case errors.Is(err, os.ErrDeadlineExceeded):
		a.see("no answer")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		a.see("closed")
	default:
		a.see(err.Error())
	}
}

// awaitClose waits until the node closes a connection, or the patience is over. What it
// says before does not count.
func (a *attack) awaitClose(c net.Conn) {
	began := time.Now()
	_, err := io.Copy(io.Discard, c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		a.see("still open after " + time.Since(began).Round(time.Second).String())
		return
	}
	a.see("closed in time")
}

// close ends all connections.
func (a *attack) close() {
	for _, c := range a.open {
		_ = c.Close()
	}
}
