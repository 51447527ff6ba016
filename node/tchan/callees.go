package tchan

import (
	"sync"
	"time"
)

// callees are the peers that calls were made to, and bounds how many of them
// keep a connection. A peer that is being called always has one.
type callees struct {
	limit int // 0: no bound

	mu    sync.Mutex
	known map[string]*callee // by address
}

type callee struct {
	calls int       // under way
	used  time.Time // when the last one ended
}

func newCallees(limit int) *callees {
	return &callees{limit: limit, known: make(map[string]*callee)}
}

// begin records a call to address, and hangs up on the peers that must lose their connections
// for it: those that were not called for longest. None of them is called meanwhile, or it
// would be that call which loses its new connection. The call must be ended.
func (c *callees) begin(address string, hangUp func(address string)) {
	if c.limit == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[address] == nil {
		c.known[address] = &callee{}
	}
	c.known[address].calls++
	for len(c.known) > c.limit {
		loser := c.idlest()
		if loser == "" {
			break
		}
		delete(c.known, loser)
		hangUp(loser)
	}
}

func (c *callees) end(address string) {
	if c.limit == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	peer := c.known[address]
	peer.calls--
	peer.used = time.Now()
}

// idlest returns the peer without calls that was not called for longest, or "".
func (c *callees) idlest() string {
	idlest := ""
	for address, peer := range c.known {
		if peer.calls == 0 && (idlest == "" || peer.used.Before(c.known[idlest].used)) {
			idlest = address
		}
	}
	return idlest
}
