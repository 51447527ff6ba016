package whatif

import (
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// Outcome is what would become of one part of a cluster.
type Outcome struct {
	Part    []wire.Address
	Verdict resolve.Verdict
}

// IfSplit says what would become of each part if the cluster was split into them now, by what
// one node thinks. Members that are in no part count as crashed. The error names what makes
// no sense.
func IfSplit(status *wire.ResolveStatus, parts [][]wire.Address) ([]Outcome, error) {
	if status.State == wire.ResolverOff {
		return nil, admin.ErrNoResolver
	}
	strategy, err := resolve.ParseStrategy(status.Settings.Strategy)
	if err != nil {
		return nil, err
	}
	rules := resolve.Rules{
		Strategy: strategy, QuorumSize: status.Settings.QuorumSize, DownIfAlone: status.Settings.DownIfAlone,
		Referee: status.Settings.Referee, Minimum: status.Settings.Minimum,
	}
	in := make(map[wire.Address]int)
	for p, part := range parts {
		for _, a := range part {
			if !slices.ContainsFunc(status.Members, func(m wire.ResolveMember) bool { return m.Address == a }) {
				return nil, fmt.Errorf("%s is no member that counts", a)
			}
			if _, twice := in[a]; twice {
				return nil, fmt.Errorf("%s is named twice", a)
			}
			in[a] = p
		}
	}
	var list []Outcome
	for p, part := range parts {
		var sides resolve.Sides
		for _, m := range status.Members {
			counted := resolve.Counted{Address: m.Address, Born: resolve.Youngest}
			if m.Born != nil {
				counted.Born = *m.Born
			}
			if at, named := in[m.Address]; named && at == p && m.Counts {
				sides.Own = append(sides.Own, counted)
			} else {
				sides.Other = append(sides.Other, counted)
			}
		}
		list = append(list, Outcome{part, rules.Decide(sides)})
	}
	return list, nil
}
