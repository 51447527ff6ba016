package plan

import (
	"maps"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/wire"
)

// beliefs is what the nodes of a side hold all members to be. The nodes need not agree:
// for each member there is the belief that is overridden most easily, and those that
// override most.
type beliefs struct {
	// weakest is the lowest pingable belief that some node of the side holds.
	weakest map[wire.Address]wire.Member
	// strongest is the highest unpingable belief.
	strongest map[wire.Address]wire.Member
	// alive is the highest belief among those that say so.
	alive map[wire.Address]wire.Member
	// nodes are those that answered, and hold themselves up.
	nodes map[wire.Address]bool
}

func newBeliefs(views []admin.Partition) *beliefs {
	b := &beliefs{
		weakest:   make(map[wire.Address]wire.Member),
		strongest: make(map[wire.Address]wire.Member),
		alive:     make(map[wire.Address]wire.Member),
		nodes:     make(map[wire.Address]bool),
	}
	for i := range views {
		for _, node := range views[i].Nodes {
			b.nodes[node] = true
		}
		for _, m := range views[i].Members {
			b.add(m)
		}
	}
	return b
}

func (b *beliefs) add(m wire.Member) {
	keep := func(in map[wire.Address]wire.Member, better bool) {
		if last, known := in[m.Address]; !known || overrides(m, last) == better {
			in[m.Address] = m
		}
	}
	if !m.Status.Pingable() {
		keep(b.strongest, true)
		return
	}
	keep(b.weakest, false)
	if m.Status == wire.Alive {
		keep(b.alive, true)
	}
}

// knows reports whether some node of the side has ever heard of a member.
func (b *beliefs) knows(member wire.Address) bool {
	_, up := b.weakest[member]
	_, down := b.strongest[member]
	return up || down
}

// overrides reports whether a replaces b: at a higher incarnation, or at the same one
// with a status of higher precedence.
func overrides(a, b wire.Member) bool {
	return a.Incarnation > b.Incarnation || a.Incarnation == b.Incarnation && a.Status > b.Status
}

// compare makes the plan of [heal.Compare] for sides whose nodes need not agree: a
// member must reincarnate if any belief of the other side would kill any node's belief
// in it.
func compare(ours, theirs *beliefs) heal.Plan {
	in := func(members map[wire.Address]wire.Member) func(wire.Address) (wire.Member, bool) {
		return func(a wire.Address) (wire.Member, bool) { m, known := members[a]; return m, known }
	}
	return heal.Plan{
		Ours:   heal.Compare(in(ours.weakest), changesOf(theirs.strongest)).Ours,
		Theirs: heal.Compare(in(ours.strongest), changesOf(theirs.weakest)).Theirs,
	}
}

// changesOf returns members as changes, in order of their addresses.
func changesOf(members map[wire.Address]wire.Member) []wire.Change {
	changes := make([]wire.Change, 0, len(members))
	for _, address := range slices.Sorted(maps.Keys(members)) {
		changes = append(changes, changeOf(members[address]))
	}
	return changes
}

// changeOf returns a member as a change. It names no source: a node does not pass a
// change on to the one that is named as its source.
func changeOf(m wire.Member) wire.Change {
	return wire.Change{Address: m.Address, Incarnation: m.Incarnation, Status: m.Status, Labels: m.Labels}
}
