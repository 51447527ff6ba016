package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Only a node itself raises its incarnation. It does so to refute an accusation
// (section 4.2 of the SWIM paper), and to change what it says of itself.

// refute out-bids an accusation, or an earlier life of the node that the others
// remember.
func (n *Node) refute(accusation wire.Change, applied *table.Batch) {
	incarnation := n.refutation(accusation.Incarnation)
	n.emit(Refuted{Accusation: accusation, Incarnation: incarnation})
	if accusation.Source != "" { // not from a heal
		n.health.worsen()
	}
	if accusation.Status.Dead() {
		n.dropAccusations()
		n.doubtAccusers()
	}
	n.spreadSoon()
	n.setSelf(table.State{Incarnation: incarnation, Status: n.self.Status, Labels: n.self.Labels}, applied)
}

// refutation returns the incarnation at which an accusation is refuted: one that
// out-bids it, for the clock alone would lose against one from the future.
func (n *Node) refutation(accused int64) int64 {
	if n.cfg.Rules.ClockRefutes {
		return n.now.UnixMilli()
	}
	return max(n.clock.incarnation(n.now), accused+1)
}

// reborn changes what the node says of itself, at a new incarnation.
func (n *Node) reborn(status wire.Status, labels map[string]string) {
	incarnation := max(n.clock.incarnation(n.now), n.self.Incarnation+1)
	n.rebornAt(table.State{Incarnation: incarnation, Status: status, Labels: labels})
}

// rebornAt is reborn at a given incarnation.
func (n *Node) rebornAt(s table.State) {
	changed := n.table.Begin()
	n.setSelf(s, &changed)
	n.membersChanged(&changed)
}

func (n *Node) setSelf(s table.State, applied *table.Batch) {
	n.set(n.me, s, applied)
	n.recordSelf()
}

// recordSelf makes what the node says of itself pending.
func (n *Node) recordSelf() { n.gossip.record(n.me, n.inMyName()) }

// checkClock looks at the clock of the node once in a round of pings, and takes back an
// incarnation that most members do not believe.
func (n *Node) checkClock() {
	if common, ok := n.clock.checkOwn(n.now, n.self.Incarnation); ok {
		n.rebornAt(table.State{Incarnation: common, Status: n.self.Status, Labels: n.self.Labels})
	}
}
