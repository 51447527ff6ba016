package plan

import (
	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/wire"
)

// Relation says why two sides belong to one ring, or that nothing says so.
type Relation uint8

// What two sides can have to do with each other.
const (
	// Strangers do not know of each other, or only one knows the other. They may be two
	// rings, one of which was given an address that the other once had.
	Strangers Relation = iota
	// Named are two sides of which the operator named a node each.
	Named
	// Parted are sides that know of each other: they were one.
	Parted
)

// String returns the relation in a word.
func (r Relation) String() string { return [...]string{"strangers", "named", "parted"}[r] }

// Pair is two sides of a ring, and what stands between them and a merge.
type Pair struct {
	A, B     admin.Side
	Relation Relation
	// Plan lists the members that must reincarnate: Ours live in A, Theirs in B.
	Plan heal.Plan

	a, b *beliefs
}

// allPairs is up to how many sides all are put beside each other. Of more, each is put
// beside the largest and the next one: all can become one by these.
const allPairs = 8

// Compare puts sides beside each other, two and two. Named tells which addresses the
// operator named as nodes of this ring; it may be nil.
func Compare(sides []admin.Side, named func(wire.Address) bool) []Pair {
	if len(sides) < 2 {
		return nil
	}
	all := make([]*beliefs, len(sides))
	for i := range sides {
		all[i] = newBeliefs(sides[i].Views)
	}
	var pairs []Pair
	for i := range sides {
		for j := i + 1; j < len(sides); j++ {
			if len(sides) > allPairs && i > 0 && j > i+1 {
				break
			}
			pairs = append(pairs, Pair{
				A: sides[i], B: sides[j],
				Relation: relate(all[i], all[j], named),
				Plan:     compare(all[i], all[j]),
				a:        all[i], b: all[j],
			})
		}
	}
	return pairs
}

// relate tells how two sides are related. That one knows the other is not enough: a
// ring goes on listing an address long after a node of another ring was given it.
func relate(a, b *beliefs, named func(wire.Address) bool) Relation {
	if knowsOf(a, b) && knowsOf(b, a) {
		return Parted
	}
	if named != nil && anyOf(a, named) && anyOf(b, named) {
		return Named
	}
	return Strangers
}

func knowsOf(a, b *beliefs) bool { return anyOf(b, a.knows) }

func anyOf(b *beliefs, is func(wire.Address) bool) bool {
	for node := range b.nodes {
		if is(node) {
			return true
		}
	}
	return false
}

// Rebirth is a member to be told that it is suspected, which makes it refute.
type Rebirth struct {
	Member wire.Address
	// Suspect is what it is told. If it does not answer, a node of its own side, Via, can
	// be told, as a heal between nodes does; the side then finds out whether it lives.
	Suspect wire.Change
	Via     []wire.Address
}

// Rebirths returns the members that must reincarnate before the sides can be merged.
func (p *Pair) Rebirths() []Rebirth {
	var all []Rebirth
	add := func(list []heal.Reincarnation, side *admin.Side) {
		for _, r := range list {
			all = append(all, Rebirth{Member: r.Suspect.Address, Suspect: r.Suspect, Via: side.Nodes})
		}
	}
	add(p.Plan.Ours, &p.A)
	add(p.Plan.Theirs, &p.B)
	return all
}

// news returns the changes to send about a side to a node that holds the given
// membership: the side's live members, unless the node has them. It never says that a
// member is down.
func news(side *beliefs, holds []wire.Member) []wire.Change {
	known := make(map[wire.Address]wire.Member, len(holds))
	for _, m := range holds {
		known[m.Address] = m
	}
	var changes []wire.Change
	for _, c := range changesOf(side.alive) {
		last, ok := known[c.Address]
		if !ok || overrides(wire.Member{Incarnation: c.Incarnation, Status: c.Status}, last) {
			changes = append(changes, c)
		}
	}
	return changes
}
