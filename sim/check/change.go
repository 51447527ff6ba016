package check

import (
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// checkChange checks what must hold of a single change of a member. It comes
// before the account follows.
func (c *Checks) checkChange(n, subject *world.Node, change *swim.MemberChange) {
	w := c.world
	if change.After == nil {
		c.state.stir(w.Now) // forgetting comes by itself
		return
	}
	a, b := change.After, change.Before
	if a.Address == n.Address {
		if a.Status != wire.Alive && n.Stays() {
			c.violate(InvariantSelf, []*world.Node{n}, "node %d holds itself %v@%d", n.Number(), a.Status, a.Incarnation-world.Epoch.UnixMilli())
		}
		return
	}
	if a.Status == wire.Tombstone {
		c.state.stir(w.Now) // so does burying
	}
	if c.state.quiet && a.Status != wire.Tombstone {
		c.violate(InvariantQuiet, c.involved(n, a.Address), "node %d, in a cluster that is one and quiet, comes to hold %s %v", n.Number(), w.Name(a.Address), a.Status)
	}
	lives := subject != nil && subject.Up && subject.Stays()
	// A node that has not joined yet refuses pings, and may be taken for dead. Such
	// a suspicion may end after it has joined, and what comes of it travels then. What
	// is believed of its earlier life is true.
	if lives && c.state.harmless && a.Status == wire.Faulty && subject.Joined && w.Now > subject.JoinedAt+2*c.bounds.Suspect && a.Incarnation >= subject.Born {
		c.violate(InvariantFalseAlarm, c.involved(n, a.Address), "node %d holds %s faulty, and nothing has happened", n.Number(), w.Name(a.Address))
	}
	c.checkTombstone(n, a, b, lives)
	if b != nil && b.Status.Pingable() && !a.Status.Pingable() && lives {
		c.checkHarm(n, subject)
	}
}

// checkTombstone checks that the dead stay dead.
func (c *Checks) checkTombstone(n *world.Node, a, b *swim.Member, lives bool) {
	if b != nil {
		if b.Status == wire.Tombstone && a.Status != wire.Tombstone && a.Incarnation <= b.Incarnation {
			c.violate(InvariantTombstone, c.involved(n, a.Address), "node %d held %s a tombstone@%d, and now %v@%d", n.Number(), c.world.Name(a.Address),
				b.Incarnation-world.Epoch.UnixMilli(), a.Status, a.Incarnation-world.Epoch.UnixMilli())
		}
		return
	}
	grave, ok := c.of(n).buried[a.Address]
	if !ok || lives || !a.Status.Pingable() || a.Incarnation > grave.incarnation {
		return
	}
	// While there were faults, some node may not have heard of the tombstone for as
	// long as it existed.
	if calm, ok := c.calmSince(); ok && calm < grave.at-c.world.Rules.Swim.TombstonePeriod-c.bounds.Quiet {
		c.violate(InvariantTombstone, c.involved(n, a.Address), "node %d has forgotten %s, which is down, at %d, and now holds it %v@%d", n.Number(), c.world.Name(a.Address),
			grave.incarnation-world.Epoch.UnixMilli(), a.Status, a.Incarnation-world.Epoch.UnixMilli())
	}
}

// checkHarm checks that it is not a healer that made a living member unpingable,
// neither at home nor at the node that it visits.
func (c *Checks) checkHarm(n, victim *world.Node) {
	switch visitor := n.VisitedBy; {
	case n.Visiting != "":
		c.violate(InvariantHeal, []*world.Node{n, victim}, "node %d visits %s, and makes node %d unpingable, which lives", n.Number(), c.world.Name(n.Visiting), victim.Number())
	case visitor != nil && c.of(n).revivedSince(victim.Hash(), n.VisitAsked):
		// It came to live here after the visitor had asked who does: the visit
		// could not know.
		c.races++
	case visitor != nil:
		c.violate(InvariantHeal, []*world.Node{n, victim, visitor}, "node %d is visited by node %d, and makes node %d unpingable, which lives", n.Number(), visitor.Number(), victim.Number())
	}
}

// checkVisit checks that no healer works when all is well.
func (c *Checks) checkVisit(n *world.Node, e *heal.Reached) {
	if target := c.world.At(e.Target); c.state.quiet && target != nil {
		c.violate(InvariantQuiet, []*world.Node{n, target}, "node %d visits %s, and the cluster is one", n.Number(), c.world.Name(e.Target))
	}
}

// involved returns a node and the one at an address, if there is one.
func (c *Checks) involved(n *world.Node, a wire.Address) []*world.Node {
	if other := c.world.At(a); other != nil && other != n {
		return []*world.Node{n, other}
	}
	return []*world.Node{n}
}
