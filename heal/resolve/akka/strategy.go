package akka

import (
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// Decision says whom to take down.
type Decision uint8

// The decisions.
const (
	None Decision = iota
	DownUnreachable
	DownReachable
	DownAll
	DownIndirect
	AcquireAndDownUnreachable
	AcquireAndDownIndirect
	// ReverseDownIndirect is what becomes of AcquireAndDownIndirect without the lease.
	ReverseDownIndirect
)

var decisionNames = []string{
	"none", "down-unreachable", "down-reachable", "down-all", "down-indirectly-connected",
	"acquire-lease-and-down-unreachable", "acquire-lease-and-down-indirectly-connected", "down-indirectly-connected",
}

// String returns the name of the decision.
func (d Decision) String() string { return decisionNames[d] }

// NeedsLease reports whether the decision holds only if the lease is acquired.
func (d Decision) NeedsLease() bool {
	return d == AcquireAndDownUnreachable || d == AcquireAndDownIndirect
}

// Reverse returns what is decided when the lease is denied.
func (d Decision) Reverse() Decision {
	if d == AcquireAndDownIndirect {
		return ReverseDownIndirect
	}
	return DownReachable
}

func (d Decision) indirect() bool { return d == DownIndirect || d == AcquireAndDownIndirect }

// Rules are a strategy with its settings.
type Rules struct {
	resolve.Rules
	// MinorityDelay is how much later than the majority a minority asks for the lease.
	MinorityDelay time.Duration
}

// Decide says what to do about a cluster with unreachable members, and how much later to
// ask for the lease.
func (r *Rules) Decide(c *Cluster) (d Decision, delay time.Duration) {
	counted := count{role: r.Role}
	reachable, unreachable := c.count(counted)
	switch {
	case r.Strategy == resolve.DownAll,
		r.Strategy == resolve.StaticQuorum && reachable+unreachable > 2*r.QuorumSize-1:
		return DownAll, 0
	case len(c.indirect()) > 0 && r.Strategy == resolve.LeaseMajority:
		return AcquireAndDownIndirect, 0
	case len(c.indirect()) > 0:
		return DownIndirect, 0
	}
	switch r.Strategy {
	case resolve.StaticQuorum:
		return stayIf(reachable >= r.QuorumSize), 0
	case resolve.KeepMajority:
		return r.keepMajority(c), 0
	case resolve.KeepOldest:
		return r.keepOldest(c), 0
	case resolve.KeepReferee:
		return r.keepReferee(c), 0
	case resolve.LeaseMajority:
		if first := c.first(counted, byAddress); first != nil && !majority(c, reachable, unreachable, first) {
			delay = r.MinorityDelay
		}
		return AcquireAndDownUnreachable, delay
	}
	return DownAll, 0
}

func stayIf(stay bool) Decision {
	if stay {
		return DownUnreachable
	}
	return DownReachable
}

// majority reports whether the reachable are more, or as many and with the lowest.
func majority(c *Cluster, reachable, unreachable int, lowest *Member) bool {
	return reachable > unreachable || reachable == unreachable && !c.unreachable[lowest.Address]
}

// keepMajority asks twice: by the statuses as they are known here, and then by what the
// other side may have made of them, to the disadvantage of this one.
func (r *Rules) keepMajority(c *Cluster) Decision {
	lowest := c.first(count{role: r.Role}, byAddress)
	if lowest == nil {
		return DownAll
	}
	reachable, unreachable := c.count(count{role: r.Role})
	if !majority(c, reachable, unreachable, lowest) {
		return DownReachable
	}
	few := count{role: r.Role, withoutLeaving: true}
	lowest = c.first(few, byAddress)
	reachable, _ = c.count(few)
	_, unreachable = c.count(count{role: r.Role, possiblyUp: true})
	if lowest == nil || !majority(c, reachable, unreachable, lowest) {
		return DownAll
	}
	return DownUnreachable
}

// keepOldest asks twice, as keepMajority does.
func (r *Rules) keepOldest(c *Cluster) Decision {
	oldest := c.first(count{role: r.Role}, byAge)
	if oldest == nil {
		return DownAll
	}
	reachable, unreachable := c.count(count{role: r.Role})
	if !r.withOldest(c, reachable, unreachable, oldest) {
		return DownReachable
	}
	oldest = c.first(count{role: r.Role, withoutLeaving: true}, byAge)
	reachable, unreachable = c.count(count{role: r.Role, withoutLeaving: true, possiblyUp: r.DownIfAlone})
	if oldest == nil || !r.withOldest(c, reachable, unreachable, oldest) {
		return DownAll
	}
	return DownUnreachable
}

func (r *Rules) withOldest(c *Cluster, reachable, unreachable int, oldest *Member) bool {
	if c.unreachable[oldest.Address] {
		return r.DownIfAlone && unreachable == 1 && reachable >= 2
	}
	return !(r.DownIfAlone && reachable == 1 && unreachable >= 2)
}

func (r *Rules) keepReferee(c *Cluster) Decision {
	reachable, _ := c.count(count{})
	referee := c.members[r.Referee]
	if referee == nil || !(count{}).counts(referee) || reachable < r.Minimum {
		return DownAll
	}
	return stayIf(!c.unreachable[r.Referee])
}

// Down returns whom a decision takes down, in order. With [ErrDoubleIndirect] that is
// all members.
func (r *Rules) Down(c *Cluster, d Decision) ([]wire.Address, error) {
	down := func(has func(wire.Address) bool) []wire.Address {
		return c.addresses(func(m *Member) bool { return m.Status.downable() && has(m.Address) })
	}
	unreachable := func(a wire.Address) bool { return c.unreachable[a] }
	reachable := func(a wire.Address) bool { return !c.unreachable[a] }
	switch d {
	case DownUnreachable, AcquireAndDownUnreachable:
		return down(unreachable), nil
	case DownReachable:
		return down(reachable), nil
	case DownAll:
		return down(func(wire.Address) bool { return true }), nil
	case ReverseDownIndirect:
		indirect := c.indirect()
		return down(func(a wire.Address) bool { return indirect[a] || reachable(a) }), nil
	case DownIndirect, AcquireAndDownIndirect:
		more, err := r.besidesIndirect(c)
		if err != nil {
			return down(func(wire.Address) bool { return true }), err
		}
		indirect := c.indirect()
		return down(func(a wire.Address) bool { return indirect[a] || more[a] }), nil
	}
	return []wire.Address{}, nil
}

// besidesIndirect returns whom a decision takes down that leaves out what the indirectly
// connected say of each other.
func (r *Rules) besidesIndirect(c *Cluster) (set, error) {
	rest := c.withoutIndirect()
	if rest == nil {
		return nil, nil
	}
	d, _ := r.Decide(rest)
	if d.indirect() {
		return nil, ErrDoubleIndirect
	}
	more, err := r.Down(rest, d)
	down := make(set, len(more))
	for _, a := range more {
		down[a] = true
	}
	return down, err
}
