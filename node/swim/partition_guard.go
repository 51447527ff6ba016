package swim

import (
	"slices"

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
func (n *Node) takeFromDeadSender(source wire.Address, incarnation int64, b *ChangeSet) bool {
	if !n.cfg.Rules.guardsAgainstDead() || !n.heldDead(source, incarnation) {
		return false
	}
	sender, _ := n.addresses().find(source)
	evicts := false
	own := b.without(func(c *change) bool {
		evicts = evicts || c.member == sender && c.status == wire.Faulty
		return c.member != sender && c.member != n.me
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
	if n.members.pingable == n.members.len() {
		return false // nobody is; there is no need to look, which costs with each ping
	}
	number, known := n.members.find(sender)
	return known && n.members.row(number).status.Dead() && n.members.row(number).incarnation >= incarnation
}

// isFromEarlierLife reports whether a sender is known to have been reborn since a message of it.
func (n *Node) isFromEarlierLife(sender wire.Address, incarnation int64) bool {
	number, known := n.members.find(sender)
	return known && n.members.row(number).incarnation > incarnation && n.cfg.Rules.guardsAgainstDead()
}

// withoutStaleAccusations returns the changes of a request without accusations if its sender is
// known to have been reborn since.
func (n *Node) withoutStaleAccusations(source wire.Address, incarnation int64, b ChangeSet) ChangeSet {
	if !n.isFromEarlierLife(source, incarnation) {
		return b
	}
	sender, _ := n.addresses().find(source)
	return b.without(func(c *change) bool {
		return c.member != sender && c.member != n.me && (c.status == wire.Suspect || c.status.Dead())
	})
}

// answerDeadSender tells a sender only what is believed of it.
func (n *Node) answerDeadSender(source wire.Address, incarnation int64) *wire.Ping {
	b := ChangeSet{addresses: n.addresses()}
	n.remindOfItself(&b, source, incarnation)
	return n.pong(&b)
}

// dropAccusations stops spreading whom the node holds suspect or faulty.
func (n *Node) dropAccusations() {
	if n.cfg.Rules.guardsAgainstDead() {
		n.gossip.drop(func(s wire.Status) bool { return s == wire.Suspect || s.Dead() })
	}
}

// guardFullSync is downgradeToSuspect for a message that may be a whole membership, or else some
// news. The smaller it is compared with ours, the more likely it is the latter.
func (n *Node) guardFullSync(sender wire.Address, b ChangeSet) ChangeSet {
	if 2*b.Len() < n.members.len() || !b.isWhole(sender) {
		return b
	}
	return n.downgradeToSuspect(b)
}

// downgradeToSuspect returns a whole membership that somebody sent, in which those who are
// pingable here and dead there are suspect, at the incarnation that would kill
// them. They refute, or are faulty when the suspect period is over. No source is
// named: see [heal.Reincarnation].
func (n *Node) downgradeToSuspect(b ChangeSet) ChangeSet {
	if !n.cfg.Rules.guardsAgainstDead() {
		return b
	}
	cloned := false
	for i := range b.list {
		c := &b.list[i]
		if !c.status.Dead() || !n.members.has(c.member) ||
			!n.members.row(c.member).status.Pingable() || !n.members.overrides(c, b.labelsOf(c), c.member) {
			continue
		}
		if !cloned {
			b.list, cloned = slices.Clone(b.list), true
		}
		c = &b.list[i]
		c.status = wire.Suspect
		c.declared = b.addresses.originOf("", 0, b.addresses.origin(c.declared).timestamp)
	}
	return b
}

// isAlone reports whether an answer comes from a node that knows nobody but itself: its
// checksum is that of the one member that it tells of.
func (n *Node) isAlone(response *wire.Ping, b *ChangeSet) bool {
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
func (b *ChangeSet) isWhole(sender wire.Address) bool {
	source, ok := b.addresses.find(sender)
	if !ok || len(b.list) < 2 {
		return false
	}
	hasSender := false
	declared := originID(-1) // none
	for i := range b.list {
		c := &b.list[i]
		if c.declared != declared && b.addresses.origin(c.declared).source != source {
			return false
		}
		declared = c.declared
		hasSender = hasSender || c.member == source
	}
	return hasSender
}
