package swim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/swim/internal/table"
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
	excess := n.table.Len() - n.highWater()
	if excess <= 0 {
		return
	}
	excess -= len(n.timers.Longest(wire.Tombstone, excess))
	reaped := n.table.NewSet()
	for _, m := range n.timers.Longest(wire.Faulty, min(excess, maxReaped)) {
		n.accuse(&reaped, m, n.table.Incarnation(m), wire.Tombstone)
	}
	n.declareAll(&reaped)
}

// maxReaped is how many members are reaped in one protocol period: what a message carries
// besides is little more.
const maxReaped = 64

// makeRoom forgets some members, to make room for one that is up. It returns false when
// there are none to forget.
func (n *Node) makeRoom(applied *table.Batch) bool {
	gone := n.longestGone(max(1, n.cfg.MaxMembers/64)) // which costs about as much as one
	n.forget(gone, applied)
	return len(gone) > 0
}

// longestGone returns up to some members whose places may be taken: tombstones, or else
// faulty ones, or else those that have left.
func (n *Node) longestGone(some int) []table.MemberID {
	for _, status := range []wire.Status{wire.Tombstone, wire.Faulty} {
		if gone := n.timers.Longest(status, some); len(gone) > 0 {
			return gone
		}
	}
	return n.longestLeft(some)
}

// hasRoom reports whether one more member that is up would be taken.
func (n *Node) hasRoom() bool {
	return n.table.Len() < n.cfg.MaxMembers || len(n.longestGone(1)) > 0
}

// longestLeft returns up to some members that have left, those of the lowest incarnations.
func (n *Node) longestLeft(some int) []table.MemberID {
	var left []table.MemberID
	for m := range n.table.All() {
		if m != n.me && n.table.Status(m) == wire.Leave {
			left = append(left, m)
		}
	}
	slices.SortFunc(left, func(a, b table.MemberID) int {
		return cmp.Compare(n.table.Incarnation(a), n.table.Incarnation(b))
	})
	return left[:min(some, len(left))]
}

// forget removes members from the table.
func (n *Node) forget(gone []table.MemberID, applied *table.Batch) {
	for _, m := range gone {
		n.gossip.pending.Remove(m)
		applied.Remove(m)
	}
	if len(gone) > 0 {
		n.order.Keep(n.table.Has)
		n.timers.Tidy()
	}
}

// checkRoom returns an error if a node that wants to join would not be taken.
func (n *Node) checkRoom(source wire.Address) error {
	if _, known := n.table.Find(source); !known && !n.hasRoom() {
		return fmt.Errorf("%w: %d members are up, and no more are allowed", ErrFull, n.table.Len())
	}
	return nil
}
