package tchan

import (
	"sync"
	"time"
)

// minIdle is how long a connection must have done nothing before it can lose
// its place to a newcomer.
const minIdle = time.Second

// strangersShare is the part of the places that connections without a handshake
// keep when places are short: an eighth.
const strangersShare = 8

// connTable knows all open connections and bounds those from outside.
type connTable struct {
	limit int

	mu       sync.Mutex
	closed   bool
	accepted int // of conns, those from outside
	conns    map[*guardedConn]struct{}
}

func newConnTable(limit int) *connTable {
	return &connTable{limit: limit, conns: make(map[*guardedConn]struct{})}
}

// add gives c a place, if need be the place of another connection, which is
// returned and must be closed. It reports false when there is none.
func (t *connTable) add(c *guardedConn) (loser *guardedConn, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, false
	}
	if c.side == accepted {
		if t.accepted >= t.limit {
			if loser = t.loser(time.Now()); loser == nil {
				return nil, false
			}
			t.drop(loser)
		}
		t.accepted++
	}
	t.conns[c] = struct{}{}
	return loser, true
}

// loser picks the connection from outside that is missed least. Connections that
// never introduced themselves are cheap to make in any number, so when there are
// many of them the oldest of them goes. Otherwise it is the connection that was
// idle for longest: a peer just connects again when it has something to say.
// It is nil when all connections are busy.
func (t *connTable) loser(now time.Time) *guardedConn {
	var stranger, idle *guardedConn
	strangers := 0
	for c := range t.conns {
		switch {
		case c.side != accepted:
		case !c.introduced.Load():
			strangers++
			if stranger == nil || c.lastActive.Load() < stranger.lastActive.Load() {
				stranger = c
			}
		case c.inFlight.Load() > 0 || now.Sub(c.activeAt()) < minIdle:
		case idle == nil || c.lastActive.Load() < idle.lastActive.Load():
			idle = c
		}
	}
	if idle == nil || strangers > t.limit/strangersShare {
		return stranger
	}
	return idle
}

func (t *connTable) remove(c *guardedConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(c)
}

func (t *connTable) drop(c *guardedConn) {
	if _, ok := t.conns[c]; !ok {
		return
	}
	delete(t.conns, c)
	if c.side == accepted {
		t.accepted--
	}
}

// close closes all connections and lets no new ones in.
func (t *connTable) close() {
	t.mu.Lock()
	t.closed = true
	var open []*guardedConn
	for c := range t.conns {
		open = append(open, c)
	}
	t.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}
