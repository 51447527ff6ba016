package tchan

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/uber/tchannel-go"
)

// dialTimeout bounds making a connection, the handshake included. Callers
// mostly give up before.
const dialTimeout = 10 * time.Second

var errLostConnection = errors.New("connection was lost right after it was made")

// A dial is a connection being made. All calls to the same address wait for the
// same one; when none waits any more, it is given up.
type dial struct {
	waiting int // guarded by Transport.mu
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // valid once done is closed
}

// connectedPeer returns the library's peer for address, with a connection.
//
// The library would connect by itself, but it creates the peer first and keeps
// it for ever when that fails. A peer that comes from a connection goes with
// its last connection.
func (t *Transport) connectedPeer(ctx context.Context, address string) (*tchannel.Peer, error) {
	if peer := t.peer(address); peer != nil {
		return peer, nil
	}
	if err := t.connect(ctx, address); err != nil {
		return nil, err
	}
	if peer := t.peer(address); peer != nil {
		return peer, nil
	}
	return nil, errLostConnection
}

func (t *Transport) peer(address string) *tchannel.Peer {
	peer, ok := t.ch.RootPeers().Get(address)
	if !ok {
		return nil
	}
	if in, out := peer.NumConnections(); in+out == 0 {
		return nil
	}
	return peer
}

// connect makes a connection to address, together with all who want one now.
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
		return ctx.Err()
	}
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
	if t.peer(address) != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(t.ctx, t.dialTimeout)
	d := &dial{waiting: 1, cancel: cancel, done: make(chan struct{})}
	t.dials[address] = d
	t.running.Go(func() {
		defer cancel()
		_, d.err = t.ch.Connect(ctx, address) // adds the peer when it succeeds
		close(d.done)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.forgetDial(address, d)
	})
	return d, nil
}

func (t *Transport) leaveDial(address string, d *dial) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d.waiting--
	if d.waiting == 0 {
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

// dialConn opens a guarded connection for the library. The library's handshake
// heeds the deadline of ctx but not its cancellation, so until the peer has
// introduced itself, the end of ctx closes the connection.
func (t *Transport) dialConn(ctx context.Context, network, address string) (net.Conn, error) {
	if err := t.awaitRoom(ctx); err != nil {
		return nil, err
	}
	raw, err := t.secure.client(ctx, address, func() (net.Conn, error) {
		raw, err := t.dialRaw(ctx, network, address)
		if err == nil {
			setUserTimeout(raw, t.opts.FrameTimeout)
		}
		return raw, err
	})
	if err != nil {
		t.conns.release()
		return nil, err
	}
	c := t.guard(raw, dialled)
	c.dialledTo = address
	c.stopWatching = context.AfterFunc(ctx, func() { c.Close() })
	if !t.conns.take(c) {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	return c, nil
}
