package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// What a node says that is, or was, on the other side of a partition must not be
// taken as gossip. That side holds members of ours faulty at the incarnations that
// they still have, and whoever believes it kills the living; an exchange of whole
// memberships would be a merge without a plan. These are the rules against it:
//
//   - Of a request whose sender is held faulty here only what it says of itself and
//     of this node is taken. It is told what is believed of it, so that it refutes,
//     and nothing else; and the healer is told that it lives. See takeFromDeadSender.
//   - Of a request from before its sender was reborn nobody's accusations are taken:
//     it comes late. See current.
//   - A node that refutes that it is faulty, and one that hears from nobody at all,
//     stops telling others whom it holds suspect or faulty: it was cut off itself.
//     See dropAccusations.
//   - A whole membership makes nobody unpingable. Whom it holds faulty is taken as
//     suspect, so that those who live refute. See downgradeToSuspect.

// takeFromDeadSender handles what a request says whose sender does not know what is
// believed of it here, and reports whether there is nothing more to be taken from
// it.
func (n *Node) takeFromDeadSender(source wire.Address, incarnation int64, b *table.ChangeSet) bool {
	if !n.cfg.Rules.guardsAgainstDead() || !n.heldDead(source, incarnation) {
		return false
	}
	sender, _ := n.table.Number(source)
	evicts := false
	own := b.Without(func(c *table.Change) bool {
		evicts = evicts || c.Member == sender && c.Status == wire.Faulty
		return c.Member != sender && c.Member != n.me
	})
	n.applyAndSpread(&own, relayOn)
	if evicts || !n.heldDead(source, incarnation) {
		return false
	}
	n.emit(DeadMemberHeard{Member: source})
	return true
}

// heldDead reports whether a sender, at the incarnation that it says it has, is held
// faulty or a tombstone.
func (n *Node) heldDead(sender wire.Address, incarnation int64) bool {
	if n.table.Pingable() == n.table.Len() {
		return false // nobody is; there is no need to look, which costs with each ping
	}
	number, known := n.table.Find(sender)
	return known && n.table.Status(number).Dead() && n.table.Incarnation(number) >= incarnation
}

// isFromEarlierLife reports whether a sender is known to have been reborn since a message of it.
func (n *Node) isFromEarlierLife(sender wire.Address, incarnation int64) bool {
	number, known := n.table.Find(sender)
	return known && n.table.Incarnation(number) > incarnation && n.cfg.Rules.guardsAgainstDead()
}

// withoutStaleAccusations returns the changes of a request without accusations if its sender is
// known to have been reborn since.
func (n *Node) withoutStaleAccusations(source wire.Address, incarnation int64, b table.ChangeSet) table.ChangeSet {
	if !n.isFromEarlierLife(source, incarnation) {
		return b
	}
	sender, _ := n.table.Number(source)
	return b.Without(func(c *table.Change) bool {
		return c.Member != sender && c.Member != n.me && (c.Status == wire.Suspect || c.Status.Dead())
	})
}

// answerDeadSender tells a sender only what is believed of it.
func (n *Node) answerDeadSender(source wire.Address, incarnation int64) *wire.Ping {
	b := n.table.NewSet()
	n.remindOfItself(&b, source, incarnation)
	return n.pong(&b)
}

// dropAccusations stops spreading whom the node holds suspect or faulty.
func (n *Node) dropAccusations() {
	if n.cfg.Rules.guardsAgainstDead() {
		n.gossip.dropAccusations()
	}
}

// guardFullSync is downgradeToSuspect for a message that may be a whole membership, or else some
// news. The smaller it is compared with ours, the more likely it is the latter.
func (n *Node) guardFullSync(sender wire.Address, b table.ChangeSet) table.ChangeSet {
	if 2*b.Len() < n.table.Len() || !isWhole(&b, sender) {
		return b
	}
	return n.downgradeToSuspect(b)
}

// downgradeToSuspect returns a whole membership that somebody sent, in which those who are
// pingable here and dead there are suspect, at the incarnation that would kill
// them. They refute, or are faulty when the suspect period is over. No source is
// named: see [heal.Reincarnation].
func (n *Node) downgradeToSuspect(b table.ChangeSet) table.ChangeSet {
	if !n.cfg.Rules.guardsAgainstDead() {
		return b
	}
	return b.AsSuspects(func(c *table.Change) bool {
		return c.Status.Dead() && n.table.Has(c.Member) && n.table.Status(c.Member).Pingable() && n.table.Overrides(&b, c)
	})
}

// isAlone reports whether an answer comes from a node that knows nobody but itself: its
// checksum is that of the one member that it tells of.
func (n *Node) isAlone(response *wire.Ping, b *table.ChangeSet) bool {
	if b.Len() != 1 {
		return false
	}
	c := b.At(0)
	self := Member{Address: c.Address, Status: c.Status, Incarnation: c.Incarnation, Labels: c.Labels}
	return c.Address == response.Source && response.Checksum == wire.Checksum(n.cfg.Flavour, []Member{self})
}

// isWhole reports whether the changes of a message can be the sender's whole
// membership, which is not marked as such: all of it is declared by the sender,
// who is in it.
func isWhole(b *table.ChangeSet, sender wire.Address) bool { return b.Len() >= 2 && b.IsFrom(sender) }
