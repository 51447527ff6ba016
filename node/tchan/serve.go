package tchan

import (
	"context"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// connShare is the part of MaxInFlight that one connection may use: a quarter.
const connShare = 4

// start reports whether something may still be begun that Close waits for, and counts
// it if so.
func (t *Transport) start() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.running.Add(1)
	}
	return !t.closed
}

// spawn runs something in a goroutine that Close waits for, and reports false where it may
// no longer be begun.
func (t *Transport) spawn(do func()) bool {
	if !t.start() {
		return false
	}
	go func() {
		defer t.running.Done()
		do()
	}()
	return true
}

// enter counts a handler that is about to run, if there may be one more: in all, and
// beside those that run for the same connection. Requests that are still being sent do
// not count: they cost little, and may take long on purpose.
func (t *Transport) enter(theirs int) bool {
	limit := t.opts.MaxInFlight
	if theirs >= max(limit/connShare, 1) {
		return false
	}
	if t.inFlight.Add(1) <= int64(limit) {
		return true
	}
	t.inFlight.Add(-1)
	return false
}

// serve answers a call. It may wait for the peer to read the answer, or not.
func (c *conn) serve(r *request, mayWait bool) {
	t := c.t
	defer t.running.Done()
	defer c.endServing()
	defer r.lease.release()
	ctx := newServing(t.ctx, r.deadline)
	defer ctx.end()
	endpoint := string(r.args[0])
	handler := *t.handler.Load()
	answer, err := handler(ctx, c.from, endpoint, r.args[2])
	if err == nil && len(answer) > t.opts.MaxBody {
		err = fmt.Errorf("answer of %d bytes, at most %d are allowed", len(answer), t.opts.MaxBody)
	}
	c.answering(r.id)
	if !time.Now().Before(r.deadline) {
		err = context.DeadlineExceeded // the caller no longer waits
	} else {
		err = c.sendAnswer(ctx, r, answer, err, mayWait)
	}
	if err != nil {
		t.opts.Logger.Debug("answer not sent", "endpoint", endpoint, "error", err)
	}
}

// sendAnswer sends the answer of a handler, in the scheme of the request.
func (c *conn) sendAnswer(ctx context.Context, r *request, body []byte, refusal error, mayWait bool) error {
	if refusal != nil {
		var err error
		body, err = wire.MarshalError(refusal)
		if err != nil {
			return fmt.Errorf("encode error: %w", err)
		}
	}
	w := messageWriter{kind: kindCallRes, contd: kindCallResCont, id: r.id, sumType: r.sumType}
	w.begin(func(b []byte) []byte { return callResFields(b, refusal != nil, r.scheme) })
	defer w.free()
	w.chunk(nil)
	if r.scheme == "json" {
		w.chunk(emptyHeaders)
	} else {
		w.chunk(nil)
	}
	if !mayWait {
		return w.finish(body, c.post)
	}
	return w.finish(body, func(frame []byte) error { return c.send(ctx, frame) })
}
