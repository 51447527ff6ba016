package plan

import (
	"errors"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// connections says how the connections between two sides are.
type connections uint8

const (
	unknown connections = iota
	// working connections carry calls, or refuse them at once.
	working
	// stalled connections swallow calls. They work again when TCP next sends what it has
	// kept, which can be as long after the network's return as the cut has lasted.
	stalled
)

// stalls knows between whom connections may have stalled.
type stalls struct {
	// swallowed is whether the network swallows the packets to members that do not answer.
	swallowed bool
	// apart are nodes that did not reach each other when the ring was last seen.
	apart []apart
}

// apart is nodes of two sides.
type apart struct{ a, b []wire.Address }

// merged records that a pair was merged by an attempt.
func (s *stalls) merged(p *Pair) {
	s.apart = slices.DeleteFunc(s.apart, func(other apart) bool {
		return other.a[0] == p.A.Nodes[0] && other.b[0] == p.B.Nodes[0]
	})
}

// saw records a look, at which some members were gone that seemed to be of another side.
// While nothing else is apart, it keeps what was: see [Healer.Joined].
func (s *stalls) saw(pairs []Pair, v *admin.Verdict, gone map[wire.Address]wire.Member) {
	switch {
	case len(pairs) > 0:
		s.apart = nil
		for i := range pairs {
			if p := &pairs[i]; p.Relation == Parted {
				s.apart = append(s.apart, apart{p.A.Nodes, p.B.Nodes})
			}
		}
	case len(gone) > 0 && len(v.Sides) == 1:
		other := apart{a: v.Sides[0].Nodes}
		for m := range gone {
			other.b = append(other.b, m)
		}
		slices.SortFunc(other.b, admin.CompareAddresses)
		s.apart = []apart{other}
	}
}

// Swallowed records whether the network has swallowed the packets to members that did
// not answer, which leaves connections stalled, or has refused them.
func (h *Healer) Swallowed(is bool) { h.stalls.swallowed = is }

// Reconnect returns calls that open new connections between the sides that an attempt has
// merged, if those that there are have stalled: members that cannot ping each other would
// soon be suspects. The answers tell nothing.
func (h *Healer) Reconnect(now time.Time, a *Attempt) []Call {
	if !a.Merged() || a.joined || h.tried[a.pair.key()].connections == working {
		return nil
	}
	return h.connect(now, []apart{{a.pair.A.Nodes, a.pair.B.Nodes}})
}

// Joined returns the same calls after a look at which sides are one that were not, though
// no attempt has merged them: a ping that TCP had kept has done so, say. Each is returned
// once.
func (h *Healer) Joined(now time.Time) []Call {
	if len(h.pairs) > 0 || len(h.losses.gone) > 0 || len(h.stalls.apart) == 0 {
		return nil
	}
	sides := h.stalls.apart
	h.stalls.apart = nil
	h.joined = h.joinedPairs(now, sides)
	stall := h.stalls.swallowed
	for _, t := range h.tried {
		stall = stall || t.connections == stalled
	}
	if !stall {
		return nil
	}
	return h.connect(now, sides)
}

// connect returns questions to nodes of one side whether they reach one of the other over
// a new connection. Which of the two is asked does not matter.
func (h *Healer) connect(now time.Time, sides []apart) []Call {
	pairs := 0
	for _, p := range sides {
		pairs += p.pairs()
	}
	// They are drawn, not listed: two sides of 1,000 have a million.
	var drawn []int
	for most := min(pairs, reconnected(h.members)); len(drawn) < most; {
		if i := h.rng.IntN(pairs); !slices.Contains(drawn, i) {
			drawn = append(drawn, i)
		}
	}
	if !h.spend(now, len(drawn)) {
		return nil
	}
	var calls []Call
	for _, i := range drawn {
		x, y := pairAt(sides, i)
		calls = append(calls, Call{Kind: Ask, Node: x, Target: y, Fresh: true})
	}
	return calls
}

// pairs returns how many pairs of nodes there are, one of each side.
func (p *apart) pairs() int { return len(p.a) * len(p.b) }

// pairAt returns one of all pairs of nodes, by its number.
func pairAt(sides []apart, i int) (x, y wire.Address) {
	for _, p := range sides {
		if i < p.pairs() {
			return p.a[i/len(p.b)], p.b[i%len(p.b)]
		}
		i -= p.pairs()
	}
	return "", "" // there are not so many
}

// reconnected returns how many connections are made in a ring of that size. Few
// have stalled in a large ring, whose members seldom ping each other, and each ping may
// carry a whole membership.
func reconnected(members int) int {
	const most, carried = 100, 10_000
	return min(most, carried/max(members, 1))
}

// learn records what an attempt shows of the connections between the sides.
func (t *tried) learn(a *Attempt) {
	switch {
	case a.stalled:
		t.connections = stalled
	case t.connections == unknown && !a.fresh && (a.Merged() || errors.Is(t.err, ErrCut)):
		t.connections = working
	}
}
