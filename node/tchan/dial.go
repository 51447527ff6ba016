package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/node/transport"
)

// dialTimeout bounds making a connection, the handshake included. Callers
// mostly give up before.
const dialTimeout = 10 * time.Second

var errLostConnection = errors.New("connection was lost right after it was made")

// A dial is a connection being made. All calls to the same address wait for the
// same one; when none waits any more, it is given up, unless the peer has answered: what is
// left then takes a moment on a machine that is not busy, and on one that is the next call
// would begin it anew.
type dial struct {
	waiting int         // guarded by Transport.mu
	reached bool        // the peer has accepted; guarded by Transport.mu
	noRoom  atomic.Bool // it waits for a place or a descriptor
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // valid once done is closed
}

// connected returns a connection to address, and makes one if there is none.
func (t *Transport) connected(ctx context.Context, address string) (*conn, error) {
	if c := t.peers.get(address); c != nil {
		return c, nil
	}
	if err := t.connect(ctx, address); err != nil {
		return nil, err
	}
	if c := t.peers.get(address); c != nil {
		return c, nil
	}
	return nil, errLostConnection
}

// connect makes a connection to address, shared with all other callers that want one now.
func (t *Transport) connect(ctx context.Context, address string) error {
	d, err := t.joinDial(address)
	if d == nil {
		return err
	}
	defer t.leaveDial(address, d)
	select {
	case <-d.done:
		return d.err
	case <-ctx.Done():
		return d.explained(ctx.Err())
	}
}

// explained is the error of a dial, or of a call that does not wait for it any more. It says so
// if the dial has found no room.
func (d *dial) explained(err error) error {
	if d.noRoom.Load() {
		return fmt.Errorf("%w: %w", transport.ErrNoRoom, err)
	}
	return err
}

// joinDial returns the dial to address, and begins it if there is none. It returns
// nil and no error when a dial has succeeded since the caller looked for a connection.
func (t *Transport) joinDial(address string) (*dial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, net.ErrClosed
	}
	if d := t.dials[address]; d != nil {
		d.waiting++
		return d, nil
	}
	if t.peers.get(address) != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(t.ctx, t.dialTimeout)
	d := &dial{waiting: 1, cancel: cancel, done: make(chan struct{})}
	t.dials[address] = d
	t.running.Go(func() {
		defer cancel()
		d.err = t.dial(ctx, address, d)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.forgetDial(address, d) // before its end is known: the connection may be gone soon
		close(d.done)
	})
	return d, nil
}

func (t *Transport) leaveDial(address string, d *dial) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d.waiting--
	if d.waiting == 0 && !d.reached {
		t.forgetDial(address, d)
		d.cancel()
	}
}

// forgetDial makes the next call start a new dial. The caller holds t.mu.
func (t *Transport) forgetDial(address string, d *dial) {
	if t.dials[address] == d {
		delete(t.dials, address)
	}
}

// dial makes a connection. It is there for calls when the peer has introduced itself.
func (t *Transport) dial(ctx context.Context, address string, d *dial) error {
	if err := t.awaitRoom(ctx, d); err != nil {
		return d.explained(err)
	}
	raw, err := t.secure.client(ctx, address, func() (net.Conn, error) {
		raw, err := t.dialRaw(ctx, d, "tcp", address)
		if err == nil {
			setUserTimeout(raw, t.opts.AckTimeout)
		}
		return raw, err
	})
	if err != nil {
		t.conns.release()
		return d.explained(err)
	}
	c := t.newConn(raw, dialled)
	c.dialledTo = address
	if !t.conns.take(c) {
		c.close(net.ErrClosed)
		return net.ErrClosed
	}
	t.mu.Lock()
	d.reached = true
	t.mu.Unlock()
	c.post(t.hello(kindInitReq, 1))
	c.run()
	select {
	case <-c.until(&c.ready):
	case <-ctx.Done():
		c.close(net.ErrClosed)
		return ctx.Err()
	}
	if c.introduced.Load() {
		return nil
	}
	return c.isClosed()
}
