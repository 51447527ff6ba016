package resolve

import (
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// The guard is the set of rules by which a node decides about itself, without a leader and
// without asking others. Two nodes on two sides of a clean split decide from two views. The
// way members are counted keeps them from both deciding to serve:
//
//   - Own are the members that surely belong to this side and that the other side surely
//     knows: reachable, settled, and not leaving.
//   - Other are all other known members: the unreachable, and also those of this side
//     that are not settled or are leaving.
//   - Members that are gone count nowhere.
//
// Let P and Q be on two sides. A member that Q counts as its own is settled, so P knows it;
// it is not on P's side; hence P counts it as other. So own(P) + own(Q) is at most the total
// that P counts, and each rule requires more than its share of that.

// Counted is a member that counts.
type Counted struct {
	Address wire.Address
	// Born is when the member was started, in milliseconds, or any number that is lower
	// for older members; [Youngest] when that is unknown.
	Born int64
}

// Sides are the members that count, without those that are gone or lack the role.
type Sides struct {
	Own, Other []Counted
}

// Verdict is what the rules say of a side.
type Verdict struct {
	// Keep means that the side may serve; for [LeaseMajority], if it gets the lease.
	Keep bool
	// Minority means, for [LeaseMajority], that the side must ask later.
	Minority   bool
	Own, Other int
	Reason     string
}

// Decide returns the verdict on the side that made this count.
func (r *Rules) Decide(s Sides) Verdict {
	v := Verdict{Own: len(s.Own), Other: len(s.Other)}
	switch r.Strategy {
	case StaticQuorum:
		v.Keep, v.Reason = r.quorum(v.Own, v.Other)
	case KeepMajority:
		v.Keep, v.Reason = majority(s)
	case KeepOldest:
		v.Keep, v.Reason = r.oldest(s)
	case KeepReferee:
		v.Keep, v.Reason = r.referee(s)
	case LeaseMajority:
		first, reason := majority(s)
		v.Keep, v.Minority, v.Reason = true, !first, reason
	default:
		v.Reason = "no side is kept"
	}
	return v
}

func (r *Rules) quorum(own, other int) (keep bool, reason string) {
	most := 2*r.QuorumSize - 1
	switch {
	case own+other > most:
		return false, fmt.Sprintf("%d members are too many for a quorum of %d", own+other, r.QuorumSize)
	case own < r.QuorumSize:
		return false, fmt.Sprintf("%d are fewer than the quorum of %d", own, r.QuorumSize)
	}
	return true, fmt.Sprintf("%d reach the quorum of %d", own, r.QuorumSize)
}

func majority(s Sides) (keep bool, reason string) {
	own, other := len(s.Own), len(s.Other)
	switch {
	case own > other:
		return true, fmt.Sprintf("%d of %d are a majority", own, own+other)
	case own < other:
		return false, fmt.Sprintf("%d of %d are a minority", own, own+other)
	case own == 0:
		return false, "no member counts"
	}
	if lowest := slices.MinFunc(s.Own, compareCounted).Address; CompareAddresses(lowest, slices.MinFunc(s.Other, compareCounted).Address) < 0 {
		return true, fmt.Sprintf("half of %d, with the lowest address %s", own+other, lowest)
	}
	return false, fmt.Sprintf("half of %d, without the lowest address", own+other)
}

func (r *Rules) oldest(s Sides) (keep bool, reason string) {
	own, other := len(s.Own), len(s.Other)
	if own == 0 {
		return false, "no member of this side counts"
	}
	oldest := slices.MinFunc(s.Own, compareAge)
	here := true
	if other > 0 {
		if there := slices.MinFunc(s.Other, compareAge); compareAge(there, oldest) < 0 {
			oldest, here = there, false
		}
	}
	switch {
	case here && r.DownIfAlone && own == 1 && other >= 2:
		return false, fmt.Sprintf("the oldest member %s is alone", oldest.Address)
	case here:
		return true, fmt.Sprintf("the oldest member %s is here", oldest.Address)
	case r.DownIfAlone && other == 1 && own >= 2:
		return true, fmt.Sprintf("the oldest member %s is alone elsewhere", oldest.Address)
	}
	return false, fmt.Sprintf("the oldest member %s is not here", oldest.Address)
}

func (r *Rules) referee(s Sides) (keep bool, reason string) {
	switch {
	case !slices.ContainsFunc(s.Own, func(c Counted) bool { return c.Address == r.Referee }):
		return false, fmt.Sprintf("the referee %s is not here", r.Referee)
	case len(s.Own) < r.Minimum:
		return false, fmt.Sprintf("%d are fewer than the minimum of %d", len(s.Own), r.Minimum)
	}
	return true, fmt.Sprintf("the referee %s is here", r.Referee)
}
