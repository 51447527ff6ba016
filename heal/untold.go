package heal

import (
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// withUntold adds to a plan by which members must reincarnate what the other side has not been
// told and gossip would bring late. Of a member that reincarnates each node of its side has a
// change to tell when the sides meet. Of one that was started during the cut its side no
// longer spreads what it is, and only the two nodes of the visit would tell the other side. So:
//
//   - Members that a merge would bring back on the other side, or make known there, reincarnate
//     along with those of their side that must, if they are no more than these.
//   - Members that have left cannot. That they have is told at once: the other side holds them
//     dead, and it harms none.
//
// Where another visit has been, members reincarnate for that and are being told of: if this node
// spreads some of those already, or more are pingable for both sides than must reincarnate,
// there is nothing to add.
func (h *Healer) withUntold(p Plan, theirs []wire.Change) Plan {
	if p.CanMerge() || h.cfg.Ringpop {
		return p
	}
	untold, both := h.untold(theirs)
	if both > len(p.Ours)+len(p.Theirs) {
		return p
	}
	for i := range untold.Ours {
		if h.node.Spreads(untold.Ours[i].Suspect.Address) {
			return p
		}
	}
	if len(untold.Ours) <= len(p.Ours) {
		p.Ours = append(p.Ours, untold.Ours...)
	}
	if len(untold.Theirs) <= len(p.Theirs) {
		p.Theirs = append(p.Theirs, untold.Theirs...)
	}
	p.TellOurs, p.TellTheirs = untold.TellOurs, untold.TellTheirs
	return p
}

// untold returns which members one side does not know to be alive, or to have left; and how many
// are pingable for both.
func (h *Healer) untold(theirs []wire.Change) (untold Plan, both int) {
	unknown := wire.Change{Status: wire.Tombstone}
	known := make(map[wire.Address]bool, len(theirs))
	for i := range theirs {
		b := &theirs[i]
		known[b.Address] = true
		a := unknown
		if m, ok := h.node.Member(b.Address); ok {
			a = asChange(&m)
		}
		switch {
		case a.Status.Pingable() && b.Status.Pingable():
			both++
		case overridesDeath(b, &a) && b.Status == wire.Alive:
			untold.Theirs = append(untold.Theirs, retold(b, &a))
		case overridesDeath(&a, b) && a.Status == wire.Alive:
			untold.Ours = append(untold.Ours, retold(&a, b))
		case overridesDeath(b, &a) && b.Status == wire.Leave:
			untold.TellOurs = append(untold.TellOurs, *b)
		case overridesDeath(&a, b) && a.Status == wire.Leave:
			untold.TellTheirs = append(untold.TellTheirs, a)
		}
	}
	h.node.Each(func(m *swim.Member) bool {
		if !known[m.Address] && m.Status == wire.Alive {
			a := asChange(m)
			untold.Ours = append(untold.Ours, retold(&a, &unknown))
		}
		return true
	})
	return untold, both
}

// overridesDeath reports whether x says something later of a member that is dead by y.
func overridesDeath(x, y *wire.Change) bool {
	return y.Status.Dead() && x.Incarnation > y.Incarnation
}

// retold makes a member suspect at the incarnation at which it lives, which it refutes.
func retold(lives, dead *wire.Change) Reincarnation {
	r := reincarnation(dead, lives)
	r.Suspect = suspectOf(lives)
	return r
}
