package ringpop

import (
	"github.com/ringmend/ringmend/compat/pop"
	"github.com/temporalio/ringpop-go/swim"
)

// forkInterface is what [Interface] has in Temporal's fork only.
type forkInterface interface {
	GetReachableMemberObjects(predicates ...swim.MemberPredicate) ([]swim.Member, error)
}

// GetReachableMemberObjects returns the reachable members for which all predicates hold. Each
// predicate is called before it returns.
func (rp *Ringpop) GetReachableMemberObjects(predicates ...swim.MemberPredicate) ([]swim.Member, error) {
	return pop.ReachableMembers(rp.Ring, predicates...)
}
