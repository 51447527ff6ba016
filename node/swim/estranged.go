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
//     and nothing else; and the healer is told that it lives. See estranged.
//   - Of a request from before its sender was reborn nobody's accusations are taken:
//     it comes late. See current.
//   - A node that refutes that it is faulty, and one that hears from nobody at all,
//     stops telling others whom it holds suspect or faulty: it was cut off itself.
//     See dropAccusations.
//   - A whole membership makes nobody unpingable. Whom it holds faulty is taken as
//     suspect, so that those who live refute. See soften.

// estranged handles what a request says whose sender does not know what is
// believed of it here, and reports whether there is nothing more to be taken from
// it.
func (n *Node) estranged(source wire.Address, incarnation int64, changes []wire.Change) bool {
	if n.cfg.Defects.HearsTheDead || !n.buried(source, incarnation) {
		return false
	}
	evicts := false
	own := slices.DeleteFunc(slices.Clone(changes), func(c wire.Change) bool {
		evicts = evicts || c.Address == source && c.Status == wire.Faulty
		return c.Address != source && c.Address != n.self.Address
	})
	n.Update(own)
	if evicts || !n.buried(source, incarnation) {
		return false
	}
	n.emit(Found{Member: source})
	return true
}

// buried reports whether a sender, at the incarnation that it says it has, is held
// faulty or a tombstone.
func (n *Node) buried(sender wire.Address, incarnation int64) bool {
	if n.members.pingable == n.members.len() {
		return false // nobody is; there is no need to look, which costs with each ping
	}
	number, known := n.members.find(sender)
	return known && n.members.row(number).status.Dead() && n.members.row(number).incarnation >= incarnation
}

// late reports whether a sender is known to have been reborn since a message of it.
func (n *Node) late(sender wire.Address, incarnation int64) bool {
	number, known := n.members.find(sender)
	return known && n.members.row(number).incarnation > incarnation && !n.cfg.Defects.HearsTheDead
}

// current returns the changes of a request without accusations if its sender is
// known to have been reborn since.
func (n *Node) current(source wire.Address, incarnation int64, changes []wire.Change) []wire.Change {
	if len(changes) == 0 || !n.late(source, incarnation) {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c wire.Change) bool {
		return c.Address != source && c.Address != n.self.Address && (c.Status == wire.Suspect || c.Status.Dead())
	})
}

// answerEstranged tells a sender only what is believed of it.
func (n *Node) answerEstranged(source wire.Address, incarnation int64) *wire.Ping {
	return &wire.Ping{
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		Checksum:          n.Checksum(),
		Changes:           n.tellOfItself(nil, source, incarnation),
	}
}

// dropAccusations stops spreading whom the node holds suspect or faulty.
func (n *Node) dropAccusations() {
	if !n.cfg.Defects.HearsTheDead {
		n.gossip.drop(func(s wire.Status) bool { return s == wire.Suspect || s.Dead() })
	}
}

// softenWhole is soften for a message that may be a whole membership, or else some
// news. The smaller it is compared with ours, the more likely it is the latter.
func (n *Node) softenWhole(sender wire.Address, changes []wire.Change) []wire.Change {
	if 2*len(changes) < n.members.len() || !isWhole(sender, changes) {
		return changes
	}
	return n.soften(changes)
}

// soften returns a whole membership that somebody sent, in which those who are
// pingable here and dead there are suspect, at the incarnation that would kill
// them. They refute, or are faulty when the suspect period is over. No source is
// named: see [heal.Reincarnation].
func (n *Node) soften(changes []wire.Change) []wire.Change {
	if n.cfg.Defects.HearsTheDead {
		return changes
	}
	softened := changes
	for i := range changes {
		c := &changes[i]
		if !c.Status.Dead() {
			continue
		}
		number, known := n.members.findNear(c.Hint, c.Address)
		if !known || !n.members.row(number).status.Pingable() || !n.members.overrides(c, number) {
			continue
		}
		if &softened[0] == &changes[0] {
			softened = slices.Clone(changes)
		}
		softened[i].Status = wire.Suspect
		softened[i].Source, softened[i].SourceIncarnation = "", 0
	}
	return softened
}

// isWhole reports whether the changes of a message can be the sender's whole
// membership, which is not marked as such: all of it is declared by the sender,
// who is in it.
func isWhole(sender wire.Address, changes []wire.Change) bool {
	hasSender := false
	for i := range changes {
		if changes[i].Source != sender {
			return false
		}
		hasSender = hasSender || changes[i].Address == sender
	}
	return hasSender && len(changes) > 1
}
