package tchan

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// redundantAfter is how long the second connection between two peers must be idle before
// it is closed.
const redundantAfter = 2 * time.Second

// peerTable knows the connections by who is at the other end: by the name that the peer
// goes by, which says where it listens also when it calls from another port, and by the
// address that was dialled. Peers without a connection are not in it.
type peerTable struct {
	mu    sync.Mutex
	own   string // our address; empty when we cannot be called
	conns map[string][]*conn
}

func newPeerTable() *peerTable { return &peerTable{conns: make(map[string][]*conn)} }

// names are what the peer at the other end of a connection can be called by.
func (c *conn) names() (names [2]string) {
	if c.introduced.Load() && c.check.name != ephemeral && !strings.HasSuffix(c.check.name, ":0") {
		names[0] = c.check.name
	}
	if c.dialledTo != names[0] {
		names[1] = c.dialledTo
	}
	return names
}

// add adds a connection that can be used from now on.
//
// Two peers that dial each other at the same time have two connections, and both know
// of both. They use the one that the peer with the lesser address made, and the maker of
// the other closes it: by then neither uses it any more.
func (t *peerTable) add(c *conn) {
	t.mu.Lock()
	var redundant []*conn
	for _, name := range c.names() {
		if name == "" {
			continue
		}
		conns := append(t.conns[name], c)
		slices.SortStableFunc(conns, func(a, b *conn) int { return strings.Compare(t.maker(a), t.maker(b)) })
		t.conns[name] = conns
		redundant = append(redundant, conns[1:]...)
	}
	t.mu.Unlock()
	if c.isClosed() != nil {
		t.remove(c) // it may have been closed before it was added
	}
	for _, r := range redundant {
		if r.side == dialled {
			time.AfterFunc(redundantAfter, r.retireIfIdle)
		}
	}
}

// maker is the name of the peer that made a connection.
func (t *peerTable) maker(c *conn) string {
	if c.side == dialled {
		return t.own
	}
	return c.check.name
}

// retireIfIdle closes a connection that was not used lately.
func (c *conn) retireIfIdle() {
	if time.Since(c.activeAt()) >= redundantAfter && !c.busy() {
		c.retire()
	}
}

func (t *peerTable) remove(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range c.names() {
		conns := t.conns[name]
		i := slices.Index(conns, c)
		switch {
		case i < 0:
		case len(conns) == 1:
			delete(t.conns, name)
		default:
			t.conns[name] = slices.Delete(conns, i, i+1)
		}
	}
}

// get returns the connection for calls to an address, or nil.
func (t *peerTable) get(address string) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.conns[address] {
		if c.usable() {
			return c
		}
	}
	return nil
}

// hangUp closes all connections to a peer that have no calls under way, and lets none
// begin on the others. A call that comes next makes a new one.
func (t *peerTable) hangUp(address string) {
	t.mu.Lock()
	conns := slices.Clone(t.conns[address])
	t.mu.Unlock()
	for _, c := range conns {
		c.retire()
	}
}

// len returns how many names are known.
func (t *peerTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.conns)
}
