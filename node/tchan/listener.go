package tchan

import (
	"errors"
	"net"
	"time"
)

const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// acceptAll accepts connections until the listener is closed. It waits out failures such
// as "too many open files", for which it gives up an idle connection.
func (t *Transport) acceptAll(l net.Listener) {
	pause := minAcceptPause
	for {
		raw, err := l.Accept()
		switch {
		case err == nil:
			t.accept(raw)
			pause = minAcceptPause
		case errors.Is(err, net.ErrClosed):
			return
		default:
			if outOfDescriptors(err) && t.giveUpOne(t.ctx) {
				continue
			}
			t.log.warn("cannot accept connections", "error", err)
			select {
			case <-time.After(pause):
			case <-t.ctx.Done():
				return
			}
			pause = min(2*pause, maxAcceptPause)
		}
	}
}

// accept takes a connection from outside, or closes it when it is not allowed or there is
// no place for it.
func (t *Transport) accept(raw net.Conn) {
	if !t.opts.allowed(raw) {
		t.log.warn("connection refused: it comes from a network that is not allowed", "peer", raw.RemoteAddr())
		raw.Close()
		return
	}
	setUserTimeout(raw, t.opts.AckTimeout)
	c := t.newConn(t.secure.server(raw), accepted)
	if !t.admit(c) {
		t.log.warn("connection refused: too many are open and none is idle", "peer", c.from)
		c.close(net.ErrClosed)
		return
	}
	c.run()
}
