package tui

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// numStatuses is how many statuses there are.
const numStatuses = int(wire.Tombstone) + 1

// unknown stands for a member that a node does not know.
const unknown = "--"

// tally counts what the nodes of a side say of each member.
type tally struct {
	nodes   int // of the side
	members map[wire.Address]*[numStatuses]int
}

func tallyOf(side *admin.Side, members []wire.Address) tally {
	t := tally{len(side.Nodes), make(map[wire.Address]*[numStatuses]int, len(members))}
	counts := make([][numStatuses]int, len(members))
	for i, member := range members {
		t.members[member] = &counts[i]
	}
	for i := range side.Views {
		view := &side.Views[i]
		for j := range view.Members {
			m := &view.Members[j]
			t.members[m.Address][m.Status] += len(view.Nodes)
		}
	}
	return t
}

// opinion is what some nodes say of a member.
type opinion struct {
	nodes  int
	known  bool
	status wire.Status // if known
}

func (o opinion) String() string {
	if !o.known {
		return unknown
	}
	return o.status.String()
}

func (o opinion) tone() tone {
	if !o.known {
		return faint
	}
	return toneOf(o.status)
}

// opinions returns what the nodes of the side say of a member, most common first; of
// equally common opinions the mildest comes first.
func (t *tally) opinions(member wire.Address) []opinion {
	var opinions []opinion
	rest := t.nodes
	if counts := t.members[member]; counts != nil {
		for status, nodes := range counts {
			if nodes > 0 {
				opinions = append(opinions, opinion{nodes, true, wire.Status(status)})
				rest -= nodes
			}
		}
	}
	if rest > 0 {
		opinions = append(opinions, opinion{nodes: rest})
	}
	slices.SortStableFunc(opinions, func(a, b opinion) int { return cmp.Compare(b.nodes, a.nodes) })
	return opinions
}

// held returns those of the members of which most nodes of the side say so.
func (t *tally) held(members []wire.Address, status wire.Status) []wire.Address {
	var held []wire.Address
	for _, member := range members {
		if most := t.opinions(member)[0]; most.known && most.status == status {
			held = append(held, member)
		}
	}
	return held
}

// cell returns what a side says of a member: what most of its nodes say, and how
// many do not.
func (t *tally) cell(member wire.Address) line {
	opinions := t.opinions(member)
	cell := line{{opinions[0].String(), opinions[0].tone()}}
	if others := t.nodes - opinions[0].nodes; others > 0 {
		cell = append(cell, span{fmt.Sprintf(" +%d", others), warning})
	}
	return cell
}

// key sorts those first that are not well.
func (t *tally) key(member wire.Address) key {
	most := t.opinions(member)[0]
	k := key{number: -float64(t.nodes - most.nodes)}
	switch {
	case !most.known:
		k.number += 1
	case most.status == wire.Faulty:
		k.number -= 3 << 32
	case most.status == wire.Suspect:
		k.number -= 2 << 32
	case most.status != wire.Alive:
		k.number -= 1 << 32
	}
	return k
}

// mostSay and othersSay return what a side says of a member in two cells. What all
// say is not counted.
func (t *tally) mostSay(member wire.Address) line {
	opinions := t.opinions(member)
	if len(opinions) == 1 {
		return line{{opinions[0].String(), opinions[0].tone()}}
	}
	return line{{fmt.Sprintf("%d ", opinions[0].nodes), plain}, {opinions[0].String(), opinions[0].tone()}}
}

func (t *tally) othersSay(member wire.Address) line {
	var cell line
	for _, o := range t.opinions(member)[1:] {
		if len(cell) > 0 {
			cell = append(cell, span{", ", plain})
		}
		cell = append(cell, span{fmt.Sprintf("%d ", o.nodes), plain}, span{o.String(), o.tone()})
	}
	return cell
}
