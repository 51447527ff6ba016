package check

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// checkNameless checks the first half of a visit, in which a ping makes members of
// the other side suspect to make them reincarnate. A suspicion is not sent to the node
// that it names as its source.
func (c *Checks) checkNameless(call *world.Call) {
	p, ok := call.Request.(*wire.Ping)
	if !ok || !call.TellsOtherSide() || slices.ContainsFunc(p.Changes.All(), func(c wire.Change) bool { return c.Status != wire.Suspect }) {
		return
	}
	for _, change := range p.Changes.All() {
		if change.Source != "" {
			c.violate(InvariantNameless, []*world.Node{call.From}, "node %d makes %s suspect in the name of %s", call.From.Number(), c.world.Name(change.Address), c.world.Name(change.Source))
			return
		}
	}
}

// checkSilence checks that messages are pings that carry nothing when nothing
// has changed for long enough. Joins of those that are down are allowed, and of those
// that have left: a healer looks for them. request is nil for an answer.
func (c *Checks) checkSilence(n, to *world.Node, call *world.Call, request wire.Request, told wire.ChangeList) {
	if !c.state.quiet || call.Request == nil || to == nil || !to.Up {
		return
	}
	_, join := request.(*wire.JoinRequest)
	_, pingRequest := request.(*wire.PingRequest)
	switch {
	case join && !to.Left && !to.Expelled:
		c.violate(InvariantQuiet, []*world.Node{n, to}, "node %d joins node %d, and the cluster is one and quiet", n.Number(), to.Number())
	case pingRequest:
		c.violate(InvariantQuiet, []*world.Node{n, to}, "node %d sends a ping-req to node %d, and the cluster is one and quiet", n.Number(), to.Number())
	case told.Len() > 0:
		c.violate(InvariantQuiet, []*world.Node{n, to}, "node %d tells node %d of %s, and the cluster is one and quiet", n.Number(), to.Number(), c.world.Name(told.At(0).Address))
	}
}

// countSendings checks how often a node tells others of a change. What a node
// says of itself it may begin to say again; and what it tells a node about that
// node is not gossip.
func (c *Checks) countSendings(n, to *world.Node, told wire.ChangeList) {
	if len(c.world.Nodes) > world.KeepsRequestsUpTo {
		return
	}
	sendings := c.of(n).sendings
	for i := range told.Len() {
		change := told.At(i)
		if change.Address == n.Address || to != nil && change.Address == to.Address {
			continue
		}
		s := sendings[change.Address]
		if s.incarnation != change.Incarnation || s.status != change.Status {
			s = sending{incarnation: change.Incarnation, status: change.Status}
		}
		s.count++
		sendings[change.Address] = s
		limit := c.bounds.Sendings
		if change.Status == wire.Suspect {
			limit *= c.bounds.Accusers
		}
		if s.count > limit {
			c.violate(InvariantPiggyback, []*world.Node{n}, "node %d has told others %d times that %s is %v", n.Number(), s.count, c.world.Name(change.Address), change.Status)
			return
		}
	}
}

// checkMessages checks how many messages each node has sent in ten seconds.
func (c *Checks) checkMessages() {
	const window = 10 * time.Second
	if c.world.Now < c.window+window {
		return
	}
	c.window = c.world.Now
	for _, n := range c.world.Nodes {
		m := &c.messages[n.Index]
		sent := m.sent - m.before
		m.before = m.sent
		c.mostMessages = max(c.mostMessages, sent)
		if sent > c.bounds.Messages {
			c.violate(InvariantMessages, []*world.Node{n}, "node %d has sent %d messages in ten seconds", n.Number(), sent)
		}
	}
}
