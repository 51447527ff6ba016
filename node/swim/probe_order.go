package swim

import (
	"math/rand/v2"
	"slices"
)

// probeOrder is the order in which members are pinged: all of them once, in an order
// drawn anew for each probeOrder (section 4.3 of the SWIM paper, which bounds the
// time until a failed member is pinged).
type probeOrder struct {
	order []memberID
	next  int // order[next:] is still to come in this round
	rng   *rand.Rand
	begun int // rounds
}

// add gives a joiner a random place among those still to come.
func (r *probeOrder) add(n memberID) {
	r.order = append(r.order, n)
	last := len(r.order) - 1
	place := r.next + r.rng.IntN(last-r.next+1)
	r.order[place], r.order[last] = r.order[last], r.order[place]
}

// keep removes those for which good does not hold.
func (r *probeOrder) keep(good func(memberID) bool) {
	before := 0 // of those to come, or that have been
	for _, n := range r.order[:r.next] {
		if good(n) {
			before++
		}
	}
	r.order = slices.DeleteFunc(r.order, func(n memberID) bool { return !good(n) })
	r.next = before
}

// pick returns the next member for which good holds; ok is false when there is
// none. Members for which it does not are passed over until the next round.
func (r *probeOrder) pick(good func(memberID) bool) (n memberID, ok bool) {
	// What is left of this round, and one more.
	for range 2 * len(r.order) {
		if r.next >= len(r.order) {
			r.next = 0
			r.begun++
			r.rng.Shuffle(len(r.order), func(i, j int) {
				r.order[i], r.order[j] = r.order[j], r.order[i]
			})
		}
		n := r.order[r.next]
		r.next++
		if good(n) {
			return n, true
		}
	}
	return 0, false
}

// sample returns up to size different members for which good holds, drawn at
// random.
func (r *probeOrder) sample(size int, good func(memberID) bool) []memberID {
	var drawn []memberID
	// A few of a large cluster are found without looking at all of it.
	for tries := 4 * size; len(drawn) < size && tries > 0 && len(r.order) > 8*size; tries-- {
		n := r.order[r.rng.IntN(len(r.order))]
		if good(n) && !slices.Contains(drawn, n) {
			drawn = append(drawn, n)
		}
	}
	if len(drawn) == size {
		return drawn
	}
	var candidates []memberID
	for _, n := range r.order {
		if good(n) {
			candidates = append(candidates, n)
		}
	}
	size = min(size, len(candidates))
	for i := range size {
		j := i + r.rng.IntN(len(candidates)-i)
		candidates[i], candidates[j] = candidates[j], candidates[i]
	}
	return candidates[:size]
}
