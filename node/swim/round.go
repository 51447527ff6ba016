package swim

import (
	"math/rand/v2"
	"slices"
)

// round is the order in which members are pinged: all of them once, in an order
// drawn anew for each round (section 4.3 of the SWIM paper, which bounds the
// time until a failed member is pinged).
type round struct {
	order []*Member
	next  int // order[next:] is still to come in this round
	rng   *rand.Rand
}

// add gives a joiner a random place among those still to come.
func (r *round) add(m *Member) {
	r.order = append(r.order, m)
	last := len(r.order) - 1
	place := r.next + r.rng.IntN(last-r.next+1)
	r.order[place], r.order[last] = r.order[last], r.order[place]
}

func (r *round) remove(m *Member) {
	i := slices.Index(r.order, m)
	if i < 0 {
		return
	}
	r.order = slices.Delete(r.order, i, i+1)
	if i < r.next {
		r.next--
	}
}

// pick returns the next member for which ok holds, or nil when there is none.
// Members for which it does not are passed over until the next round.
func (r *round) pick(ok func(*Member) bool) *Member {
	// What is left of this round, and one more.
	for range 2 * len(r.order) {
		if r.next >= len(r.order) {
			r.next = 0
			r.rng.Shuffle(len(r.order), func(i, j int) {
				r.order[i], r.order[j] = r.order[j], r.order[i]
			})
		}
		m := r.order[r.next]
		r.next++
		if ok(m) {
			return m
		}
	}
	return nil
}

// sample returns up to n different members for which ok holds, drawn at random.
func (r *round) sample(n int, ok func(*Member) bool) []*Member {
	var candidates []*Member
	for _, m := range r.order {
		if ok(m) {
			candidates = append(candidates, m)
		}
	}
	n = min(n, len(candidates))
	for i := range n {
		j := i + r.rng.IntN(len(candidates)-i)
		candidates[i], candidates[j] = candidates[j], candidates[i]
	}
	return candidates[:n]
}
