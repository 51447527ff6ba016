package swim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// relay says what becomes of changes after they were applied.
type relay bool

const (
	relayOn  relay = true  // tell the others
	relayOff relay = false // everybody knows: it came from a join list
)

// bulk is from how many changes in one message on it is cheaper to make the
// checksum's text anew than to edit it, and an answer does not repeat what the
// request has told.
const bulk = 32

// Update applies changes that override what is believed, spreads them, and
// returns how many there were. Changes about the node itself are refuted.
func (n *Node) Update(changes []wire.Change) int {
	b := n.addresses().changeSet(changes)
	return n.applyAndSpread(&b, relayOn)
}

func (n *Node) applyAndSpread(b *ChangeSet, on relay) int {
	news := n.apply(b, on)
	if on {
		n.eagerPush(news)
	}
	return news
}

// apply is update without hurry.
func (n *Node) apply(b *ChangeSet, on relay) int {
	applied := n.changeLog()
	refused := 0
	for rest := b.list; len(rest) > 0; {
		var room [siftSize]uint8
		block := rest[:min(siftSize, len(rest))]
		rest = rest[len(block):]
		for _, i := range n.sift(block, room[:0]) {
			if !n.applyChange(b, &block[i], on, &applied) {
				refused++
			}
		}
	}
	if refused > 0 {
		n.emit(TableFull{Members: n.members.len(), Refused: refused})
	}
	if applied.len() > 0 {
		n.gossip.resize(n.others())
		n.snapshot = snapshot{} // of another membership
		n.emit(MembersChanged{Changes: applied.all()})
	}
	return applied.len()
}

// siftSize is how many changes are sifted before those that may be news are applied.
const siftSize = 64

// sift appends to news which of some changes may be news. In a storm most are not.
func (n *Node) sift(changes []change, news []uint8) []uint8 {
	rows := n.members.rows
	hearing := n.gossip.beginFeedback()
	for i := range changes {
		c := &changes[i]
		if int(c.member) >= len(rows) {
			news = append(news, uint8(i))
			continue
		}
		r := &rows[c.member]
		switch {
		case r.flags&(isMember|labelled) != isMember || c.labels != 0:
			news = append(news, uint8(i))
		case r.incarnation == c.incarnation && r.status == c.status:
			hearing.note(r)
		case outranks(c.incarnation, c.status, r.incarnation, r.status) > 0:
			news = append(news, uint8(i))
		}
	}
	n.gossip.endFeedback(&hearing)
	return news
}

// applyChange does what a change says if it overrides what is believed. It returns false
// if there is no room for it.
func (n *Node) applyChange(b *ChangeSet, c *change, on relay, applied *changeLog) bool {
	if applied.len() == bulk {
		n.members.sum.forget()
	}
	m, labels := c.member, b.labelsOf(c)
	s := state{c.incarnation, c.status, labels}
	switch has := n.members.has(m); {
	case !has && c.status == wire.Tombstone:
		// To store it would bring back what the sender is about to forget.
		return true
	case !has && n.members.len() >= n.cfg.MaxMembers && !(s.status.Pingable() && n.makeRoom(applied)):
		return !s.status.Pingable() // the dead are not missed
	case !has:
		n.learn(m, s)
		n.members.describe(m, applied.learned())
	case !n.members.overrides(c, labels, m):
		if r := n.members.row(m); r.incarnation == c.incarnation && r.status == c.status {
			n.gossip.noteDuplicate(r)
		}
		return true
	case m == n.me:
		before, after := applied.changed()
		n.refute(b.change(c), before, after)
		return true
	default:
		before, after := applied.changed()
		n.set(m, s, before, after)
	}
	if on {
		n.gossip.record(m, c.declared)
		n.gossip.markHeardNow(m)
	} else {
		n.gossip.clear(m)
	}
	return true
}

func (n *Node) learn(m memberID, s state) {
	n.members.add(m, s)
	n.round.add(m)
	n.setTimer(m)
}

// set changes what is believed of a member, and writes down what that was and is.
func (n *Node) set(m memberID, s state, before, after *Member) {
	n.members.describe(m, before)
	n.members.set(m, s)
	n.members.describe(m, after)
	switch {
	case m == n.me:
		n.self = *after
	case after.Status != before.Status || after.Incarnation != before.Incarnation:
		n.timers.over(before.Status)
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
func (n *Node) refute(accusation wire.Change, before, after *Member) {
	incarnation := n.refutation(accusation.Incarnation)
	n.emit(Refuted{Accusation: accusation, Incarnation: incarnation})
	if accusation.Status.Dead() {
		n.dropAccusations()
	}
	n.setSelf(state{incarnation, n.self.Status, n.self.Labels}, before, after)
}

func (n *Node) setSelf(s state, before, after *Member) {
	n.set(n.me, s, before, after)
	n.recordSelf()
}

// reborn changes what the node says of itself.
func (n *Node) reborn(status wire.Status, labels map[string]string) {
	n.renew(state{max(n.clockTime(), n.self.Incarnation+1), status, labels})
}

// renew is reborn at a given incarnation.
func (n *Node) renew(s state) {
	var before, after Member
	n.setSelf(s, &before, &after)
	n.gossip.resize(n.others())
	n.emit(MembersChanged{Changes: []MemberChange{{Before: &before, After: &after}}})
}

// declare makes a member's status known in the node's own name.
func (n *Node) declare(m memberID, incarnation int64, status wire.Status) {
	b := ChangeSet{addresses: n.addresses()}
	n.accuse(&b, m, incarnation, status)
	n.declareAll(&b)
}

// accuse adds to what is going to be declared.
func (n *Node) accuse(b *ChangeSet, m memberID, incarnation int64, status wire.Status) {
	if n.members.has(m) && m != n.me {
		b.add(change{incarnation: incarnation, member: m, declared: n.inMyName(), status: status}, n.members.labelsOf(m))
	}
}

// declareAll makes known what overrides what is believed. There is no hurry, since
// all nodes find out the same.
func (n *Node) declareAll(b *ChangeSet) {
	b.list = slices.DeleteFunc(b.list, func(c change) bool { return !n.members.overrides(&c, b.labelsOf(&c), c.member) })
	if len(b.list) == 0 {
		return
	}
	n.apply(b, relayOn)
	for i := range b.list {
		c := &b.list[i]
		n.emit(Declared{Member: n.addresses().address(c.member), Status: c.status, Incarnation: c.incarnation})
	}
}

// inMyName returns the origin of what this node declares now.
func (n *Node) inMyName() originID {
	return n.addresses().originOf(n.self.Address, n.self.Incarnation, n.now.Unix())
}

// setTimer starts the time that a member may spend in its state.
func (n *Node) setTimer(m memberID) {
	if n.cfg.Rules.StuckSuspect && n.timers.keeps(m) {
		return
	}
	switch n.members.row(m).status {
	case wire.Suspect:
		n.timers.set(m, n.age()+n.cfg.SuspectPeriod)
	case wire.Faulty:
		n.timers.set(m, n.age()+n.cfg.FaultyPeriod)
	case wire.Tombstone:
		n.timers.set(m, n.age()+n.cfg.TombstonePeriod)
	}
}

// expire moves members on whose time in a state is over.
func (n *Node) expire() {
	if at, ok := n.timers.next(); !ok || at > n.age() {
		return
	}
	over := ChangeSet{addresses: n.addresses()}
	var gone []memberID
	for {
		m, state, ok := n.timers.pop(n.age())
		if !ok {
			n.declareAll(&over)
			n.evict(gone)
			return
		}
		switch state.status {
		case wire.Suspect:
			n.accuse(&over, m, state.incarnation, wire.Faulty)
		case wire.Faulty:
			n.accuse(&over, m, state.incarnation, wire.Tombstone)
		case wire.Tombstone:
			gone = append(gone, m)
		}
	}
}

// evict forgets members whose time is over.
func (n *Node) evict(members []memberID) {
	if len(members) == 0 {
		return
	}
	list := n.changeLog()
	n.forget(members, &list)
	n.emit(MembersChanged{Changes: list.all()})
}

// applyAnswer applies the changes of an answer, without those that cannot be believed.
func (n *Node) applyAnswer(from wire.Address, b ChangeSet) int {
	b = n.believable(from, b)
	return n.applyAndSpread(&b, relayOn)
}
