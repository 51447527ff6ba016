package swim

import (
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// spread says what becomes of changes after they were applied.
type spread bool

const (
	gossipOn  spread = true  // tell the others
	keepQuiet spread = false // everybody knows: it came from a join list
)

// bulk is from how many changes in one message on it is cheaper to make the
// checksum's text anew than to edit it, and an answer does not repeat what the
// request has told.
const bulk = 32

// Update applies changes that override what is believed, spreads them, and
// returns how many there were. Changes about the node itself are refuted.
func (n *Node) Update(changes []wire.Change) int {
	return n.update(changes, gossipOn)
}

func (n *Node) update(changes []wire.Change, on spread) int {
	var applied changeList
	refused := 0
	for i := range changes {
		c := &changes[i]
		m, known := n.members.findNear(c.Hint, c.Address)
		before := len(applied.list)
		if before == bulk {
			n.members.sum.forget()
		}
		switch {
		case !known && c.Status == wire.Tombstone:
			// To store it would bring back what the sender is about to forget.
		case !known && n.members.len() >= n.cfg.MaxMembers:
			refused++
		case !known:
			m = n.learn(c, on)
			applied.learned(n.members.member(m))
		case !n.members.overrides(c, m):
		case m == n.me:
			applied.changed(n.refute(c))
		default:
			applied.changed(n.set(m, c))
			n.spread(m, c, on)
		}
		if news := len(applied.list) > before; news || known {
			n.gossip.heard(m, c, news)
		}
	}
	if refused > 0 {
		n.emit(TableFull{Members: n.members.len(), Refused: refused})
	}
	if len(applied.list) > 0 {
		n.gossip.resize(n.others())
		n.snapshot = snapshot{} // of another membership
		n.emit(MembersChanged{Changes: applied.list})
	}
	if on {
		n.rush(len(applied.list))
	}
	return len(applied.list)
}

// changeList collects changes that are applied together. The members are kept
// together, too: in a storm every node has one of them for every other.
type changeList struct {
	list []MemberChange
	room []Member
	size int // of the room
}

func (l *changeList) learned(after Member) {
	l.list = append(l.list, MemberChange{After: l.keep(after)})
}

func (l *changeList) changed(before, after Member) {
	l.list = append(l.list, MemberChange{Before: l.keep(before), After: l.keep(after)})
}

func (l *changeList) keep(m Member) *Member {
	if len(l.room) == cap(l.room) {
		l.size = min(max(2, 2*l.size), 64)
		l.room = make([]Member, 0, l.size)
	}
	l.room = append(l.room, m)
	return &l.room[len(l.room)-1]
}

func (n *Node) learn(c *wire.Change, on spread) number {
	m := n.members.add(c)
	n.round.add(m)
	n.setTimer(m)
	n.spread(m, c, on)
	return m
}

func (n *Node) set(m number, c *wire.Change) (before, after Member) {
	before = n.members.member(m)
	n.members.set(m, c)
	after = n.members.member(m)
	switch {
	case m == n.me:
		n.self = after
	case after.Status != before.Status || after.Incarnation != before.Incarnation:
		n.setTimer(m)
	}
	return before, after
}

func (n *Node) spread(m number, c *wire.Change, on spread) {
	if on {
		n.gossip.record(m, c)
	} else {
		n.gossip.clear(m)
	}
}

// refute out-bids an accusation, or an older life of the node that the others
// remember.
func (n *Node) refute(accusation *wire.Change) (before, after Member) {
	c := n.selfChange()
	c.Incarnation = n.refutation(accusation.Incarnation)
	n.emit(Refuted{Accusation: *accusation, Incarnation: c.Incarnation})
	if accusation.Status.Dead() {
		n.dropAccusations()
	}
	return n.setSelf(c)
}

func (n *Node) setSelf(c wire.Change) (before, after Member) {
	c.SourceIncarnation = c.Incarnation
	before, after = n.set(n.me, &c)
	n.gossip.record(n.me, &c)
	return before, after
}

// reborn changes what the node says of itself.
func (n *Node) reborn(status wire.Status, labels map[string]string) {
	c := n.selfChange()
	c.Incarnation = max(n.now.UnixMilli(), n.self.Incarnation+1)
	c.Status = status
	c.Labels = labels
	before, after := n.setSelf(c)
	n.gossip.resize(n.others())
	n.emit(MembersChanged{Changes: []MemberChange{{Before: &before, After: &after}}})
}

// declare makes a member's status known in the node's own name.
func (n *Node) declare(address wire.Address, incarnation int64, status wire.Status) {
	m, known := n.Member(address)
	if !known || address == n.self.Address {
		return
	}
	c := n.change(&m)
	c.Incarnation = incarnation
	c.Status = status
	if n.Update([]wire.Change{c}) > 0 {
		n.emit(Declared{Member: address, Status: status, Incarnation: incarnation})
	}
}

// setTimer starts the time that a member may spend in its state.
func (n *Node) setTimer(m number) {
	if n.keepsTimer(m) {
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
	for {
		number, state, ok := n.timers.pop(n.age())
		if !ok {
			return
		}
		address := n.members.book.address(number)
		switch state.status {
		case wire.Suspect:
			n.declare(address, state.incarnation, wire.Faulty)
		case wire.Faulty:
			n.declare(address, state.incarnation, wire.Tombstone)
		case wire.Tombstone:
			n.evict(number)
		}
	}
}

// evict forgets a member.
func (n *Node) evict(m number) {
	before := n.members.member(m)
	n.gossip.clear(m)
	n.round.remove(m)
	n.timers.forget(m)
	n.members.remove(m)
	n.emit(MembersChanged{Changes: []MemberChange{{Before: &before}}})
}

// checkFuture returns an error if a change cannot be believed because it comes
// from a time that no clock that is merely wrong would show. Everything else
// can be out-bid.
func (n *Node) checkFuture(changes []wire.Change) error {
	latest := n.now.Add(n.cfg.MaxAhead).UnixMilli()
	for i := range changes {
		if changes[i].Incarnation > latest {
			return fmt.Errorf("%w: %d of %s", ErrFuture, changes[i].Incarnation, changes[i].Address)
		}
	}
	return nil
}

// hear applies the changes of an answer, without those that cannot be believed.
func (n *Node) hear(from wire.Address, changes []wire.Change) int {
	return n.update(n.believable(from, changes), gossipOn)
}

func (n *Node) believable(from wire.Address, changes []wire.Change) []wire.Change {
	if n.checkFuture(changes) == nil {
		return changes
	}
	kept := make([]wire.Change, 0, len(changes))
	for i := range changes {
		if n.checkFuture(changes[i:i+1]) == nil {
			kept = append(kept, changes[i])
		}
	}
	n.emit(AnswerChangesSkipped{From: from, Count: len(changes) - len(kept), Why: ErrFuture.Error()})
	return kept
}
