package core

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Records of evictions are carried in the labels of a few members. This file decides which
// ones this node carries: those that it was told first, and those that too few others do.

const (
	// carriers is how many members are to have a record in their labels. One of them may
	// restart, and lose it, at the same time as another one crashes.
	carriers = 3
	// carrySlot is how long a member waits for the one before it in the order to carry a
	// record: longer than a change takes to be known.
	carrySlot = 2 * time.Second
	// carrySlots is after how many members the order begins again: published nodes, which
	// carry nothing, have places in it, too.
	carrySlots = 32
)

// label puts the records that this node carries into its labels.
func (e *evicting) label() {
	var carried []evict.Record
	for _, r := range e.list.Records() {
		if e.mine[r.Member] {
			carried = append(carried, r)
		}
	}
	e.node.SetInternalLabels(evict.LabelPrefix, evict.Labels(carried))
}

// count finds out whether there are records that too few members carry.
func (e *evicting) count() {
	switch lacking := e.lacking(); {
	case len(lacking) == 0:
		e.due = time.Time{}
	case e.due.IsZero():
		e.due = e.now.Add(time.Duration(1+e.place()%carrySlots) * carrySlot)
	}
}

// lacking returns the records that this node does not carry, and too few others do.
func (e *evicting) lacking() (lacking []wire.Address) {
	enough := min(carriers, e.node.Pingable())
	for _, r := range e.list.Records() {
		if e.mine[r.Member] {
			continue
		}
		have := 0
		for other, records := range e.others {
			if m, known := e.node.Member(other); known && m.Status.Pingable() && slices.Contains(records, r) {
				have++
			}
		}
		if have < enough {
			lacking = append(lacking, r.Member)
		}
	}
	return lacking
}

// place returns how many of the members that carry nothing come before this node. All nodes
// have one order of members.
func (e *evicting) place() int {
	place, self := 0, e.node.Address()
	e.node.Each(func(m *swim.Member) bool {
		if m.Status.Pingable() && m.Address != self && len(e.others[m.Address]) == 0 && comesBefore(m.Address, self) {
			place++
		}
		return true
	})
	return place
}

// comesBefore is an order of members that has nothing to do with hosts: those of one host
// may fail together.
func comesBefore(a, b wire.Address) bool {
	hash := func(a wire.Address) uint64 {
		h := fnv.New64a()
		h.Write([]byte(a))
		return h.Sum64()
	}
	return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a, b)) < 0
}

func (e *evicting) deadline() (at time.Time, ok bool) {
	if e == nil || e.due.IsZero() {
		return time.Time{}, false
	}
	return e.due, true
}

// advance begins to carry what too few members carry, when it is this node's turn.
func (e *evicting) advance() {
	if e == nil || e.due.IsZero() || e.now.Before(e.due) {
		return
	}
	e.due = time.Time{}
	for _, member := range e.lacking() {
		e.mine[member] = true
	}
	e.label()
}
