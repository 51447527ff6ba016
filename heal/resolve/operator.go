package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// WriteOff stops missing a member, on the order of an operator, and reports whether it was
// missed. A fenced node that misses no member serves.
func (r *Resolver) WriteOff(now time.Time, address wire.Address) bool {
	r.at(now)
	off := r.roster.writeOff(func(m *row) bool { return m.address == address })
	if len(off) > 0 && r.state == Uncertain && r.roster.missed == 0 && !r.paused {
		r.rest("the last one missed was written off")
	}
	return len(off) > 0
}

// Keep makes the node serve without the unreachable members, on the order of an operator:
// the way out when all sides are fenced. If two sides get that order, both serve.
func (r *Resolver) Keep(now time.Time) {
	r.at(now)
	r.epoch++
	r.roster.writeOff(all)
	r.paused = false
	r.serve("an operator said so")
}

// SetSettled says whether a member is settled, regardless of its age: for what-if questions.
func (r *Resolver) SetSettled(address wire.Address, settled bool) {
	m := r.roster.rows[address]
	switch {
	case m == nil:
	case settled:
		m.assume = settledByWord
	default:
		m.assume = unsettledByWord
	}
}

// Saved is what a node may keep in a file to survive a restart.
type Saved struct {
	Lost       bool
	Epoch      uint64
	Base       []wire.Address
	WrittenOff []wire.Address
}

// Save returns what to keep. Call it when the state has changed.
func (r *Resolver) Save() Saved {
	return Saved{Lost: r.state == Lost, Epoch: r.epoch, Base: r.roster.base(all), WrittenOff: r.WrittenOff()}
}

// Restore takes over what was saved, right after [New]. The node misses the members that it
// knew until it learns of them again. A node that had lost is still fenced.
func (r *Resolver) Restore(s Saved) {
	r.epoch = s.Epoch
	dc := r.node.Self().Labels[dcLabel]
	for _, a := range append(slices.Clone(s.Base), s.WrittenOff...) {
		if r.roster.rows[a] == nil {
			r.roster.add(&row{address: a, status: wire.Faulty, dc: dc, since: r.now, born: Youngest, writtenOff: slices.Contains(s.WrittenOff, a)})
		}
	}
	if s.Lost {
		r.become(Lost, "it was lost before the restart")
	}
}
