package tchan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// How a connection ends.

// retire lets no more calls begin, and closes the connection when none is under way.
func (c *conn) retire() {
	c.mu.Lock()
	c.retired = true
	c.mu.Unlock()
	c.closeIfRetired()
}

func (c *conn) closeIfRetired() {
	c.mu.Lock()
	now := c.retired && c.calls == 0 && c.inFlight == 0
	c.mu.Unlock()
	if now {
		c.close(net.ErrClosed)
	}
}

// close ends the connection: calls under way fail with the cause. Closing again does
// nothing.
func (c *conn) close(cause error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed, c.cause = true, cause
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()

	c.t.conns.remove(c)
	c.t.peers.remove(c)
	c.t.unpoll(c)
	_ = c.net.Close()
	c.out.abandon()
	c.t.pending.fail(c, cause)
	c.dropArriving()
	c.wake(&c.ready)
	c.wake(&c.gone)
	if !errors.Is(cause, net.ErrClosed) {
		c.t.opts.Logger.Debug("connection closed", "peer", c.from, "because", cause)
	}
}

// isClosed returns why the connection was closed, or nil.
func (c *conn) isClosed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.cause
	}
	return nil
}

// await closes the connection at that time unless it is called again before. The zero
// time awaits nothing.
func (c *conn) await(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || deadline.Equal(c.deadline) {
		return
	}
	c.deadline = deadline
	switch {
	case deadline.IsZero():
		c.timer.Stop()
	case c.timer == nil:
		c.timer = time.AfterFunc(time.Until(deadline), c.late)
	default:
		c.timer.Reset(time.Until(deadline))
	}
}

// late closes the connection if what is awaited has not come.
func (c *conn) late() {
	c.mu.Lock()
	late := !c.deadline.IsZero() && !time.Now().Before(c.deadline)
	c.mu.Unlock()
	if late {
		c.close(errSlow)
	}
}

// lost is the cause of a connection that ended by an error of the network, or by the
// peer.
func lost(err error) error {
	switch {
	case err == io.EOF:
		return fmt.Errorf("the peer closed the connection: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	}
	return fmt.Errorf("connection lost: %w", err)
}

// errSlow is the cause of a connection whose peer takes too long over what it sends or
// reads. For a call that is the same as no answer in time.
var errSlow = fmt.Errorf("the peer is too slow: %w", context.DeadlineExceeded)
