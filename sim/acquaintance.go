package sim

import "github.com/ringmend/ringmend/node/wire"

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

// acquainted returns who can come to know whom after the last disturbance.
func (w *world) acquainted() *acquaintance {
	a := &w.phase.acquaintance
	if a.since == w.phase.checked.changes+1 {
		return a
	}
	a.since = w.phase.checked.changes + 1
	a.start(w.machines)
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		for _, host := range w.listed(m) {
			a.join(m, w.byAddress[host])
		}
		if a.groups == 1 {
			continue // there is no more to find
		}
		n := m.core.Node()
		for _, other := range w.machines {
			if member, known := n.Member(other.address); known && w.remembered(member.Status) {
				a.join(m, other)
			}
		}
	}
	return a
}

// remembered reports whether members of a status are looked for until the cluster
// must be one. Those that are faulty are, unless they are forgotten before. Those that
// have left are never forgotten, and may have been started again.
func (w *world) remembered(s wire.Status) bool {
	return s.Pingable() || s == wire.Leave || s == wire.Faulty && w.rules.Swim.FaultyPeriod > w.bounds.Converge
}

// start puts each node that is up into a group of its own.
func (a *acquaintance) start(machines []*machine) {
	a.group, a.groups = make([]int32, len(machines)), 0
	for i, m := range machines {
		a.group[i] = int32(i)
		if m.up {
			a.groups++
		}
	}
}

// of returns the group of a node, by the node that stands for it.
func (a *acquaintance) of(m *machine) int32 {
	i := m.index
	for a.group[i] != i {
		a.group[i] = a.group[a.group[i]]
		i = a.group[i]
	}
	return i
}

// join makes one group of those of two nodes that are up.
func (a *acquaintance) join(m, other *machine) {
	if other == nil || !other.up {
		return
	}
	if x, y := a.of(m), a.of(other); x != y {
		a.group[max(x, y)] = min(x, y)
		a.groups--
	}
}

// same reports whether two nodes that are up can come to know each other.
func (a *acquaintance) same(m, other *machine) bool {
	return a.groups == 1 || a.of(m) == a.of(other)
}

// alone reports whether a node can come to know no other.
func (a *acquaintance) alone(w *world, m *machine) bool {
	for _, other := range w.machines {
		if other.up && other != m && a.same(m, other) {
			return false
		}
	}
	return true
}

// eachIsOne reports whether each group has one view, and is right about its members.
func (w *world) eachIsOne() bool {
	a := w.acquainted()
	if a.groups < 2 {
		return false // what holds for all has been looked at
	}
	firsts := make(map[int32]*machine)
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		if !m.core.Node().Ready() {
			if !a.alone(w, m) {
				return false
			}
			continue
		}
		first := firsts[a.of(m)]
		switch {
		case first == nil:
			firsts[a.of(m)] = m
			if w.wrongAbout(m) != nil {
				return false
			}
		case m.view.digest != first.view.digest || m.core.Node().Checksum() != first.core.Node().Checksum():
			return false
		}
	}
	return true
}
