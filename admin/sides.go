package admin

import (
	"cmp"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Side is a set of nodes that gossip with each other, directly or through others of
// the set: what one of them learns, all of them learn. A whole cluster is one side,
// also while a change spreads and its nodes hold many views. More than one side is a
// split.
//
// Two nodes gossip with each other when one of them holds the other pingable, that
// is alive or suspect, and the other one knows it with any status. They need not
// both hold each other pingable: a node that pings one that holds it down learns
// that from the answer, and refutes. Two nodes do not gossip when they hold each
// other down, when neither knows the other, or when one pings the other and the other
// has never heard of it (see OneWay).
//
// Consequences:
//
//   - A node that is suspected stays on the side of those that suspect it.
//   - Nodes that hold each other down are on one side if both gossip with a third
//     node: changes, including refutations, pass through that one.
//   - A node that does not hold itself up, because it left or is not a member yet,
//     is on no side and connects none: it takes no part in the ring.
//   - A node that did not answer is on no side and connects none: its view is not
//     known.
type Side struct {
	// Nodes are at least one, sorted.
	Nodes []wire.Address
	// Views are the memberships that the nodes hold, the most common one first. Each
	// node is in exactly one.
	Views []Partition
	// OneWay is true when a node of this side pings a node of another side that has
	// never heard of it, or is pinged by such a node. A newcomer is such a side for a
	// moment. A side that stays one way is an island, for example a seed that
	// restarted and found no host to join.
	OneWay bool
}

// SidesOf returns the sides of a cluster, given its partitions: the largest first,
// those of equal size by their first nodes. There is none when no node holds itself
// up.
func SidesOf(partitions []Partition) []Side {
	views := participants(partitions)
	r := newRelation(views)
	sets := newSets(len(views))
	for u := range views {
		for v := range u {
			if r.gossip(u, v) {
				sets.join(u, v)
			}
		}
	}
	at := map[int]int{}
	var sides []Side
	for i, view := range views {
		root := sets.find(i)
		place, found := at[root]
		if !found {
			place = len(sides)
			at[root] = place
			sides = append(sides, Side{})
		}
		side := &sides[place]
		side.Nodes = append(side.Nodes, view.Nodes...)
		side.Views = append(side.Views, view)
		side.OneWay = side.OneWay || r.oneWay(i, sets)
	}
	for i := range sides {
		sides[i].sort()
	}
	slices.SortFunc(sides, func(a, b Side) int {
		return cmp.Or(-cmp.Compare(len(a.Nodes), len(b.Nodes)), CompareAddresses(a.Nodes[0], b.Nodes[0]))
	})
	return sides
}

func (s *Side) sort() {
	slices.SortFunc(s.Nodes, CompareAddresses)
	slices.SortFunc(s.Views, func(a, b Partition) int {
		return cmp.Or(-cmp.Compare(len(a.Nodes), len(b.Nodes)), cmp.Compare(a.Checksum, b.Checksum))
	})
}

// participants returns the partitions without the nodes that do not hold themselves
// up, and without the partitions of which none is left.
func participants(partitions []Partition) []Partition {
	var views []Partition
	for _, p := range partitions {
		var nodes []wire.Address
		for _, node := range p.Nodes {
			if status, known := p.Status(node); known && status.Pingable() {
				nodes = append(nodes, node)
			}
		}
		if len(nodes) > 0 {
			p.Nodes = nodes
			views = append(views, p)
		}
	}
	return views
}

// relation says which views know, and which hold up, nodes of which other views. The
// nodes of one view all hold each other up.
type relation struct {
	size  int
	flags []uint8 // of view u about view v, at u*size+v
}

const (
	knowsOne   uint8 = 1 << iota // whatever its status
	holdsOneUp                   // alive or suspect
)

func newRelation(views []Partition) *relation {
	viewOf := map[wire.Address]int{}
	for v := range views {
		for _, node := range views[v].Nodes {
			viewOf[node] = v
		}
	}
	r := &relation{len(views), make([]uint8, len(views)*len(views))}
	if len(views) == 1 {
		return r
	}
	for u := range views {
		about := r.flags[u*r.size:][:r.size]
		for i := range views[u].Members {
			m := &views[u].Members[i]
			v, answered := viewOf[m.Address]
			switch {
			case !answered:
			case m.Status.Pingable():
				about[v] |= knowsOne | holdsOneUp
			default:
				about[v] |= knowsOne
			}
		}
	}
	return r
}

func (r *relation) is(flag uint8, u, v int) bool { return r.flags[u*r.size+v]&flag != 0 }

// gossip reports whether a node of u and one of v gossip with each other.
func (r *relation) gossip(u, v int) bool {
	return r.is(holdsOneUp, u, v) && r.is(knowsOne, v, u) || r.is(holdsOneUp, v, u) && r.is(knowsOne, u, v)
}

// oneWay reports whether view u pings, or is pinged by, a view of another set.
func (r *relation) oneWay(u int, s sets) bool {
	for v := range r.size {
		if (r.is(holdsOneUp, u, v) || r.is(holdsOneUp, v, u)) && s.find(u) != s.find(v) {
			return true
		}
	}
	return false
}

// sets are disjoint sets of integers (union-find): each element leads to another one
// of its set, and finally to its representative.
type sets []int

func newSets(size int) sets {
	s := make(sets, size)
	for i := range s {
		s[i] = i
	}
	return s
}

func (s sets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int) { s[s.find(i)] = s.find(j) }
