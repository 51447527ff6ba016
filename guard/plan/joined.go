package plan

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// joined are sides that became one by themselves: a late ping has told some node of the
// other side. Gossip may take seconds to tell all, and of incarnations that changed during
// the cut ringpop-go's nodes tell no other any more. So they are merged all the same.
type joined struct {
	pairs []Pair
	next  time.Time
	tries int
}

// joinedTries is how often it is tried to merge sides that have become one. They may be
// apart again, and then are seen to be.
const joinedTries = 3

// joinedPairs returns those that answered of sides that are one now.
func (h *Healer) joinedPairs(now time.Time, sides []apart) joined {
	answered := func(nodes []wire.Address) (side admin.Side, b *beliefs) {
		b = newBeliefs(nil)
		for _, node := range nodes {
			if _, known := h.sums[node]; known {
				side.Nodes = append(side.Nodes, node)
				b.nodes[node] = true
			}
		}
		return side, b
	}
	j := joined{next: now, tries: joinedTries}
	for _, s := range sides {
		p := Pair{Relation: Parted}
		p.A, p.a = answered(s.a)
		p.B, p.b = answered(s.b)
		if len(p.A.Nodes) > 0 && len(p.B.Nodes) > 0 {
			j.pairs = append(j.pairs, p)
		}
	}
	if len(j.pairs) == 0 {
		return joined{}
	}
	return j
}

// joinedAttempts returns an attempt for each pair of sides that became one by themselves.
func (h *Healer) joinedAttempts(now time.Time) (attempts []*Attempt) {
	j := &h.joined
	if j.tries == 0 || now.Before(j.next) || !h.spend(now, len(j.pairs)*(1+2*MaxTold)) {
		return nil
	}
	j.tries--
	j.next = now.Add(askEvery)
	for i := range j.pairs {
		a := NewAttempt(&j.pairs[i], h.stalls.swallowed || j.tries%2 == 0, h.split())
		a.joined = true
		attempts = append(attempts, a)
	}
	return attempts
}

// merged records that a pair was merged by an attempt.
func (j *joined) merged(p *Pair) {
	j.pairs = slices.DeleteFunc(slices.Clone(j.pairs), func(other Pair) bool { return other.key() == p.key() })
	if len(j.pairs) == 0 {
		j.tries = 0
	}
}
