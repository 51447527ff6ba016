package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// relay says whether changes are told to others after they were applied.
type relay bool

const (
	relayOn  relay = true
	relayOff relay = false // all nodes know them: they come from a membership that was joined
)

// Update applies changes that override what is believed, spreads them, and
// returns how many there were. Changes about the node itself are refuted.
func (n *Node) Update(changes []wire.Change) int {
	b := n.table.SetOf(changes)
	return n.applyAndSpread(&b, relayOn)
}

// applyAndSpread applies changes, and pushes them eagerly if they are many.
func (n *Node) applyAndSpread(b *table.ChangeSet, on relay) int {
	applied, returned := n.apply(b, on)
	n.periodSooner()
	if on {
		n.eagerPush(applied, returned)
	}
	return applied
}

// applyAnswer applies the changes of an answer, without those that cannot be believed.
func (n *Node) applyAnswer(from wire.Address, b table.ChangeSet) int {
	b = n.believable(from, b)
	return n.applyAndSpread(&b, relayOn)
}

// believable returns the changes of an answer without those that cannot be believed.
func (n *Node) believable(from wire.Address, b table.ChangeSet) table.ChangeSet {
	believed, skipped := n.clock.believable(b, n.now)
	if skipped > 0 {
		n.emit(AnswerChangesSkipped{From: from, Count: skipped, Why: ErrFuture.Error()})
	}
	return believed
}

// apply applies the changes that override what is believed, and makes them pending if
// they are to be relayed. It returns how many there were, and how many members that were
// held dead live by them.
func (n *Node) apply(b *table.ChangeSet, on relay) (count, returned int) {
	applied := n.table.Begin()
	refused := 0
	for c := range n.gossip.pending.News(b) {
		known := n.table.Has(c.Member)
		dead := known && n.table.Status(c.Member).Dead()
		if !n.applyChange(b, c, on, &applied) {
			refused++
		}
		if dead && n.table.Status(c.Member).Pingable() {
			returned++
			n.guard.returned.add(c.Member, n.now)
		} else if !known && n.table.Has(c.Member) {
			n.guard.returned.remember(c.Member, n.table.Address(c.Member), n.now)
		}
	}
	if refused > 0 {
		n.emit(TableFull{Members: n.table.Len(), Refused: refused})
	}
	if applied.Len() > 0 {
		n.membersChanged(&applied)
	}
	return applied.Len(), returned
}

// applyChange applies one change if it overrides what is believed. It returns false if
// there is no room for it.
func (n *Node) applyChange(b *table.ChangeSet, c *table.Change, on relay, applied *table.Batch) bool {
	m, s := c.Member, b.State(c)
	switch has := n.table.Has(m); {
	case !has && s.Status == wire.Tombstone:
		// To store it would bring back what the sender is about to forget.
		return true
	case !has && n.capacity.isFull() && !(s.Status.Pingable() && n.makeRoom(applied)):
		return !s.Status.Pingable() // the dead are not missed
	case !has:
		applied.Add(m, s)
		n.order.Add(m)
		n.setTimer(m)
	case !n.table.Overrides(b, c):
		if n.table.Repeats(c) {
			n.gossip.pending.NoteRepeated(m)
			if s.Status == wire.Suspect && on == relayOn && !b.Hearsay {
				n.corroborate(m, c.Origin)
			}
		}
		return true
	case m == n.me:
		n.refute(b.Change(c), applied)
		return true
	default:
		if s.Status == wire.Alive && n.table.Status(m) == wire.Suspect {
			n.spreadSoon()
		}
		n.set(m, s, applied)
	}
	if on {
		n.gossip.record(m, c.Origin)
		n.gossip.pending.MarkHeard(m)
	} else {
		n.gossip.pending.Remove(m)
	}
	if s.Status == wire.Suspect || s.Status == wire.Faulty {
		n.suspectOrFaulty(c, b.Hearsay || on == relayOff)
	}
	return true
}

// set changes what is believed of a member.
func (n *Node) set(m table.MemberID, s table.State, applied *table.Batch) {
	before, after := applied.Set(m, s)
	switch {
	case m == n.me:
		n.self = *after
	case after.Status != before.Status || after.Incarnation != before.Incarnation:
		n.timers.Over(before.Status)
		n.suspicions.end(m)
		n.setTimer(m)
	}
}

// membersChanged ends a batch of changes.
func (n *Node) membersChanged(applied *table.Batch) {
	n.gossip.resize(n.Others())
	n.membership = wire.ChangeList{} // is out of date
	n.emit(MembersChanged{Changes: applied.Changes()})
}
