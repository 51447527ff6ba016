package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// contacts holds when this node last heard from others, and the results of its own pings.
type contacts struct {
	last     time.Time
	recent   [4]contact // the last different ones, in no order
	pings    int        // sent since last
	failures int        // of pings: one more for each, half as many after one that was answered
	isolated bool       // see [Isolated]

	shortPeriods int       // that are left
	refilled     time.Time // when there were as many as members
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

// after returns the nodes that were heard from after a time, of the last few.
func (c *contacts) after(at time.Time) (nodes []wire.Address) {
	for i := range c.recent {
		if r := &c.recent[i]; r.at.After(at) {
			nodes = append(nodes, r.who)
		}
	}
	return nodes
}

// manyFailures is the number of failures from which most members may be gone.
const manyFailures = 8

func (c *contacts) isFailing() bool { return c.failures >= manyFailures }

// pingFailed and pingAnswered count.
func (c *contacts) pingFailed()   { c.failures = min(c.failures+1, 8*manyFailures) }
func (c *contacts) pingAnswered() { c.failures /= 2 }

func (c *contacts) add(who wire.Address, now time.Time) {
	c.last, c.pings = now, 0
	oldest := &c.recent[0]
	for i := range c.recent {
		switch r := &c.recent[i]; {
		case r.who == who:
			r.at = now
			return
		case r.at.Before(oldest.at):
			oldest = r
		}
	}
	*oldest = contact{who, now}
}
