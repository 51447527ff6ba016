package table

import (
	"math/rand/v2"
	"slices"
)

// ProbeOrder is the order in which members are pinged: each of them once in a round, in
// an order that is drawn anew for each round (section 4.3 of the SWIM paper, which
// bounds the time until a failed member is pinged).
type ProbeOrder struct {
	order []MemberID // no number twice; order[next:] is still to come in this round
	next  int
	round int // the number of the round; the first one is 0
	rng   *rand.Rand
}

// NewProbeOrder returns the order of no members yet.
func NewProbeOrder(rng *rand.Rand) *ProbeOrder { return &ProbeOrder{rng: rng} }

// Round returns how many rounds have begun since the first one.
func (o *ProbeOrder) Round() int { return o.round }

// Add gives a new member a random place among those still to come.
func (o *ProbeOrder) Add(m MemberID) {
	o.order = append(o.order, m)
	last := len(o.order) - 1
	place := o.next + o.rng.IntN(last-o.next+1)
	o.order[place], o.order[last] = o.order[last], o.order[place]
}

// Keep removes the members for which good does not hold.
func (o *ProbeOrder) Keep(good func(MemberID) bool) {
	before := 0 // of order[:next], those that stay
	for _, m := range o.order[:o.next] {
		if good(m) {
			before++
		}
	}
	o.order = slices.DeleteFunc(o.order, func(m MemberID) bool { return !good(m) })
	o.next = before
}

// Next returns the next member for which good holds; ok is false when there is none.
// The members before it lose their turn in this round.
func (o *ProbeOrder) Next(good func(MemberID) bool) (m MemberID, ok bool) {
	// What is left of this round, and one more.
	for range 2 * len(o.order) {
		if o.next >= len(o.order) {
			o.next = 0
			o.round++
			o.rng.Shuffle(len(o.order), func(i, j int) {
				o.order[i], o.order[j] = o.order[j], o.order[i]
			})
		}
		m := o.order[o.next]
		o.next++
		if good(m) {
			return m, true
		}
	}
	return 0, false
}

// Sample returns up to n different members for which good holds, drawn at random.
func (o *ProbeOrder) Sample(n int, good func(MemberID) bool) []MemberID {
	var drawn []MemberID
	// A few of a large cluster are found without looking at all of it.
	for tries := 4 * n; len(drawn) < n && tries > 0 && len(o.order) > 8*n; tries-- {
		m := o.order[o.rng.IntN(len(o.order))]
		if good(m) && !slices.Contains(drawn, m) {
			drawn = append(drawn, m)
		}
	}
	if len(drawn) == n {
		return drawn
	}
	var candidates []MemberID
	for _, m := range o.order {
		if good(m) {
			candidates = append(candidates, m)
		}
	}
	n = min(n, len(candidates))
	for i := range n {
		j := i + o.rng.IntN(len(candidates)-i)
		candidates[i], candidates[j] = candidates[j], candidates[i]
	}
	return candidates[:n]
}
