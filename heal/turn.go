package heal

import "time"

// The nodes of a side take turns at probing, one in each interval: time is cut
// into slots of that length, and a slot belongs to the member whose rank among
// the pingable ones is the slot's number modulo how many there are. Nodes that
// have the same view and clocks that agree by less than a slot make exactly one
// probe a slot, evenly spaced; where they differ, each still has its turn once in
// as many slots as there are members, so that the rate of the side is the same.
//
// (Ringpop's nodes each draw a number every 30 s. That has the right mean, and now
// and then a gap of minutes.)

// turn reports whether the slot that it is now belongs to this node, and when
// the next slot begins.
func (h *Healer) turn(slot time.Duration) (ours bool, next time.Time) {
	first, rank := h.node.Rank()
	// Each side starts its slots at another time. Else both would probe at once,
	// and a heal would wait for twice as long.
	offset := int64(hash(string(first)) % uint64(slot))
	now := h.now.UnixNano() + offset
	number := now / int64(slot)
	into := time.Duration(now - number*int64(slot))
	members := int64(max(1, h.node.Pingable()))
	if h.node.Alone() {
		members = 1 // nobody else takes a turn
	}
	return number%members == int64(rank)%members, h.now.Add(slot - into)
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
