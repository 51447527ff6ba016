package tchan

import (
	"errors"
	"net"
	"time"
)

// listener hands guarded connections to the library. It never fails before it
// is closed, because the library takes a failed Accept for the end.
type listener struct {
	net.Listener
	t          *Transport
	advertised net.Addr // nil: the address that it listens on
}

// Addr returns what the library tells peers.
func (l *listener) Addr() net.Addr {
	if l.advertised != nil {
		return l.advertised
	}
	return l.Listener.Addr()
}

const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// Accept waits out failures such as "too many open files", for which it gives up an
// idle connection.
func (l *listener) Accept() (net.Conn, error) {
	pause := minAcceptPause
	for {
		raw, err := l.Listener.Accept()
		switch {
		case err == nil:
			if c := l.t.accept(raw); c != nil {
				return c, nil
			}
		case errors.Is(err, net.ErrClosed):
			return nil, err
		default:
			if outOfDescriptors(err) && l.t.giveUpOne(l.t.ctx) {
				continue
			}
			l.t.log.warn("cannot accept connections", "error", err)
			select {
			case <-time.After(pause):
			case <-l.t.ctx.Done():
				return nil, net.ErrClosed
			}
			pause = min(2*pause, maxAcceptPause)
		}
	}
}

// accept guards a connection from outside, or closes it and returns nil when
// there is no place for it.
func (t *Transport) accept(raw net.Conn) net.Conn {
	if !t.opts.allowed(raw) {
		t.log.warn("connection refused: it comes from a network that is not allowed", "peer", raw.RemoteAddr())
		raw.Close()
		return nil
	}
	setUserTimeout(raw, t.opts.FrameTimeout)
	c := t.guard(t.secure.server(raw), accepted)
	if !t.admit(c) {
		t.log.warn("connection refused: too many are open and none is idle", "peer", raw.RemoteAddr())
		c.Close()
		return nil
	}
	return c
}
