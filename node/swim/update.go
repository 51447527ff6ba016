package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// relay says what becomes of changes after they were applied.
type relay bool

const (
	relayOn  relay = true  // tell the others
	relayOff relay = false // everybody knows: it came from a join list
)

// Update applies changes that override what is believed, spreads them, and
// returns how many there were. Changes about the node itself are refuted.
func (n *Node) Update(changes []wire.Change) int {
	b := n.table.SetOf(changes)
	return n.applyAndSpread(&b, relayOn)
}

func (n *Node) applyAndSpread(b *table.ChangeSet, on relay) int {
	news := n.apply(b, on)
	if on {
		n.eagerPush(news)
	}
	return news
}

// apply is update without hurry.
func (n *Node) apply(b *table.ChangeSet, on relay) int {
	applied := n.table.Begin()
	refused := 0
	for c := range n.gossip.pending.News(b) {
		if !n.applyChange(b, c, on, &applied) {
			refused++
		}
	}
	if refused > 0 {
		n.emit(TableFull{Members: n.table.Len(), Refused: refused})
	}
	if applied.Len() > 0 {
		n.gossip.resize(n.others())
		n.snapshot = snapshot{} // of another membership
		n.emit(MembersChanged{Changes: applied.Changes()})
	}
	return applied.Len()
}

// applyChange does what a change says if it overrides what is believed. It returns false
// if there is no room for it.
func (n *Node) applyChange(b *table.ChangeSet, c *table.Change, on relay, applied *table.Batch) bool {
	m, s := c.Member, b.State(c)
	switch has := n.table.Has(m); {
	case !has && c.Status == wire.Tombstone:
		// To store it would bring back what the sender is about to forget.
		return true
	case !has && n.table.Len() >= n.cfg.MaxMembers && !(s.Status.Pingable() && n.makeRoom(applied)):
		return !s.Status.Pingable() // the dead are not missed
	case !has:
		n.learn(m, s, applied)
	case !n.table.Overrides(b, c):
		if n.table.Repeats(c) {
			n.gossip.pending.NoteRepeated(m)
		}
		return true
	case m == n.me:
		n.refute(b.Change(c), applied)
		return true
	default:
		n.set(m, s, applied)
	}
	if on {
		n.gossip.record(m, c.Origin)
		n.gossip.pending.MarkHeard(m)
	} else {
		n.gossip.pending.Remove(m)
	}
	return true
}

func (n *Node) learn(m table.MemberID, s table.State, applied *table.Batch) {
	applied.Add(m, s)
	n.order.Add(m)
	n.setTimer(m)
}

// set changes what is believed of a member.
func (n *Node) set(m table.MemberID, s table.State, applied *table.Batch) {
	before, after := applied.Set(m, s)
	switch {
	case m == n.me:
		n.self = *after
	case after.Status != before.Status || after.Incarnation != before.Incarnation:
		n.timers.Over(before.Status)
		n.setTimer(m)
	}
}

// refutation returns the incarnation at which an accusation is refuted: one that
// out-bids it, for the clock alone would lose against one from the future.
func (n *Node) refutation(accused int64) int64 {
	if n.cfg.Rules.ClockRefutes {
		return n.now.UnixMilli()
	}
	return max(n.clockTime(), accused+1)
}

// refute out-bids an accusation, or an older life of the node that the others
// remember.
func (n *Node) refute(accusation wire.Change, applied *table.Batch) {
	incarnation := n.refutation(accusation.Incarnation)
	n.emit(Refuted{Accusation: accusation, Incarnation: incarnation})
	if accusation.Status.Dead() {
		n.dropAccusations()
	}
	n.setSelf(table.State{Incarnation: incarnation, Status: n.self.Status, Labels: n.self.Labels}, applied)
}

func (n *Node) setSelf(s table.State, applied *table.Batch) {
	n.set(n.me, s, applied)
	n.recordSelf()
}

// reborn changes what the node says of itself.
func (n *Node) reborn(status wire.Status, labels map[string]string) {
	n.renew(table.State{Incarnation: max(n.clockTime(), n.self.Incarnation+1), Status: status, Labels: labels})
}

// renew is reborn at a given incarnation.
func (n *Node) renew(s table.State) {
	changed := n.table.Begin()
	n.setSelf(s, &changed)
	n.gossip.resize(n.others())
	n.emit(MembersChanged{Changes: changed.Changes()})
}

// declare makes a member's status known in the node's own name.
func (n *Node) declare(m table.MemberID, incarnation int64, status wire.Status) {
	b := n.table.NewSet()
	n.accuse(&b, m, incarnation, status)
	n.declareAll(&b)
}

// accuse adds to what is going to be declared.
func (n *Node) accuse(b *table.ChangeSet, m table.MemberID, incarnation int64, status wire.Status) {
	if n.table.Has(m) && m != n.me {
		b.Add(m, table.State{Incarnation: incarnation, Status: status, Labels: n.table.Labels(m)}, n.inMyName())
	}
}

// declareAll makes known what overrides what is believed. There is no hurry, since
// all nodes find out the same.
func (n *Node) declareAll(b *table.ChangeSet) {
	b.Delete(func(c *table.Change) bool { return !n.table.Overrides(b, c) })
	if b.Len() == 0 {
		return
	}
	n.apply(b, relayOn)
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
		n.timers.Set(m, n.age()+n.cfg.SuspectPeriod)
	case wire.Faulty:
		n.timers.Set(m, n.age()+n.cfg.FaultyPeriod)
	case wire.Tombstone:
		n.timers.Set(m, n.age()+n.cfg.TombstonePeriod)
	}
}

// expire moves members on whose time in a state is over.
func (n *Node) expire() {
	if at, ok := n.timers.Next(); !ok || at > n.age() {
		return
	}
	over := n.table.NewSet()
	var gone []table.MemberID
	for {
		m, state, ok := n.timers.Pop(n.age())
		if !ok {
			n.declareAll(&over)
			n.evict(gone)
			return
		}
		switch state.Status {
		case wire.Suspect:
			n.accuse(&over, m, state.Incarnation, wire.Faulty)
		case wire.Faulty:
			n.accuse(&over, m, state.Incarnation, wire.Tombstone)
		case wire.Tombstone:
			gone = append(gone, m)
		}
	}
}

// evict forgets members whose time is over.
func (n *Node) evict(members []table.MemberID) {
	if len(members) == 0 {
		return
	}
	list := n.table.Begin()
	n.forget(members, &list)
	n.emit(MembersChanged{Changes: list.Changes()})
}

// applyAnswer applies the changes of an answer, without those that cannot be believed.
func (n *Node) applyAnswer(from wire.Address, b table.ChangeSet) int {
	b = n.believable(from, b)
	return n.applyAndSpread(&b, relayOn)
}
