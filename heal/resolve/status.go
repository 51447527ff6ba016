package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Status is what a resolver thinks, for people to look at.
type Status struct {
	State  State
	Paused bool // it was stopped, and does not know yet whether it still may serve
	Serves bool
	Since  time.Time // of the state
	Why    string    // the reason for it
	Epoch  uint64
	// Now is the verdict that a decision would have now. Last is that of the last
	// decision; its Reason is empty if there was none.
	Now, Last Verdict
	// Deadline is when a decision is due if nothing changes any more; zero: none is.
	Deadline   time.Time
	Missed     []wire.Address // unreachable and not written off, in order
	WrittenOff []wire.Address // in order
	Members    []MemberStatus // that count, in order
}

// Status returns what the resolver thinks.
func (r *Resolver) Status() Status {
	s := Status{
		State: r.state, Paused: r.paused, Serves: r.Serves(), Since: r.since, Why: r.why, Epoch: r.epoch,
		Now: r.Count(), Last: r.verdict, Missed: r.Missed(), WrittenOff: r.WrittenOff(),
	}
	s.Members = r.roster.members(r.cfg.Role)
	if r.state == Uncertain {
		s.Deadline = r.clock.Deadline()
	}
	return s
}

// Whole reports whether no member is unreachable, written-off ones included, and none has
// gone for good while unreachable within the time of a handover. A member that an operator
// has reaped may still serve.
func (r *Resolver) Whole() bool {
	t := &r.roster
	return t.missed == 0 && t.off == 0 && !t.vanished && (r.vanished.IsZero() || r.now.Sub(r.vanished) >= r.cfg.Handover)
}

// Paused reports whether the process was stopped, and no member has confirmed since that
// the node may still serve.
func (r *Resolver) Paused() bool { return r.paused }

// MemberStatus is how a member counts.
type MemberStatus struct {
	Counted
	// Counts means that it counts for the side that it is on: it is settled, and does not
	// leave. Otherwise it counts against every side.
	Counts bool
}

// members returns all members that count, in order, as those of the last freeze.
func (t *roster) members(role string) (list []MemberStatus) {
	for _, r := range t.rows {
		if t.counted(r, role) && !(r.status == wire.Leave && r.settled) {
			list = append(list, MemberStatus{Counted{r.address, r.born}, r.settled && r.status != wire.Leave})
		}
	}
	slices.SortFunc(list, func(a, b MemberStatus) int { return CompareAddresses(a.Address, b.Address) })
	return list
}
