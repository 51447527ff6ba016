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
// living out. So when the table is seven eighths full, the members that have been faulty
// for longest are made tombstones, as if an operator had reaped them: all nodes drop them,
// and a minute later they are forgotten. When it is full all the same, a newcomer that is
// up takes the place of one that has been dead, or else gone, for longest.

// ErrFull means that a node refused a join because it has no room and no member to forget.
var ErrFull = errors.New("membership is full")

// maxReaped is how many members are reaped in one protocol period: what a message carries
// besides is little more.
const maxReaped = 64

// capacity says which members must go when the table is full, or nearly.
type capacity struct {
	table  *table.Table
	timers *table.Timers
	me     table.MemberID
	max    int // see [Config.MaxMembers]
}

// overdue returns the faulty members that are to be made tombstones now.
func (c *capacity) overdue() []table.MemberID {
	excess := c.table.Len() - (c.max - c.max/8)
	if excess <= 0 {
		return nil
	}
	excess -= len(c.timers.Longest(wire.Tombstone, excess))
	return c.timers.Longest(wire.Faulty, min(excess, maxReaped))
}

// isFull reports whether there is no room without forgetting a member.
func (c *capacity) isFull() bool { return c.table.Len() >= c.max }

// replaceable returns members whose places one that is up may take. They are more than
// one, since to forget many costs about as much.
func (c *capacity) replaceable() []table.MemberID { return c.longestGone(max(1, c.max/64)) }

// check returns an error if a node that wants to join would not be taken.
func (c *capacity) check(source wire.Address) error {
	if _, known := c.table.Find(source); known || !c.isFull() || len(c.longestGone(1)) > 0 {
		return nil
	}
	return fmt.Errorf("%w: %d members are up, and no more are allowed", ErrFull, c.table.Len())
}

// longestGone returns up to n members whose places may be taken: tombstones, or else
// faulty ones, or else those that have left.
func (c *capacity) longestGone(n int) []table.MemberID {
	for _, status := range []wire.Status{wire.Tombstone, wire.Faulty} {
		if gone := c.timers.Longest(status, n); len(gone) > 0 {
			return gone
		}
	}
	return c.longestLeft(n)
}

// longestLeft returns up to n members that have left, those of the lowest incarnations.
func (c *capacity) longestLeft(n int) []table.MemberID {
	var left []table.MemberID
	for m := range c.table.All() {
		if m != c.me && c.table.Status(m) == wire.Leave {
			left = append(left, m)
		}
	}
	slices.SortFunc(left, func(a, b table.MemberID) int {
		return cmp.Compare(c.table.Incarnation(a), c.table.Incarnation(b))
	})
	return left[:min(n, len(left))]
}

// reapLongestDead makes tombstones of members when the table is nearly full.
func (n *Node) reapLongestDead() {
	reaped := n.table.NewSet()
	for _, m := range n.capacity.overdue() {
		n.accuse(&reaped, m, n.table.Incarnation(m), wire.Tombstone)
	}
	n.declareAll(&reaped)
}

// makeRoom forgets some members, to make room for one that is up. It returns false when
// there are none to forget.
func (n *Node) makeRoom(applied *table.Batch) bool {
	gone := n.capacity.replaceable()
	n.forget(gone, applied)
	return len(gone) > 0
}

// forget removes members from the table.
func (n *Node) forget(gone []table.MemberID, applied *table.Batch) {
	if len(gone) == 0 {
		return
	}
	for _, m := range gone {
		n.guard.returned.forget(n.table.Address(m))
		n.gossip.pending.Remove(m)
		applied.Remove(m)
	}
	n.order.Keep(n.table.Has)
	n.timers.Tidy()
}
