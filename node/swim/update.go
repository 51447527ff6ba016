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
	var applied []MemberChange
	refused := 0
	for i := range changes {
		c := &changes[i]
		m, known := n.members.find(c.Address)
		if len(applied) == bulk {
			n.members.sum.forget()
		}
		switch {
		case !known && c.Status == wire.Tombstone:
			// To store it would bring back what the sender is about to forget.
		case !known && n.members.len() >= n.cfg.MaxMembers:
			refused++
		case !known:
			applied = append(applied, n.learn(c, on))
		case !n.members.overrides(c, m):
		case m == n.me:
			applied = append(applied, n.refute(c))
		default:
			applied = append(applied, n.set(m, c))
			n.spread(m, c, on)
		}
		if known {
			n.gossip.heard(m, c)
		}
	}
	if refused > 0 {
		n.emit(TableFull{Members: n.members.len(), Refused: refused})
	}
	if len(applied) > 0 {
		n.gossip.resize(n.others())
		n.emit(MembersChanged{Changes: applied})
	}
	if on {
		n.rush(len(applied))
	}
	return len(applied)
}

func (n *Node) learn(c *wire.Change, on spread) MemberChange {
	m := n.members.add(c)
	n.round.add(m)
	n.setTimer(m)
	n.spread(m, c, on)
	after := n.members.member(m)
	return MemberChange{After: &after}
}

func (n *Node) set(m number, c *wire.Change) MemberChange {
	before := n.members.member(m)
	n.members.set(m, c)
	after := n.members.member(m)
	switch {
	case m == n.me:
		n.self = after
	case after.Status != before.Status || after.Incarnation != before.Incarnation:
		n.setTimer(m)
	}
	return MemberChange{Before: &before, After: &after}
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
func (n *Node) refute(accusation *wire.Change) MemberChange {
	c := n.selfChange()
	c.Incarnation = n.refutation(accusation.Incarnation)
	n.emit(Refuted{Accusation: *accusation, Incarnation: c.Incarnation})
	if accusation.Status.Dead() {
		n.dropAccusations()
	}
	return n.setSelf(c)
}

func (n *Node) setSelf(c wire.Change) MemberChange {
	c.SourceIncarnation = c.Incarnation
	change := n.set(n.me, &c)
	n.gossip.record(n.me, &c)
	return change
}

// reborn changes what the node says of itself.
func (n *Node) reborn(status wire.Status, labels map[string]string) {
	c := n.selfChange()
	c.Incarnation = max(n.now.UnixMilli(), n.self.Incarnation+1)
	c.Status = status
	c.Labels = labels
	change := n.setSelf(c)
	n.gossip.resize(n.others())
	n.emit(MembersChanged{Changes: []MemberChange{change}})
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
	default:
		n.timers.cancel(m)
	}
}

// expire moves members on whose time in a state is over.
func (n *Node) expire() {
	for {
		number, ok := n.timers.pop(n.age())
		if !ok {
			return
		}
		address := n.members.book.address(number)
		switch status, incarnation := n.timedState(number); status {
		case wire.Suspect:
			n.declare(address, incarnation, wire.Faulty)
		case wire.Faulty:
			n.declare(address, incarnation, wire.Tombstone)
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
