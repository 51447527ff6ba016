package plan

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// guard lets a healer do all it wants for a number of looks, half a second apart.
type guard struct {
	h     *Healer
	now   time.Time
	calls []Call
	last  error
	// reconnected are the calls by which nodes were connected anew.
	reconnected []Call
}

func newGuard(seed uint64, named func(wire.Address) bool) *guard {
	return &guard{h: NewHealer(rng(seed), named), now: time.Unix(1_000_000, 0)}
}

// between is done before each call of a guard, if it is not nil.
func (g *guard) look(r *toyRing, between func()) {
	g.now = g.now.Add(500 * time.Millisecond)
	g.h.Looked(g.now, r.verdict())
	for _, c := range g.h.Joined(g.now) {
		g.reconnected = append(g.reconnected, c)
		r.call(c)
	}
	for _, c := range g.h.Due(g.now) {
		g.h.Told(c, g.do(r, c, between).Err)
	}
	for _, a := range g.h.Accusations(g.now) {
		g.carryOut(r, a, between)
	}
	for _, i := range g.h.Invitations(g.now) {
		g.carryOut(r, i, between)
	}
	for _, a := range g.h.Attempts(g.now) {
		g.carryOut(r, a, between)
		_, g.last = a.Result()
		g.h.Ended(g.now, a)
		for _, c := range g.h.Reconnect(g.now, a) {
			g.reconnected = append(g.reconnected, c)
			r.call(c)
		}
	}
}

func (g *guard) do(r *toyRing, c Call, between func()) Answer {
	if between != nil {
		between()
	}
	g.calls = append(g.calls, c)
	return r.call(c)
}

func (g *guard) carryOut(r *toyRing, s Steps, between func()) {
	for calls := s.Calls(); len(calls) > 0; calls = s.Calls() {
		var answers []Answer
		for _, c := range calls {
			answers = append(answers, g.do(r, c, between))
		}
		s.Answered(answers)
	}
}

func (g *guard) count(k Kind) (n int) {
	for _, c := range g.calls {
		if c.Kind == k {
			n++
		}
	}
	return n
}

func addresses(n int) []wire.Address {
	var all []wire.Address
	for i := range n {
		all = append(all, address(i))
	}
	return all
}

func halves(n int) (a, b []wire.Address) {
	all := addresses(n)
	return all[: n/2 : n/2], all[n/2:]
}
