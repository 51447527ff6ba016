package swim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// The table holds MaxMembers, dead ones among them, and where addresses come and go
// with their processes a day leaves tens of thousands of those. They must not keep the
// living out. So when the table is seven eighths full, those who have been faulty for
// longest are made tombstones, as an operator does who reaps them: all nodes drop them,
// and a minute later they are forgotten. When it is full all the same, a newcomer that is
// up takes the place of one that has been dead, or else gone, for longest.

// ErrFull is why a join is refused by a node that has no room, and nobody to forget.
var ErrFull = errors.New("membership is full")

// highWater is how many members but tombstones there may be before dead ones are reaped.
func (n *Node) highWater() int { return n.cfg.MaxMembers - n.cfg.MaxMembers/8 }

// reapLongestDead makes tombstones of as many members as there are too many.
func (n *Node) reapLongestDead() {
	excess := n.members.len() - n.highWater()
	if excess <= 0 {
		return
	}
	excess -= len(n.timers.longest(wire.Tombstone, excess))
	reaped := ChangeSet{addresses: n.addresses()}
	for _, m := range n.timers.longest(wire.Faulty, min(excess, maxReaped)) {
		n.accuse(&reaped, m, n.members.row(m).incarnation, wire.Tombstone)
	}
	n.declareAll(&reaped)
}

// maxReaped is how many members are reaped in one protocol period: what a message carries
// besides is little more.
const maxReaped = 64

// makeRoom forgets some members, to make room for one that is up. It returns false when
// there are none to forget.
func (n *Node) makeRoom(applied *changeLog) bool {
	gone := n.longestGone(max(1, n.cfg.MaxMembers/64)) // which costs about as much as one
	n.forget(gone, applied)
	return len(gone) > 0
}

// longestGone returns up to some members whose places may be taken: tombstones, or else
// faulty ones, or else those that have left.
func (n *Node) longestGone(some int) []memberID {
	for _, status := range []wire.Status{wire.Tombstone, wire.Faulty} {
		if gone := n.timers.longest(status, some); len(gone) > 0 {
			return gone
		}
	}
	return n.longestLeft(some)
}

// hasRoom reports whether one more member that is up would be taken.
func (n *Node) hasRoom() bool {
	return n.members.len() < n.cfg.MaxMembers || len(n.longestGone(1)) > 0
}

// longestLeft returns up to some members that have left, those of the lowest incarnations.
func (n *Node) longestLeft(some int) []memberID {
	var left []memberID
	n.members.each(func(m memberID) bool {
		if m != n.me && n.members.row(m).status == wire.Leave {
			left = append(left, m)
		}
		return true
	})
	slices.SortFunc(left, func(a, b memberID) int {
		return cmp.Compare(n.members.row(a).incarnation, n.members.row(b).incarnation)
	})
	return left[:min(some, len(left))]
}

// forget removes members from the table.
func (n *Node) forget(gone []memberID, applied *changeLog) {
	if len(gone) >= bulk {
		n.members.sum.forget()
	}
	for _, m := range gone {
		n.members.describe(m, applied.forgotten())
		n.gossip.clear(m)
		n.members.remove(m)
	}
	if len(gone) > 0 {
		n.round.keep(n.members.has)
		n.timers.tidyAll()
	}
}

// checkRoom returns an error if a node that wants to join would not be taken.
func (n *Node) checkRoom(source wire.Address) error {
	if _, known := n.members.find(source); !known && !n.hasRoom() {
		return fmt.Errorf("%w: %d members are up, and no more are allowed", ErrFull, n.members.len())
	}
	return nil
}
