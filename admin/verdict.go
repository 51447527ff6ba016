package admin

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Verdict sums up a look at a cluster.
type Verdict struct {
	Condition Condition
	// Sides hold the nodes that answered and hold themselves up.
	Sides []Side
	// Views is how many different memberships the nodes of all sides hold.
	Views int
	// Most is the membership held by most nodes of the largest side. If all nodes
	// that answered have left, it is one of theirs. It is nil when no node answered.
	Most *Partition

	// Each member is in exactly one of the following lists, which are sorted.
	// Tombstones are no longer members and in none.

	// Up are the members that answered and are held alive by all nodes of their side
	// that know them.
	Up []wire.Address
	// Suspect are the members in doubt: those that answered, but are not held alive by
	// themselves or by others on their side; and those that did not answer, and are
	// held suspect by some nodes and alive by none.
	Suspect []wire.Address
	// Silent are the members that did not answer and are held alive by some nodes.
	Silent []wire.Address
	// Faulty are the members that did not answer and that no node holds up.
	Faulty []wire.Address
	// Left are the members that say that they left, or that did not answer and have
	// left according to some nodes, while no node holds them up.
	Left []wire.Address
}

// Members returns how many members there are.
func (v *Verdict) Members() int {
	return len(v.Up) + len(v.Suspect) + len(v.Silent) + len(v.Faulty) + len(v.Left)
}

// VerdictOf returns the verdict on what was found of a cluster.
func VerdictOf(c *Cluster) *Verdict {
	partitions := c.Partitions()
	v := &Verdict{Sides: SidesOf(partitions)}
	v.Condition = conditionOf(partitions, v.Sides)
	views := partitions
	if len(v.Sides) > 0 {
		views = nil
		for i := range v.Sides {
			views = append(views, v.Sides[i].Views...)
		}
	}
	v.Views = len(views)
	if len(views) > 0 {
		v.Most = &views[0]
	}
	v.sort(c, views)
	return v
}

// sort puts each member where it belongs.
func (v *Verdict) sort(c *Cluster, views []Partition) {
	answered, left := ownAccounts(c)
	sideOf := v.sideOf()
	doubted := v.doubted(sideOf)
	for address, status := range mildest(views) {
		_, takesPart := sideOf[address]
		list := &v.Faulty
		switch {
		case takesPart && doubted[address]:
			list = &v.Suspect
		case takesPart:
			list = &v.Up
		case left[address] || status == wire.Leave:
			list = &v.Left
		case status == wire.Alive && !answered[address]:
			list = &v.Silent
		case status.Pingable():
			list = &v.Suspect
		case status == wire.Tombstone:
			continue
		}
		*list = append(*list, address)
	}
	for _, list := range [][]wire.Address{v.Up, v.Suspect, v.Silent, v.Faulty, v.Left} {
		slices.SortFunc(list, CompareAddresses)
	}
}

// ownAccounts returns which nodes answered, and which of these say that they
// left.
func ownAccounts(c *Cluster) (answered, left map[wire.Address]bool) {
	answered, left = map[wire.Address]bool{}, map[wire.Address]bool{}
	for _, n := range c.Nodes {
		if n.Err != nil {
			continue
		}
		answered[n.Address] = true
		m := FindMember(n.Stats.Membership.Members, n.Address)
		left[n.Address] = m != nil && m.Status == wire.Leave
	}
	return answered, left
}

// sideOf returns the number of the side that each node is on.
func (v *Verdict) sideOf() map[wire.Address]int {
	sideOf := map[wire.Address]int{}
	for i := range v.Sides {
		for _, node := range v.Sides[i].Nodes {
			sideOf[node] = i
		}
	}
	return sideOf
}

// doubted returns the nodes that are not held alive by all of their side.
func (v *Verdict) doubted(sideOf map[wire.Address]int) map[wire.Address]bool {
	doubted := map[wire.Address]bool{}
	for i := range v.Sides {
		for _, view := range v.Sides[i].Views {
			for _, m := range view.Members {
				if m.Status == wire.Alive {
					continue
				}
				if side, takesPart := sideOf[m.Address]; takesPart && side == i {
					doubted[m.Address] = true
				}
			}
		}
	}
	return doubted
}

// severity orders statuses from the mildest to the worst.
var severity = [...]uint8{wire.Alive: 0, wire.Suspect: 1, wire.Leave: 2, wire.Faulty: 3, wire.Tombstone: 4}

// mildest returns the mildest status that any view has for each member.
func mildest(views []Partition) map[wire.Address]wire.Status {
	statuses := map[wire.Address]wire.Status{}
	for i := range views {
		for j := range views[i].Members {
			m := &views[i].Members[j]
			if status, known := statuses[m.Address]; !known || severity[m.Status] < severity[status] {
				statuses[m.Address] = m.Status
			}
		}
	}
	return statuses
}
