package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// What a node says that is, or was, on the other side of a partition must not be
// taken as gossip. That side holds members of ours faulty at the incarnations that
// they still have, and believing it would make live members faulty; an exchange of
// whole memberships would be an uncoordinated merge. These are the rules against it:
//
//   - Of a request whose sender is held faulty here only what it says of itself and
//     of this node is applied. The answer tells it what is believed of it, to make it
//     refute, and what this node says of itself, and nothing else; the healer learns that
//     the sender is alive. See takeFromDeadSender.
//   - Accusations in a request from before its sender was reborn are ignored: it is
//     late. See withoutStaleAccusations.
//   - A node that refutes being faulty, and one that hears from no other node,
//     stops telling others whom it holds suspect or faulty: it was cut off itself.
//     See dropAccusations. The former gives its suspects the time that they have without
//     further accusers: see doubtAccusers.
//   - A whole membership makes no member unpingable, and neither does what a member says
//     that was held faulty, or had been forgotten, until lately: its messages may be late, and
//     published nodes go on to spread what their side believed when they have refuted their
//     own death. Members that they hold faulty are taken as suspect, and those that are
//     alive refute. See doubt and downgradeToSuspect.

// partitionGuard holds what the rules against the other side need to know.
type partitionGuard struct {
	table    *table.Table
	me       table.MemberID
	rules    *Rules
	returned returns
}

// isHeldDead reports whether a sender, at the incarnation that it says it has, is held
// faulty or a tombstone.
func (g *partitionGuard) isHeldDead(sender wire.Address, incarnation int64) bool {
	if g.table.Pingable() == g.table.Len() || !g.rules.guardsAgainstDead() {
		return false // no member is dead; to look it up would cost with each ping
	}
	m, known := g.table.Find(sender)
	return known && g.table.Status(m).Dead() && g.table.Incarnation(m) >= incarnation
}

// isFromEarlierLife reports whether a sender is known to have been reborn since a message
// of it.
func (g *partitionGuard) isFromEarlierLife(sender wire.Address, incarnation int64) bool {
	m, known := g.table.Find(sender)
	return known && g.table.Incarnation(m) > incarnation && g.rules.guardsAgainstDead()
}

// ownWords returns what a sender says of itself and of this node, and whether it says that
// it is faulty: it evicts itself.
func (g *partitionGuard) ownWords(source wire.Address, b *table.ChangeSet) (own table.ChangeSet, evicts bool) {
	sender, _ := g.table.Number(source)
	own = b.Without(func(c *table.Change) bool {
		evicts = evicts || c.Member == sender && c.Status == wire.Faulty
		return c.Member != sender && c.Member != g.me
	})
	return own, evicts
}

// withoutStaleAccusations returns the changes of a request without accusations if its
// sender is known to have been reborn since.
func (g *partitionGuard) withoutStaleAccusations(source wire.Address, incarnation int64, b table.ChangeSet) table.ChangeSet {
	if !g.isFromEarlierLife(source, incarnation) {
		return b
	}
	sender, _ := g.table.Number(source)
	return b.Without(func(c *table.Change) bool {
		return c.Member != sender && c.Member != g.me && (c.Status == wire.Suspect || c.Status.Dead())
	})
}

// doubt is downgradeToSuspect for a message that may be a whole membership, or else some
// changes, and for one of a sender that is held dead or forgotten, or was so until lately. The
// smaller a message is compared with our membership, the more likely it is some changes.
func (g *partitionGuard) doubt(sender wire.Address, b table.ChangeSet, now time.Time) table.ChangeSet {
	if 2*b.Len() >= g.table.Len() && isWhole(&b, sender) {
		return g.downgradeToSuspect(b)
	}
	m, known := g.table.Find(sender)
	switch {
	case known && (g.table.Status(m).Dead() || g.returned.lately(m, now)):
	case !known && g.returned.forgotten[sender]:
	default:
		return b
	}
	m, _ = g.table.Number(sender)
	return g.downgrade(b, func(about table.MemberID) bool { return about != m && about != g.me }) // it may evict itself
}

// downgradeToSuspect returns a whole membership that another node sent, in which members
// that are pingable here and dead there are suspect, at the incarnation of that death.
// They refute, or are faulty when the suspect period is over. No source is named: see
// [heal.Reincarnation].
func (g *partitionGuard) downgradeToSuspect(b table.ChangeSet) table.ChangeSet {
	b.Hearsay = true
	return g.downgrade(b, func(table.MemberID) bool { return true })
}

// downgrade is downgradeToSuspect for what is said of some members.
func (g *partitionGuard) downgrade(b table.ChangeSet, some func(table.MemberID) bool) table.ChangeSet {
	if !g.rules.guardsAgainstDead() {
		return b
	}
	return b.AsSuspects(func(c *table.Change) bool {
		return c.Status.Dead() && some(c.Member) && g.table.Has(c.Member) && g.table.Status(c.Member).Pingable() && g.table.Overrides(&b, c)
	})
}

// isWhole reports whether the changes of a message can be the sender's whole membership,
// which is not marked as such: all of it is declared by the sender, who is in it.
func isWhole(b *table.ChangeSet, sender wire.Address) bool { return b.Len() >= 2 && b.IsFrom(sender) }

// isAlone reports whether an answer comes from a node that knows no member but itself: its
// checksum is that of the one member in it.
func isAlone(f Flavour, response *wire.Ping, b *table.ChangeSet) bool {
	if b.Len() != 1 {
		return false
	}
	c := b.At(0)
	self := Member{Address: c.Address, Status: c.Status, Incarnation: c.Incarnation, Labels: c.Labels}
	return c.Address == response.Source && response.Checksum == wire.Checksum(f, []Member{self})
}

// takeFromDeadSender handles what a request says whose sender does not know what is
// believed of it here, and reports whether there is nothing more to be taken from it.
func (n *Node) takeFromDeadSender(source wire.Address, incarnation int64, b *table.ChangeSet) bool {
	if !n.guard.isHeldDead(source, incarnation) {
		return false
	}
	own, evicts := n.guard.ownWords(source, b)
	n.applyAndSpread(&own, relayOn)
	if evicts || !n.guard.isHeldDead(source, incarnation) {
		return false
	}
	n.emit(DeadMemberHeard{Member: source})
	return true
}

// answerDeadSender tells a sender only what is believed of it, and what this node says of
// itself: it may have refuted what the sender said.
func (n *Node) answerDeadSender(source wire.Address, incarnation int64) *wire.Ping {
	b := n.table.NewSet()
	n.table.Tell(&b, n.me, n.inMyName())
	n.remindOfItself(&b, source, incarnation)
	return n.pong(&b)
}

// dropAccusations stops spreading which members the node holds suspect or faulty.
func (n *Node) dropAccusations() {
	if n.cfg.Rules.guardsAgainstDead() {
		n.gossip.dropAccusations()
	}
}

// doubtAccusers gives the suspects as long as they have with one accuser.
func (n *Node) doubtAccusers() {
	if n.cfg.Rules.guardsAgainstDead() {
		n.suspicions.endAll()
		n.timers.Unhasten()
	}
}
