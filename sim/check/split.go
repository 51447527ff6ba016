package check

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/sim/world"
)

// checkKeepers checks that no two nodes were both kept, each without the other.
func (s *Serving) checkKeepers(n *world.Node) {
	if !s.claimsKeepers() {
		return
	}
	for _, other := range s.world.Nodes {
		if !other.Up || !s.of(other).kept || other == n || s.isStale(other) {
			continue
		}
		if isOff(n, other) && isOff(other, n) {
			s.checks.violate(InvariantOneKeeper, []*world.Node{n, other}, "nodes %d and %d were both kept by %v, each without the other", n.Number(), other.Number(), s.cfg.Strategy)
		}
	}
}

// isOff reports whether a node has written another one off, and it was not back since.
func isOff(n, other *world.Node) bool {
	return slices.Contains(n.Core.Resolver().WrittenOff(), other.Address)
}

// claimsKeepers tells whether that is claimed now: always by a lease or a quorum, and by the
// others where a settled cluster was split cleanly.
func (s *Serving) claimsKeepers() bool {
	return s.clean || s.cfg.Strategy == resolve.LeaseMajority || s.cfg.Strategy == resolve.StaticQuorum
}

// slack is for the tick, for gossip, and for operations on the lease.
func (s *Serving) slack() time.Duration {
	slack := s.cfg.Tick + 2*time.Second
	if s.cfg.Strategy == resolve.LeaseMajority {
		slack += s.cfg.MinorityDelay + 3*s.cfg.LeaseTimeout
	}
	return slack
}

// checkTime checks that a node does not stay uncertain.
func (s *Serving) checkTime(n *world.Node) {
	since := s.of(n).uncertain
	bound := s.cfg.StableAfter + s.cfg.UnstableAfter + s.slack()
	if since > 0 && s.world.Now-since > bound && n.Stood == 0 {
		s.checks.violate(InvariantDecides, []*world.Node{n}, "node %d has been uncertain for %v", n.Number(), s.world.Now-since)
	}
}

// lateDetection is how long it may take until all nodes hold the other side of a clean
// split faulty: one that is alone while packets are dropped takes 18 s.
const lateDetection = 18 * time.Second

// checkSplit checks, some time after a clean split of a cluster in which all was well, that
// exactly the nodes that should serve do so.
func (s *Serving) checkSplit(accepted int) {
	bound := s.cutAt + lateDetection + s.cfg.StableAfter + s.cfg.UnstableAfter + s.slack()
	if s.parts == nil || !s.clean || s.world.Now < bound || s.cfg.Strategy == resolve.LeaseMajority || s.isOnePart() {
		return
	}
	keeper := s.rightful()
	for p, set := range s.parts {
		for _, number := range set {
			n := s.world.Nodes[number-1]
			if !isMember(n) {
				continue
			}
			if serves := s.serves(n); serves != (p == keeper) {
				s.checks.violate(InvariantKeptServes, []*world.Node{n}, "%v after a clean split of a settled cluster, node %d serves: %v; part %d should", s.world.Now-s.cutAt, number, serves, keeper+1)
				return
			}
		}
	}
	if keeper >= 0 && s.cfg.Handover > 0 && s.world.Now > bound+s.cfg.Handover && accepted < len(s.keys) {
		s.checks.violate(InvariantKeptServes, nil, "%v after a clean split of a settled cluster, %d of %d keys are accepted", s.world.Now-s.cutAt, accepted, len(s.keys))
	}
}

// isOnePart reports whether all members are in one part, since the others have left.
func (s *Serving) isOnePart() bool {
	parts := 0
	for _, set := range s.parts {
		parts += count(slices.ContainsFunc(set, func(number int) bool {
			return isMember(s.world.Nodes[number-1])
		}))
	}
	return parts < 2
}

// isMember reports whether a node was started, and has not left.
func isMember(n *world.Node) bool { return n.Life > 0 && !n.Left }

// rightful returns which part should serve; -1: none.
func (s *Serving) rightful() int {
	for p, set := range s.parts {
		var sides resolve.Sides
		for _, n := range s.world.Nodes {
			member := resolve.Counted{Address: n.Address, Born: n.Launched().UnixMilli()}
			switch {
			case !isMember(n):
			case slices.Contains(set, n.Number()):
				sides.Own = append(sides.Own, member)
			default:
				sides.Other = append(sides.Other, member)
			}
		}
		if s.cfg.Decide(sides).Keep {
			return p
		}
	}
	return -1
}

// checkUnfenced checks that all nodes serve once the cluster has been one for long, if none
// of them is down for good.
func (s *Serving) checkUnfenced(all bool) {
	calm, isCalm := s.checks.calmSince()
	one, _, _ := s.checks.IsOne()
	since := max(calm, s.checks.state.oneSince, s.storeBack)
	if all || !isCalm || !one || s.world.Now < since+s.cfg.UnfenceAfter+s.cfg.StableAfter+s.cfg.UnstableAfter+s.cfg.Handover+30*time.Second {
		return
	}
	for _, n := range s.world.Nodes {
		if s.of(n).storeless {
			return
		}
		if n.Life > 0 && (!n.Up || n.Left || n.Doomed) || len(s.world.Listed(n)) < len(s.world.Nodes) {
			return // a member may be missed for good, or is not known to all
		}
	}
	for _, n := range s.world.Nodes {
		if n.Up && !s.serves(n) {
			s.checks.violate(InvariantUnfences, []*world.Node{n}, "%v after the cluster is one, node %d does not serve: it is %v", s.world.Now-since, n.Number(), n.Core.Resolver().State())
			return
		}
	}
}
