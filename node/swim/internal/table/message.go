package table

import "github.com/ringmend/ringmend/node/wire"

// Open returns what a message carries.
func (t *Table) Open(changes []wire.Change, packed wire.Packed) ChangeSet {
	if packed == nil {
		return t.SetOf(changes)
	}
	if b, ok := packed.(*ChangeSet); ok && b.addresses == t.addresses {
		return *b
	}
	b := t.newSetFor(packed.Len())
	for i := range packed.Len() {
		c := packed.At(i)
		b.put(&c)
	}
	return b
}

// Pack returns what messages carry that are to tell what is in a set, which is not
// used otherwise any more.
func (t *Table) Pack(b *ChangeSet, messages int) ([]wire.Change, wire.Packed) {
	switch {
	case len(b.list) == 0:
		return nil, nil
	case t.shared:
		packed := *b
		packed.uses = messages
		return nil, &packed
	}
	changes := b.Changes()
	t.addresses.free.put(b.list)
	return changes, nil
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
