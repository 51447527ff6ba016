package tchan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// defaultCallTimeout is for contexts without a deadline: each TChannel call
	// has a time limit.
	defaultCallTimeout = 30 * time.Second
	// maxCallTimeout is the longest time to live that is sent and accepted.
	maxCallTimeout = 10 * time.Minute

	// maxMessage is the longest error text in bytes that is taken from a peer.
	maxMessage = 1024
)

// RemoteError is the error that a peer's handler answered a call with; at most 1 KB of
// its text.
type RemoteError = wire.RemoteError

// Call sends body to the endpoint of the peer at address (host:port) and
// returns the body of the answer. It makes one attempt: it opens a connection
// when there is none to that peer, but never sends a request twice.
//
// The deadline of ctx is sent along and tells the peer when to stop working;
// without one it is 30 s, and it is at most 10 min. Call returns when ctx ends,
// whatever the network does.
//
// The error is a *[RemoteError] when the peer's handler refused the call. It
// wraps context.DeadlineExceeded or context.Canceled when the time was up,
// [transport.ErrNoRoom] when no connection could be made meanwhile, and [net.ErrClosed]
// when the transport was closed.
func (t *Transport) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	ctx, cancel := callContext(ctx)
	defer cancel()
	answer, err := t.call(ctx, address, endpoint, body)
	if err != nil {
		return nil, failedCall(endpoint, address, t.cause(ctx, err))
	}
	return answer, nil
}

func failedCall(endpoint, address string, err error) error {
	return fmt.Errorf("call %s of %s: %w", endpoint, address, err)
}

func callContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, defaultCallTimeout)
	}
	if time.Until(deadline) > maxCallTimeout {
		return context.WithTimeout(ctx, maxCallTimeout)
	}
	return ctx, func() {}
}

func (t *Transport) call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	if len(body) > t.opts.MaxBody {
		return nil, fmt.Errorf("body of %d bytes, at most %d are allowed", len(body), t.opts.MaxBody)
	}
	if len(endpoint) > maxEndpoint {
		return nil, fmt.Errorf("endpoint of %d bytes, at most %d are allowed", len(endpoint), maxEndpoint)
	}
	t.callees.begin(address, t.peers.hangUp)
	defer t.callees.end(address)
	var err error
	for range maxBegins {
		var c *conn
		if c, err = t.connected(ctx, address); errors.Is(err, errLostConnection) {
			continue
		} else if err != nil {
			return nil, err
		}
		var answer []byte
		if answer, err = c.call(ctx, endpoint, body); err != errNotSent {
			return answer, err
		}
	}
	return nil, err
}

// maxBegins is how many connections may be closed, by either side, just when a call
// is to begin on them. Nothing has been sent then, and another one is used.
const maxBegins = 5

// call makes a call over the connection. The error is errNotSent when the connection was
// closed before anything was sent.
func (c *conn) call(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	p := newPending()
	id, err := c.beginCall(p)
	if err != nil {
		p.free()
		return nil, err
	}
	defer c.endCall()
	sent, err := c.sendCall(ctx, id, endpoint, body)
	if err != nil && c.t.pending.take(c, id) != nil {
		if sent && ctx.Err() != nil {
			c.post(cancelFrame(id)) // the peer need not wait for the rest
		}
		return nil, err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		if c.t.pending.take(c, id) != nil {
			return nil, ctx.Err()
		}
		<-p.done // the answer has come at the same moment
	}
	defer p.free()
	if err == errNotSent {
		return nil, err
	}
	return p.result()
}

// sendCall sends the frames of a call. sent reports whether any part of it was sent.
func (c *conn) sendCall(ctx context.Context, id uint32, endpoint string, body []byte) (sent bool, err error) {
	deadline, _ := ctx.Deadline()
	ttl := time.Until(deadline).Milliseconds()
	if ttl <= 0 {
		return false, context.DeadlineExceeded
	}
	w := c.beginRequest(id, uint32(ttl), endpoint)
	defer w.free()
	err = w.finish(body, func(frame []byte) error {
		err := c.send(ctx, frame)
		sent = sent || err == nil
		return err
	})
	if sent && err == errNotSent {
		err = c.isClosed()
	}
	return sent, err
}

// beginRequest begins the message of a call, which lacks its body.
func (c *conn) beginRequest(id, ttl uint32, endpoint string) messageWriter {
	opts := &c.t.opts
	w := messageWriter{kind: kindCallReq, contd: kindCallReqCont, id: id, sumType: sumCRC32}
	w.begin(func(b []byte) []byte { return callReqFields(b, ttl, opts.Service, opts.Caller) })
	w.chunk([]byte(endpoint))
	w.chunk(emptyHeaders)
	return w
}

// answer handles the first frame of an answer, if a caller waits for it.
func (c *conn) answer(id uint32, f callResFrame) {
	c.answered(id, &f.fragment, func(p *pending) { p.refused = f.refused })
}

// answerContinues takes in a further frame.
func (c *conn) answerContinues(id uint32, f fragment) { c.answered(id, &f, nil) }

func (c *conn) answered(id uint32, f *fragment, first func(*pending)) {
	var p *pending
	if f.more {
		p = c.t.pending.get(c, id)
	} else {
		p = c.t.pending.take(c, id)
	}
	if p == nil {
		return
	}
	if first != nil {
		first(p)
	}
	p.add(f, first != nil && !f.more)
	switch {
	case f.more:
	case p.then != nil && len(p.body) > inPlace:
		c.t.aside(func() { p.end(nil) })
	default:
		p.end(nil)
	}
}

// cause makes errors testable with errors.Is.
func (t *Transport) cause(ctx context.Context, err error) error {
	var remote *RemoteError
	if errors.As(err, &remote) {
		return err
	}
	if t.isClosed() {
		return fmt.Errorf("%w: %w", net.ErrClosed, err)
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, transport.ErrNoRoom) {
		return ended
	}
	var system *SystemError
	if errors.As(err, &system) && system.Code == CodeTimeout {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
