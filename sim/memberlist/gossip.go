package memberlist

import (
	"math"
	"slices"
)

// broadcast is a change that is being told.
type broadcast struct {
	change
	sent int
}

// maxPiggyback is how many changes fit into a packet of 1,400 bytes, roughly.
const maxPiggyback = 25

// spread makes a change pending, in place of what was pending of the same member.
func (n *node) spread(c change) {
	n.pending = slices.DeleteFunc(n.pending, func(b *broadcast) bool { return b.of == c.of })
	n.pending = append(n.pending, &broadcast{change: c})
}

// piggyback returns the changes for one message: those that were sent least often.
func (n *node) piggyback() (changes []change) {
	if len(n.pending) == 0 {
		return nil
	}
	slices.SortStableFunc(n.pending, func(a, b *broadcast) int { return a.sent - b.sent })
	for _, b := range n.pending[:min(maxPiggyback, len(n.pending))] {
		b.sent++
		changes = append(changes, b.change)
	}
	most := n.cfg.RetransmitMult * int(math.Ceil(math.Log10(float64(len(n.members)+1))))
	n.pending = slices.DeleteFunc(n.pending, func(b *broadcast) bool { return b.sent >= most })
	return changes
}

// gossip tells some members what is pending, and comes back.
func (n *node) gossip() {
	n.after(n.cfg.GossipInterval, n.gossip)
	if len(n.pending) == 0 {
		return
	}
	for _, id := range n.sample(n.cfg.GossipNodes, n.gossipsWith) {
		if len(n.pending) > 0 {
			n.send(id, nil)
		}
	}
}

// gossipsWith reports whether a member is told: one that died just now might live.
func (n *node) gossipsWith(id int) bool {
	m := &n.members[id]
	return m.state != dead || n.now-m.since < n.cfg.GossipToTheDeadTime
}
