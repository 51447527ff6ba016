package heal

import (
	"hash/fnv"
	"time"

	"github.com/ringmend/ringmend/node/swim"
)

// The nodes of a side take turns at attempts, one in each interval: time is cut
// into slots of that length, and a slot belongs to the member whose rank among
// the pingable ones is the slot's number modulo how many there are. Nodes that
// have the same view and clocks that agree by less than a slot make exactly one
// attempt a slot, evenly spaced; where they differ, each still has its turn once in
// as many slots as there are members, and the rate of the side is the same.
//
// (Ringpop's nodes each draw a number every 30 s. That has the right mean, and now
// and then a gap of minutes.)

// slot reports whether the slot that it is now belongs to this node, and when
// the next slot begins.
func (h *Healer) slot(slot time.Duration) (ours bool, next time.Time) {
	standing := h.node.Standing()
	now := h.now.UnixNano() + int64(h.phase(standing, slot))
	number := now / int64(slot)
	into := time.Duration(now - number*int64(slot))
	members := int64(max(1, h.node.Pingable()))
	if h.node.Isolated() {
		members = 1 // no other node takes a turn
	}
	return number%members == int64(standing.Rank)%members, h.now.Add(slot - into)
}

// phase is by how much the slots of this side are moved. If both sides made attempts at the
// same time, a heal would have to wait for up to a whole slot; so the side with the
// first member of all begins its slots on time, and any other some quarters of a slot
// away, which leaves three quarters at most.
func (h *Healer) phase(s swim.Standing, slot time.Duration) time.Duration {
	chance := hash(string(s.First))
	switch {
	case h.node.Len() == h.node.Pingable():
		return time.Duration(chance % uint64(slot)) // no member is known to be missing
	case s.NoDeadBefore:
		return 0
	}
	return slot/4 + time.Duration(chance%uint64(max(1, slot/2)))
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
