package table

import "github.com/ringmend/ringmend/node/wire"

// Open returns what a message carries.
func (t *Table) Open(list wire.ChangeList) ChangeSet {
	if b, ok := list.Set().(*ChangeSet); ok && b.addresses == t.addresses {
		return *b
	}
	return t.SetOf(list.All())
}

// Pack returns what messages carry that are to tell what is in a set, which is not
// used otherwise any more. With shared storage that is the set itself.
func (t *Table) Pack(b *ChangeSet, messages int) wire.ChangeList {
	switch {
	case len(b.list) == 0:
		return wire.ChangeList{}
	case t.shared:
		carried := *b
		carried.uses = messages
		return wire.ChangesOf(&carried)
	}
	changes := b.Changes()
	t.addresses.free.put(b.list)
	return wire.Changes(changes...)
}

// Kept is the number of messages that carry a set which is never released.
const Kept = 1 << 30

// Release says that a message with the set is gone. After the last one its memory is
// used for others. Calling it is optional: without it the list is garbage collected.
func (b *ChangeSet) Release() {
	if b.uses--; b.uses == 0 {
		b.addresses.free.put(b.list)
		b.list = nil
	}
}
