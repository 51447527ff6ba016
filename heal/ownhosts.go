package heal

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// ownHosts says when to look for hosts that discovery lists and that are no members, apart
// from the turns of the side. A node is ready when some hosts have answered, or when
// another node has called it; the others may start a little later, and it may be the only
// one that they are listed to, as where each node lists the one before it. So it tries
// them once more after a second, two, four and so on, until its own turns come as often.
type ownHosts struct {
	next time.Time // zero: not begun, or over
	wait time.Duration
	done bool
	only bool // the hosts that are being asked for are for this
}

const firstOwnTry = time.Second

// due reports whether to look now, and plans the next time.
func (o *ownHosts) due(h *Healer) bool {
	switch {
	case o.done || h.cfg.Ringpop:
		return false
	case o.wait == 0:
		o.wait = firstOwnTry
	case h.now.Before(o.next):
		return false
	default:
		o.wait *= 2
		o.only = true
	}
	o.next = h.now.Add(o.wait)
	if o.wait > h.cfg.SlowInterval*time.Duration(max(1, h.node.Pingable())) {
		o.done, o.next = true, time.Time{}
	}
	return o.only
}

// dueTargets leaves out of the targets of a search of the healer's own account those that
// are to be left alone; or, if it is for hosts only, members.
func (h *Healer) dueTargets(targets []wire.Address) []wire.Address {
	h.backoffs.tidy(h.now)
	if !h.own.only {
		return slices.DeleteFunc(targets, func(t wire.Address) bool { return !h.isDue(t) })
	}
	h.own.only = false
	hosts := slices.DeleteFunc(targets, h.isMember)
	if len(hosts) == 0 {
		h.own.done, h.own.next = true, time.Time{} // all are members
	}
	return hosts
}

func (h *Healer) isMember(a wire.Address) bool {
	_, known := h.node.Member(a)
	return known
}
