package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// A node declares a member suspect when no node reaches it, and a state over when its time
// is up (section 4.2 of the SWIM paper): a suspect that has not refuted is faulty, a faulty
// member that has not come back becomes a tombstone, and a tombstone is forgotten.

// declare makes a member's status known in the node's own name.
func (n *Node) declare(m table.MemberID, incarnation int64, status wire.Status) {
	b := n.table.NewSet()
	n.accuse(&b, m, incarnation, status)
	n.declareAll(&b)
}

// accuse adds a change to those that are about to be declared.
func (n *Node) accuse(b *table.ChangeSet, m table.MemberID, incarnation int64, status wire.Status) {
	if n.table.Has(m) && m != n.me {
		b.Add(m, table.State{Incarnation: incarnation, Status: status, Labels: n.table.Labels(m)}, n.inMyName())
	}
}

// declareAll makes known what overrides what is believed. It is not pushed eagerly, since
// all nodes find out the same.
func (n *Node) declareAll(b *table.ChangeSet) {
	b.Delete(func(c *table.Change) bool { return !n.table.Overrides(b, c) })
	if b.Len() == 0 {
		return
	}
	on := relayOn
	if n.contacts.isolated {
		on = relayOff // this node is the one that is cut off
	}
	n.apply(b, on)
	for i := range b.All() {
		c := &b.All()[i]
		n.emit(Declared{Member: n.table.Address(c.Member), Status: c.Status, Incarnation: c.Incarnation})
	}
}

// inMyName returns the origin of what this node declares now.
func (n *Node) inMyName() table.OriginID {
	return n.table.Origin(n.self.Address, n.self.Incarnation, n.now.Unix())
}

// setTimer starts the time that a member may spend in its state.
func (n *Node) setTimer(m table.MemberID) {
	if n.cfg.Rules.StuckSuspect && n.timers.Stuck(m) {
		return
	}
	switch n.table.Status(m) {
	case wire.Suspect:
		n.timers.Set(m, n.now.Add(n.cfg.SuspectPeriod))
	case wire.Faulty:
		n.timers.Set(m, n.now.Add(n.cfg.FaultyPeriod))
	case wire.Tombstone:
		n.timers.Set(m, n.now.Add(n.cfg.TombstonePeriod))
	}
}

// expire moves members on whose time in a state is over.
func (n *Node) expire() {
	if !n.timers.Due(n.now) {
		return
	}
	over := n.table.NewSet()
	var gone, unheard []table.MemberID
	for m, state := range n.timers.Expired(n.now) {
		switch state.Status {
		case wire.Suspect:
			if n.wasIsolated() && n.contacts.looked.first(m, state.Incarnation) {
				unheard = append(unheard, m)
				continue
			}
			n.accuse(&over, m, state.Incarnation, wire.Faulty)
		case wire.Faulty:
			n.accuse(&over, m, state.Incarnation, wire.Tombstone)
		case wire.Tombstone:
			gone = append(gone, m)
		}
	}
	n.declareAll(&over)
	for _, m := range unheard {
		n.lookAgain(m)
	}
	if len(gone) > 0 {
		forgotten := n.table.Begin()
		n.forget(gone, &forgotten)
		n.emit(MembersChanged{Changes: forgotten.Changes()})
	}
}
