package tchan

import (
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// minIdle is how long a connection must have done nothing before it can lose
	// its place to a newcomer from outside.
	minIdle = time.Second
	// minRest is the same for one that we make ourselves: a peer that is called
	// many times a second would lose its connection between two calls.
	minRest = 50 * time.Millisecond
)

// need says which connections can lose their place.
type need struct {
	idle    time.Duration // without a frame for so long
	silent  time.Duration // without its handshake for so long
	anySide bool          // made by us, too
}

var (
	// forNewcomer: strangers may be made in any number, and must not keep others out.
	forNewcomer = need{idle: minIdle}
	forCall     = need{idle: minRest, silent: minIdle, anySide: true}
)

// strangersShare is the part of the places that connections without a handshake
// keep when places are short: an eighth.
const strangersShare = 8

// connTable knows all open connections, and bounds them.
type connTable struct {
	maxAccepted int // from outside
	maxOpen     int // in all, with those that are being made; 0: no bound

	mu       sync.Mutex
	closed   bool
	accepted int // of conns, those from outside
	dialling int // places kept for connections that are being made
	conns    map[*conn]struct{}
	leaving  map[*conn]struct{} // those that have lost their place and are closed in a moment
}

func newConnTable(maxAccepted, maxOpen int) *connTable {
	return &connTable{maxAccepted: maxAccepted, maxOpen: maxOpen,
		conns: make(map[*conn]struct{}), leaving: make(map[*conn]struct{})}
}

// full reports whether there is no place for another connection.
func (t *connTable) full() bool { return t.maxOpen > 0 && len(t.conns)+t.dialling >= t.maxOpen }

// admit gives a connection from outside a place, if necessary that of another
// connection, which is returned and must be closed. It reports false when there is none.
func (t *connTable) admit(c *conn) (loser *conn, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, false
	}
	if t.accepted >= t.maxAccepted || t.full() {
		need := forNewcomer
		need.anySide = t.accepted < t.maxAccepted
		if loser = t.loser(time.Now(), need); loser == nil {
			return nil, false
		}
		t.leave(loser)
	}
	t.accepted++
	t.conns[c] = struct{}{}
	return loser, true
}

// keep reserves a place for a connection that is about to be made, as admit does. It
// must be followed by take or release.
func (t *connTable) keep() (loser *conn, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full() {
		if loser = t.loser(time.Now(), forCall); loser == nil {
			return nil, false
		}
		t.leave(loser)
	}
	t.dialling++
	return loser, true
}

// take gives a new connection its reserved place. It reports false when the table was
// closed.
func (t *connTable) take(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dialling--
	if t.closed {
		return false
	}
	t.conns[c] = struct{}{}
	return true
}

// release gives up a reserved place.
func (t *connTable) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dialling--
}

// giveUp takes the place of the connection that is missed least, which is returned
// and must be closed. It is nil when all are busy.
func (t *connTable) giveUp() *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	loser := t.loser(time.Now(), forCall)
	if loser != nil {
		t.leave(loser)
	}
	return loser
}

// loser picks the connection that is missed least. Connections that never introduced
// themselves are cheap to make in any number, so when there are many of them the
// oldest of them goes. Otherwise it is the connection that was idle for longest: a
// peer just connects again when it has something to say. It is nil when all
// connections are busy.
func (t *connTable) loser(now time.Time, need need) *conn {
	var stranger, idlest *conn
	strangers := 0
	for c := range t.conns {
		idle := now.Sub(c.activeAt())
		switch {
		case c.side == dialled && (!need.anySide || !c.introduced.Load()):
		case !c.introduced.Load():
			strangers++
			if idle >= need.silent && (stranger == nil || c.lastActive.Load() < stranger.lastActive.Load()) {
				stranger = c
			}
		case c.busy() || idle < need.idle:
		case idlest == nil || c.lastActive.Load() < idlest.lastActive.Load():
			idlest = c
		}
	}
	if idlest == nil || stranger != nil && strangers > t.maxAccepted/strangersShare {
		return stranger
	}
	return idlest
}

// idle returns the connections that did nothing for so long.
func (t *connTable) idle(now time.Time, limit time.Duration) (idle []*conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.conns {
		if now.Sub(c.activeAt()) >= limit && c.introduced.Load() && !c.busy() {
			idle = append(idle, c)
		}
	}
	return idle
}

// leave takes the place of a connection away.
func (t *connTable) leave(c *conn) {
	t.drop(c)
	t.leaving[c] = struct{}{}
}

// remove forgets a connection that is closed.
func (t *connTable) remove(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(c)
	delete(t.leaving, c)
}

func (t *connTable) drop(c *conn) {
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
	open := slices.Concat(slices.Collect(maps.Keys(t.conns)), slices.Collect(maps.Keys(t.leaving)))
	t.mu.Unlock()
	for _, c := range open {
		c.close(net.ErrClosed)
	}
}
