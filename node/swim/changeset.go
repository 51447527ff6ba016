package swim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// change is a change as a node handles it: numbers in place of addresses.
// It has no pointers, and is a third as large as what comes from the wire. In a
// storm every node has one of them for nearly every other, in each message.
type change struct {
	incarnation int64
	member      memberID
	declared    originID
	labels      int32 // their place in those of the set, plus one; 0: none
	status      wire.Status
}

// ChangeSet is a list of changes. Nodes that share an address table send it to each other as it
// is. It must not be modified.
type ChangeSet struct {
	addresses *addressTable
	list      []change
	labels    []map[string]string
	latest    int64 // no incarnation is later
	uses      int   // messages that carry it
}

// Len returns how many changes there are.
func (b *ChangeSet) Len() int { return len(b.list) }

// At returns one of the changes.
func (b *ChangeSet) At(i int) wire.Change { return b.change(&b.list[i]) }

func (b *ChangeSet) change(c *change) wire.Change {
	by := b.addresses.origin(c.declared)
	change := wire.Change{
		SourceIncarnation: by.incarnation,
		Address:           b.addresses.address(c.member),
		Incarnation:       c.incarnation,
		Status:            c.status,
		Labels:            b.labelsOf(c),
		Timestamp:         by.timestamp,
	}
	if by.source != nobody {
		change.Source = b.addresses.address(by.source)
	}
	return change
}

func (b *ChangeSet) labelsOf(c *change) map[string]string {
	if c.labels == 0 {
		return nil
	}
	return b.labels[c.labels-1]
}

// add appends a change.
func (b *ChangeSet) add(c change, labels map[string]string) {
	c.labels = b.label(labels)
	*b.next(c.incarnation) = c
}

// next appends a change that is of an incarnation, for the caller to fill in all of
// it. (In a storm it matters that none is built elsewhere and then copied.)
func (b *ChangeSet) next(incarnation int64) *change {
	b.latest = max(b.latest, incarnation)
	if len(b.list) == cap(b.list) {
		b.list = slices.Grow(b.list, 1)
	}
	b.list = b.list[:len(b.list)+1]
	return &b.list[len(b.list)-1]
}

// label appends the labels of a change, and returns their place in the change.
func (b *ChangeSet) label(labels map[string]string) int32 {
	if len(labels) == 0 {
		return 0
	}
	b.labels = append(b.labels, labels)
	return int32(len(b.labels))
}

// put appends a change that comes from outside, without labels if the flavour has
// none. Its numbers stay until the next sweep of the address table.
func (b *ChangeSet) put(c *wire.Change) {
	labels := c.Labels
	if !b.addresses.flavour.HasLabels() {
		labels = nil
	}
	b.add(change{
		incarnation: c.Incarnation,
		member:      b.addresses.enter(c.Address),
		declared:    b.addresses.originOf(c.Source, c.SourceIncarnation, c.Timestamp),
		status:      c.Status,
	}, labels)
}

// without returns the set without the changes for which which holds.
func (b ChangeSet) without(which func(*change) bool) ChangeSet {
	b.list = slices.DeleteFunc(slices.Clone(b.list), func(c change) bool { return which(&c) })
	return b
}

// changes returns what is in the set in the form of the wire.
func (b *ChangeSet) changes() []wire.Change {
	if len(b.list) == 0 {
		return nil
	}
	list := make([]wire.Change, len(b.list))
	for i := range list {
		list[i] = b.At(i)
	}
	return list
}

// Release says that a message with the set is gone for good. After the last one its memory
// is used for others. Calling it is optional; without it the list is garbage collected.
func (b *ChangeSet) Release() {
	if b.uses--; b.uses == 0 {
		b.addresses.free(b.list)
		b.list = nil
	}
}

// changeSet returns changes from outside as a set.
func (b *addressTable) changeSet(changes []wire.Change) ChangeSet {
	set := ChangeSet{addresses: b}
	if len(changes) > 0 {
		set.list = b.alloc(len(changes))
	}
	for i := range changes {
		set.put(&changes[i])
	}
	return set
}

// open returns what a message carries.
func (n *Node) open(changes []wire.Change, packed wire.Packed) ChangeSet {
	switch {
	case packed == nil && len(changes) == 0:
		return ChangeSet{addresses: n.addresses()}
	case packed == nil:
		return n.addresses().changeSet(changes)
	}
	if b, ok := packed.(*ChangeSet); ok && b.addresses == n.addresses() {
		return *b
	}
	set := ChangeSet{addresses: n.addresses(), list: n.addresses().alloc(packed.Len())}
	for i := range packed.Len() {
		c := packed.At(i)
		set.put(&c)
	}
	return set
}

// payload is what a message is going to carry: a set, or else changes.
type payload struct {
	changes []wire.Change
	packed  wire.Packed
}

// pack returns what messages carry that are to tell what is in a set: so many of
// them.
func (n *Node) pack(b *ChangeSet, messages int) payload {
	switch {
	case len(b.list) == 0:
		return payload{}
	case n.cfg.Shared != nil:
		packed := *b
		packed.uses = messages
		return payload{packed: &packed}
	}
	changes := b.changes()
	n.addresses().free(b.list)
	return payload{changes: changes}
}

// often is as many messages as carry a set that is kept.
const often = 1 << 30

func (n *Node) addresses() *addressTable { return n.members.addresses }
