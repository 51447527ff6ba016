package check

import (
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// acquaintance says which nodes can come to know each other. Two that are up can if
// discovery lists one of them to the other, or one of them holds the other up; and
// so can all that are connected by such pairs, in whichever direction. It is looked
// at when the faults have stopped, and what must become one is each group.
//
// A node that lists only itself and that all others have forgotten, say, is an island:
// nothing that a node could know leads to it.
type acquaintance struct {
	since  int // the disturbance after which it was found, plus one; 0: not yet
	group  []int32
	groups int
}

// acquainted returns which nodes can come to know each other after the last disturbance.
func (c *Checks) acquainted() *acquaintance {
	a := &c.acquaintance
	if a.since == c.state.disturbances+1 {
		return a
	}
	a.since = c.state.disturbances + 1
	a.start(c.world.Nodes)
	for _, n := range c.world.Nodes {
		if !n.Up {
			continue
		}
		for _, host := range c.world.Listed(n) {
			a.join(n, c.world.At(host))
		}
		if a.groups == 1 {
			continue // there is no more to find
		}
		table := n.Core.Node()
		for _, other := range c.world.Nodes {
			if member, known := table.Member(other.Address); known && c.remembered(member.Status) {
				a.join(n, other)
			}
		}
	}
	return a
}

// remembered reports whether members of a status are looked for until the cluster
// must be one. Those that are faulty are, unless they are forgotten before. Those that
// have left are never forgotten, and may have been started again.
func (c *Checks) remembered(s wire.Status) bool {
	return s.Pingable() || s == wire.Leave || s == wire.Faulty && c.world.Rules.Swim.FaultyPeriod > c.bounds.Converge
}

// start puts each node that is up into a group of its own.
func (a *acquaintance) start(nodes []*world.Node) {
	a.group, a.groups = make([]int32, len(nodes)), 0
	for i, n := range nodes {
		a.group[i] = int32(i)
		if n.Up {
			a.groups++
		}
	}
}

// of returns the group of a node, by the node that stands for it.
func (a *acquaintance) of(n *world.Node) int32 {
	i := n.Index
	for a.group[i] != i {
		a.group[i] = a.group[a.group[i]]
		i = a.group[i]
	}
	return i
}

// join makes one group of those of two nodes that are up.
func (a *acquaintance) join(n, other *world.Node) {
	if other == nil || !other.Up {
		return
	}
	if x, y := a.of(n), a.of(other); x != y {
		a.group[max(x, y)] = min(x, y)
		a.groups--
	}
}

// same reports whether two nodes that are up can come to know each other.
func (a *acquaintance) same(n, other *world.Node) bool {
	return a.groups == 1 || a.of(n) == a.of(other)
}

// alone reports whether a node can come to know no other.
func (a *acquaintance) alone(w *world.World, n *world.Node) bool {
	for _, other := range w.Nodes {
		if other.Up && other != n && a.same(n, other) {
			return false
		}
	}
	return true
}

// eachIsOne reports whether each group has one view, and is right about its members.
func (c *Checks) eachIsOne() bool {
	a := c.acquainted()
	if a.groups < 2 {
		return false // what holds for all has been looked at
	}
	firsts := make(map[int32]*world.Node)
	for _, n := range c.world.Nodes {
		if !n.Up {
			continue
		}
		if !n.Core.Node().Ready() {
			if !a.alone(c.world, n) {
				return false
			}
			continue
		}
		first := firsts[a.of(n)]
		switch {
		case first == nil:
			firsts[a.of(n)] = n
			if c.wrongAbout(n) != nil {
				return false
			}
		case !c.hold(n, first):
			return false
		}
	}
	return true
}
