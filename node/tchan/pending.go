package tchan

import (
	"sync"

	"github.com/ringmend/ringmend/node/wire"
)

// pending is a call of ours that waits for its answer.
type pending struct {
	done chan struct{} // gets one value when the answer, or an error, is there
	then *started      // or what happens then, if no goroutine waits for it

	// The answer so far. It belongs to the connection's reader until done.
	refused bool // it is an application error
	arg     int  // 1 to 3: in which argument it stands
	body    []byte
	err     error
}

var freePending = sync.Pool{New: func() any { return &pending{done: make(chan struct{}, 1)} }}

func newPending() *pending { return freePending.Get().(*pending) }

// free is for calls that are done, and not for those that were given up, which the
// reader may still be writing to.
func (p *pending) free() {
	*p = pending{done: p.done}
	freePending.Put(p)
}

func (p *pending) end(err error) {
	p.err = err
	if p.then != nil {
		p.then.ended(p)
		return
	}
	p.done <- struct{}{}
}

// result returns what the call came to. It has ended.
func (p *pending) result() ([]byte, error) {
	switch {
	case p.err != nil:
		return nil, p.err
	case p.refused:
		return nil, wire.NewRemoteError(p.body)
	}
	return p.body, nil
}

// add adds chunks of the answer to it.
func (p *pending) add(f *fragment, alone bool) {
	for first := true; ; first = false {
		chunk, ok := f.next()
		if !ok {
			return
		}
		if !first || p.arg == 0 {
			p.arg++
		}
		switch {
		case p.arg < args || len(chunk) == 0:
		case alone:
			p.body = append(make([]byte, 0, len(chunk)), chunk...)
		default:
			p.body = append(p.body, chunk...)
		}
	}
}

// callKey names a call of ours.
type callKey struct {
	conn *conn
	id   uint32
}

// pendingCalls are the calls of all connections. Those of one are few or none.
type pendingCalls struct {
	mu    sync.Mutex
	calls map[callKey]*pending
}

func newPendingCalls() *pendingCalls { return &pendingCalls{calls: make(map[callKey]*pending)} }

// add reports false when the id is in use.
func (l *pendingCalls) add(c *conn, id uint32, p *pending) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := callKey{c, id}
	if l.calls[key] != nil {
		return false
	}
	l.calls[key] = p
	return true
}

// get returns a call whose answer is incomplete; nil when no caller waits for it.
func (l *pendingCalls) get(c *conn, id uint32) *pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[callKey{c, id}]
}

// take returns a call, and forgets it. The taker ends it or gives it up.
func (l *pendingCalls) take(c *conn, id uint32) *pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := callKey{c, id}
	p := l.calls[key]
	delete(l.calls, key)
	return p
}

// fail ends all calls over a connection.
func (l *pendingCalls) fail(c *conn, err error) {
	l.mu.Lock()
	var failed []*pending
	for key, p := range l.calls {
		if key.conn == c {
			failed = append(failed, p)
			delete(l.calls, key)
		}
	}
	l.mu.Unlock()
	for _, p := range failed {
		if p.then != nil {
			c.t.aside(func() { p.end(err) }) // who closes the connection may be starting the call
			continue
		}
		p.end(err)
	}
}
