package wire

// ChangeList is the changes that a message carries. The zero value carries none. A list
// is not modified once it is made.
type ChangeList struct {
	list    []Change
	set     ChangeSet // in place of list; nil in every message that was decoded
	version uint64    // of the membership, if this is a whole one; else 0
}

// ChangeSet is a list of changes in a form of their own, which nodes in one process hand
// each other without encoding it.
type ChangeSet interface {
	Len() int
	At(i int) Change
}

// Changes returns a list of changes.
func Changes(list ...Change) ChangeList { return ChangeList{list: list} }

// ChangesOf returns the changes of a set as a list.
func ChangesOf(set ChangeSet) ChangeList { return ChangeList{set: set} }

// AtVersion returns the list as the whole membership of its sender at a version, which
// is not 0. It is not sent, but the encoding of one list serves every body with the same
// version: see [Encoder].
func (l ChangeList) AtVersion(version uint64) ChangeList {
	l.version = version
	return l
}

// Version returns the version of the membership that the list is as a whole; 0 when it
// is none, or was decoded.
func (l ChangeList) Version() uint64 { return l.version }

// Len returns how many changes there are.
func (l ChangeList) Len() int {
	if l.set != nil {
		return l.set.Len()
	}
	return len(l.list)
}

// At returns one of the changes.
func (l ChangeList) At(i int) Change {
	if l.set != nil {
		return l.set.At(i)
	}
	return l.list[i]
}

// All returns the changes, which must not be modified. Those of a [ChangeSet] are copied.
func (l ChangeList) All() []Change {
	if l.set == nil || l.set.Len() == 0 {
		return l.list
	}
	list := make([]Change, l.set.Len())
	for i := range list {
		list[i] = l.set.At(i)
	}
	return list
}

// Set returns the set that the list was made of, or nil.
func (l ChangeList) Set() ChangeSet { return l.set }
