package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// contacts holds when this node last heard from others, and how long none has been heard
// from, in two measures: see isolation.go.
type contacts struct {
	last     time.Time
	recent   [4]contact // the last different ones, latest first
	pings    int        // sent since last
	silent   int        // how many probes have ended since last with no node heard from
	isolated bool       // see [Isolated]
	back     time.Time  // when it was so last
	looked   looks
}

// contact is when a node was last heard from.
type contact struct {
	who wire.Address
	at  time.Time
}

// since reports whether a node has been heard from after a time.
func (c *contacts) since(who wire.Address, at time.Time) bool {
	for i := range c.recent {
		if r := &c.recent[i]; r.who == who {
			return r.at.After(at)
		}
	}
	return false
}

// freshContact is how long a node that was heard from is assumed to be up.
const freshContact = 2 * time.Second

// after returns the nodes that were heard from after a time, of the last few, latest first.
func (c *contacts) after(at time.Time) (nodes []wire.Address) {
	for i := range c.recent {
		if r := &c.recent[i]; r.at.After(at) {
			nodes = append(nodes, r.who)
		}
	}
	return nodes
}

// add records that a node has been heard from.
func (c *contacts) add(who wire.Address, now time.Time) {
	c.last, c.pings, c.silent = now, 0, 0
	place := 0 // its own, or the last one's
	for place < len(c.recent)-1 && c.recent[place].who != who {
		place++
	}
	copy(c.recent[1:place+1], c.recent[:place])
	c.recent[0] = contact{who, now}
}
