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

// bulk is from how many news in one message on it is cheaper to make the
// checksum's text anew than to edit it.
const bulk = 32

// Update applies changes that override what is believed, spreads them, and
// returns how many there were. Changes about the node itself are refuted.
func (n *Node) Update(changes []wire.Change) int {
	return n.update(changes, gossipOn)
}

func (n *Node) update(changes []wire.Change, on spread) int {
	batch := n.members.begin(len(changes) > bulk && n.countNews(changes) > bulk)
	var applied []MemberChange
	refused := 0
	for i := range changes {
		c := &changes[i]
		m := n.members.get(c.Address)
		switch {
		case m == nil && c.Status == wire.Tombstone:
			// To store it would bring back what the sender is about to forget.
		case m == nil && n.members.len() >= n.cfg.MaxMembers:
			refused++
		case m == nil:
			applied = append(applied, n.learn(c))
			n.spread(c, on)
		case !Overrides(c, m):
		case m == n.self:
			applied = append(applied, n.refute(c))
		default:
			applied = append(applied, n.set(m, c))
			n.spread(c, on)
		}
	}
	batch.end()
	if refused > 0 {
		n.emit(TableFull{Members: n.members.len(), Refused: refused})
	}
	if len(applied) > 0 {
		n.gossip.resize(n.others())
		n.emit(MembersChanged{Changes: applied})
	}
	return len(applied)
}

// countNews returns how many changes would be applied.
func (n *Node) countNews(changes []wire.Change) int {
	news := 0
	for i := range changes {
		if m := n.members.get(changes[i].Address); m == nil || Overrides(&changes[i], m) {
			news++
		}
	}
	return news
}

func (n *Node) learn(c *wire.Change) MemberChange {
	m := &Member{Address: c.Address}
	m.set(c)
	n.members.add(m)
	n.round.add(m)
	n.setTimer(m)
	after := *m
	return MemberChange{After: &after}
}

func (n *Node) set(m *Member, c *wire.Change) MemberChange {
	before := *m
	n.members.set(m, c)
	if m != n.self && (m.Status != before.Status || m.Incarnation != before.Incarnation) {
		n.setTimer(m)
	}
	after := *m
	return MemberChange{Before: &before, After: &after}
}

func (n *Node) spread(c *wire.Change, on spread) {
	if on {
		n.gossip.record(*c)
	} else {
		n.gossip.clear(c.Address)
	}
}

// refute out-bids an accusation, or an older life of the node that the others
// remember: the clock alone would lose against one from the future.
func (n *Node) refute(accusation *wire.Change) MemberChange {
	c := n.selfChange()
	c.Incarnation = max(n.now.UnixMilli(), accusation.Incarnation+1)
	n.emit(Refuted{Accusation: *accusation, Incarnation: c.Incarnation})
	return n.setSelf(c)
}

func (n *Node) setSelf(c wire.Change) MemberChange {
	c.SourceIncarnation = c.Incarnation
	change := n.set(n.self, &c)
	n.gossip.record(c)
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
	m := n.members.get(address)
	if m == nil || m == n.self {
		return
	}
	c := n.change(m)
	c.Incarnation = incarnation
	c.Status = status
	if n.Update([]wire.Change{c}) > 0 {
		n.emit(Declared{Member: address, Status: status, Incarnation: incarnation})
	}
}

// setTimer starts the time that a member may spend in its state.
func (n *Node) setTimer(m *Member) {
	t := timer{address: m.Address, status: m.Status, incarnation: m.Incarnation}
	switch m.Status {
	case wire.Suspect:
		t.at = n.now.Add(n.cfg.SuspectPeriod)
	case wire.Faulty:
		t.at = n.now.Add(n.cfg.FaultyPeriod)
	case wire.Tombstone:
		t.at = n.now.Add(n.cfg.TombstonePeriod)
	default:
		n.timers.cancel(m.Address)
		return
	}
	n.timers.set(t)
}

// expire moves members on whose time in a state is over.
func (n *Node) expire() {
	for {
		t, ok := n.timers.pop(n.now)
		if !ok {
			return
		}
		switch t.status {
		case wire.Suspect:
			n.declare(t.address, t.incarnation, wire.Faulty)
		case wire.Faulty:
			n.declare(t.address, t.incarnation, wire.Tombstone)
		case wire.Tombstone:
			n.evict(n.members.get(t.address))
		}
	}
}

// evict forgets a member.
func (n *Node) evict(m *Member) {
	n.members.remove(m)
	n.round.remove(m)
	n.gossip.clear(m.Address)
	n.emit(MembersChanged{Changes: []MemberChange{{Before: m}}})
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
