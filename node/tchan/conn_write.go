package tchan

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// maxQueue is how many bytes may wait for a peer to read them before callers and
	// handlers wait, too.
	maxQueue = 256 << 10
	// maxPosted is the same for frames whose sender cannot wait: answers to pings,
	// and refusals. A peer that does not read them loses the connection.
	maxPosted = 1 << 20
	// lastWordTimeout bounds telling a peer why its connection is closed.
	lastWordTimeout = 100 * time.Millisecond
)

var errUnread = errors.New("the peer does not read what is sent to it")

// outbox holds what waits to be sent over a connection. It is mostly empty: a frame goes
// straight to the socket, without waiting. A goroutine writes what the socket does not
// take, and exists only while there is something to write.
type outbox struct {
	mu     sync.Mutex
	queue  []byte
	writes bool          // a goroutine is writing
	closed bool          // what is sent goes nowhere
	room   chan struct{} // closed when there is room again; nil without waiters
}

// send sends a frame. It waits while too much is waiting to be sent already, until ctx
// ends. It does not keep the frame.
func (c *conn) send(ctx context.Context, frame []byte) error {
	c.out.mu.Lock()
	for len(c.out.queue) > maxQueue && !c.out.closed {
		room := c.out.awaitRoom()
		c.out.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		c.out.mu.Lock()
	}
	return c.sendLocked(frame)
}

// post sends a frame without waiting. When it fails the connection is closed.
func (c *conn) post(frame []byte) error {
	c.out.mu.Lock()
	if len(c.out.queue) > maxPosted {
		c.out.mu.Unlock()
		c.close(errUnread)
		return errUnread
	}
	return c.sendLocked(frame)
}

// backlog reports whether something waits to be sent.
func (c *conn) backlog() bool {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.writes
}

// sendLocked sends a frame and unlocks the outbox.
func (c *conn) sendLocked(frame []byte) error {
	o := &c.out
	if o.closed {
		o.mu.Unlock()
		return errNotSent
	}
	if !o.writes {
		n, err := c.tryWrite(frame)
		if err != nil {
			o.mu.Unlock()
			c.close(lost(err))
			return lost(err)
		}
		if frame = frame[n:]; len(frame) == 0 {
			o.mu.Unlock()
			return nil
		}
	}
	o.queue = append(o.queue, frame...)
	begin := !o.writes
	o.writes = true
	o.mu.Unlock()
	if begin {
		c.t.spawn(c.flush)
	}
	return nil
}

// flush writes what waits until nothing does.
func (c *conn) flush() {
	o := &c.out
	for {
		o.mu.Lock()
		if len(o.queue) == 0 || o.closed {
			o.queue, o.writes = nil, false
			_ = c.net.SetWriteDeadline(time.Time{})
			o.mu.Unlock()
			return
		}
		chunk := o.queue
		o.queue = nil
		o.mu.Unlock()
		if err := c.writeAll(chunk); err != nil {
			c.close(lost(err))
			return
		}
		o.mu.Lock()
		o.wake()
		o.mu.Unlock()
	}
}

// writeAll writes in pieces of a frame's size at most, each of which the peer must read
// within FrameTimeout.
func (c *conn) writeAll(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), maxFrame)
		if err := c.net.SetWriteDeadline(time.Now().Add(c.t.opts.FrameTimeout)); err != nil {
			return err
		}
		if _, err := c.net.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// lastWord sends the peer a last frame before the connection is closed, if that does not
// take long.
func (c *conn) lastWord(frame []byte) {
	if c.raw == nil {
		_ = c.net.SetWriteDeadline(time.Now().Add(lastWordTimeout))
		_, _ = c.net.Write(frame)
		return
	}
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.writes && !c.out.closed {
		_, _ = c.tryWrite(frame)
	}
}

// awaitRoom returns a channel that is closed when there is room. The caller holds o.mu.
func (o *outbox) awaitRoom() <-chan struct{} {
	if o.room == nil {
		o.room = make(chan struct{})
	}
	return o.room
}

func (o *outbox) wake() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// abandon drops what waits: the connection is closed.
func (o *outbox) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.queue = true, nil
	o.wake()
}
