package guardlive

import (
	"slices"
	"strings"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/node/wire"
)

// whole reports whether all nodes hold all alive. Rings of both programs never agree on
// their checksum, nor on incarnations for long enough to tell.
func (r *run) whole(views []*wire.MembershipStats) bool {
	mixed := strings.Contains(r.Ring, "n") && strings.Trim(r.Ring, "n") != ""
	if !mixed {
		return r.nodes.Whole(views)
	}
	for _, v := range views {
		if v == nil || nodelab.Count(v, wire.Alive) != len(r.Ring) {
			return false
		}
	}
	return true
}

// apart reports whether no node holds one of another part up.
func (r *run) apart(views []*wire.MembershipStats) bool {
	return !slices.Contains(views, nil) && !r.merging(views)
}

// merging reports whether some node holds one of another part up.
func (r *run) merging(views []*wire.MembershipStats) bool {
	for _, part := range r.parts() {
		for _, host := range part {
			if views[host] != nil && r.acrossUp(views[host], part) {
				return true
			}
		}
	}
	return false
}

func (r *run) acrossUp(v *wire.MembershipStats, part []int) bool {
	own := make(map[string]bool)
	for _, host := range part {
		own[r.network.Address(host)] = true
	}
	for _, m := range v.Members {
		if m.Status.Pingable() && !own[m.Address.Host()] {
			return true
		}
	}
	return false
}
