package tchan

import (
	"context"
	"sync"
	"time"
)

// Calls that no goroutine waits for, of either side.

// inPlace is the longest body in bytes that is handled by the goroutine that reads from the
// network: to decode a longer one takes too long.
const inPlace = 32 << 10

// started is a call of ours that no goroutine waits for.
type started struct {
	conn              *conn
	endpoint, address string
	done              func(answer []byte, err error)

	mu    sync.Mutex // held until id and timer are set
	id    uint32
	timer *time.Timer
}

// Start implements [transport.Prompt]. It starts a call if there is a connection to the
// address on which nothing waits to be sent, the body is not longer than 32 KB, and
// [Options.MaxCallees] is not set.
func (t *Transport) Start(timeout time.Duration, address, endpoint string, body []byte, done func(answer []byte, err error)) bool {
	if timeout < time.Millisecond || len(body) > inPlace || len(endpoint) > maxEndpoint || t.opts.MaxCallees > 0 {
		return false
	}
	c := t.peers.get(address)
	if c == nil || c.backlog() {
		return false
	}
	timeout = min(timeout, maxCallTimeout)
	p := newPending()
	s := &started{conn: c, endpoint: endpoint, address: address, done: done}
	p.then = s
	if err := s.begin(p, timeout); err != nil {
		p.free()
		return false
	}
	w := c.beginRequest(s.id, uint32(timeout.Milliseconds()), endpoint)
	defer w.free()
	if err := w.finish(body, c.post); err == errNotSent && t.pending.take(c, s.id) != nil {
		s.timer.Stop()
		c.endCall()
		p.free()
		return false
	}
	return true // an error has closed the connection, which ends the call
}

func (s *started) begin(p *pending, timeout time.Duration) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id, err = s.conn.beginCall(p); err == nil {
		s.timer = time.AfterFunc(timeout, s.late)
	}
	return err
}

// late ends a call that has no answer yet.
func (s *started) late() {
	s.mu.Lock()
	id := s.id
	s.mu.Unlock()
	if p := s.conn.t.pending.take(s.conn, id); p != nil {
		p.end(context.DeadlineExceeded)
	}
}

// ended hands over what the call came to.
func (s *started) ended(p *pending) {
	s.mu.Lock()
	s.timer.Stop()
	s.mu.Unlock()
	s.conn.endCall()
	answer, err := p.result()
	p.free()
	if err != nil {
		t := s.conn.t
		err = failedCall(s.endpoint, s.address, t.cause(t.ctx, err))
	}
	s.done(answer, err)
}

// AnswerPromptly implements [transport.Prompt].
func (t *Transport) AnswerPromptly(promptly func(endpoint string) bool) { t.promptly = promptly }

// promptly reports whether a request is handled by the goroutine that reads from the network.
func (c *conn) promptly(r *request) bool {
	return c.t.promptly != nil && len(r.args[2]) <= inPlace && !c.backlog() && c.t.promptly(string(r.args[0]))
}

// aside runs what may take long in a goroutine of its own, or at once when the transport is
// being closed.
func (t *Transport) aside(do func()) {
	if !t.spawn(do) {
		do()
	}
}
