package table

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Change is a change of a member, with numbers in place of addresses. It has no
// pointers and is a third as large as a [wire.Change]: in a storm each message makes
// a node handle one for nearly every member.
type Change struct {
	Incarnation int64
	Member      MemberID
	Origin      OriginID
	labels      int32 // place in ChangeSet.labels, plus one; 0: none
	Status      wire.Status
}

// ChangeSet is a list of changes. Nodes with shared storage send it to each other as
// it is. It must not be modified then.
type ChangeSet struct {
	addresses *addresses
	list      []Change
	labels    []map[string]string
	latest    int64 // at least every incarnation in list
	uses      int   // messages that carry it and were not released

	// Hearsay is set for the sender's whole membership: it names the sender as the source of
	// all, although others may have found it out.
	Hearsay bool
}

// NewSet returns a set without changes.
func (t *Table) NewSet() ChangeSet { return ChangeSet{addresses: t.addresses} }

// newSetFor returns an empty set with room for n changes.
func (t *Table) newSetFor(n int) ChangeSet {
	return ChangeSet{addresses: t.addresses, list: t.addresses.free.alloc(n)}
}

// SetOf returns changes from outside as a set, without labels if the flavour has none.
// Their numbers mean the same until the next sweep.
func (t *Table) SetOf(changes []wire.Change) ChangeSet {
	if len(changes) == 0 {
		return t.NewSet()
	}
	b := t.newSetFor(len(changes))
	for i := range changes {
		b.put(&changes[i])
	}
	return b
}

// Membership returns the whole membership, as declared by an origin.
func (t *Table) Membership(by OriginID) ChangeSet {
	b := t.newSetFor(t.members)
	for m := range t.All() {
		t.Tell(&b, m, by)
	}
	return b
}

// Tell adds what is believed of a member to a set, as declared by an origin.
func (t *Table) Tell(b *ChangeSet, m MemberID, by OriginID) {
	r := &t.rows[m]
	c := b.next(r.incarnation)
	c.Incarnation, c.Member, c.Origin, c.Status = r.incarnation, m, by, r.status
	c.labels = b.label(t.Labels(m))
}

// Origin returns which member declares a change, and when: source may be empty. It means the
// same until the next sweep, and longer while a change that it has declared is pending.
func (t *Table) Origin(source wire.Address, incarnation, timestamp int64) OriginID {
	return t.addresses.internOrigin(source, incarnation, timestamp)
}

// Source returns who is an origin; ok is false when it names none.
func (t *Table) Source(o OriginID) (m MemberID, ok bool) {
	m = t.addresses.origin(o).source
	return m, m != NoMember
}

// Add appends a change of a member, as declared by an origin.
func (b *ChangeSet) Add(m MemberID, s State, by OriginID) {
	c := b.next(s.Incarnation)
	*c = Change{Incarnation: s.Incarnation, Member: m, Origin: by, Status: s.Status, labels: b.label(s.Labels)}
}

func (b *ChangeSet) put(c *wire.Change) {
	s := State{c.Incarnation, c.Status, c.Labels}
	if !b.addresses.flavour.HasLabels() {
		s.Labels = nil
	}
	b.Add(b.addresses.intern(c.Address), s, b.addresses.internOrigin(c.Source, c.SourceIncarnation, c.Timestamp))
}

// next appends a change of an incarnation, all of which the caller fills in. (In a
// storm it matters that it is not built elsewhere and then copied.)
func (b *ChangeSet) next(incarnation int64) *Change {
	b.latest = max(b.latest, incarnation)
	if len(b.list) == cap(b.list) {
		b.list = slices.Grow(b.list, 1)
	}
	b.list = b.list[:len(b.list)+1]
	return &b.list[len(b.list)-1]
}

// label appends the labels of a change, and returns its Change.labels.
func (b *ChangeSet) label(labels map[string]string) int32 {
	if len(labels) == 0 {
		return 0
	}
	b.labels = append(b.labels, labels)
	return int32(len(b.labels))
}

// Len returns how many changes there are.
func (b *ChangeSet) Len() int { return len(b.list) }

// At returns one of the changes in the form of the wire.
func (b *ChangeSet) At(i int) wire.Change { return b.Change(&b.list[i]) }

// Change returns a change of the set in the form of the wire.
func (b *ChangeSet) Change(c *Change) wire.Change {
	by := b.addresses.origin(c.Origin)
	change := wire.Change{
		SourceIncarnation: by.incarnation,
		Address:           b.addresses.address(c.Member),
		Incarnation:       c.Incarnation,
		Status:            c.Status,
		Labels:            b.Labels(c),
		Timestamp:         by.timestamp,
	}
	if by.source != NoMember {
		change.Source = b.addresses.address(by.source)
	}
	return change
}

// Changes returns all changes in the form of the wire.
func (b *ChangeSet) Changes() []wire.Change {
	if len(b.list) == 0 {
		return nil
	}
	list := make([]wire.Change, len(b.list))
	for i := range list {
		list[i] = b.At(i)
	}
	return list
}

// All returns the changes, which must not be modified.
func (b *ChangeSet) All() []Change { return b.list }

// Labels returns the labels of a change of the set.
func (b *ChangeSet) Labels(c *Change) map[string]string {
	if c.labels == 0 {
		return nil
	}
	return b.labels[c.labels-1]
}

// State returns what a change of the set says of its member.
func (b *ChangeSet) State(c *Change) State { return State{c.Incarnation, c.Status, b.Labels(c)} }

// Latest returns an incarnation that none of the changes exceeds, and 0 if there are
// none.
func (b *ChangeSet) Latest() int64 { return b.latest }

// Without returns the set without the changes for which which holds.
func (b ChangeSet) Without(which func(*Change) bool) ChangeSet {
	b.list = slices.Clone(b.list)
	b.Delete(which)
	return b
}

// Delete removes the changes for which which holds from a set that was not sent.
func (b *ChangeSet) Delete(which func(*Change) bool) {
	b.list = slices.DeleteFunc(b.list, func(c Change) bool { return which(&c) })
}

// AsSuspects returns the set with the changes for which which holds made those to
// suspect, at the same incarnations and times, but without a source.
func (b ChangeSet) AsSuspects(which func(*Change) bool) ChangeSet {
	cloned := false
	for i := range b.list {
		if !which(&b.list[i]) {
			continue
		}
		if !cloned {
			b.list, cloned = slices.Clone(b.list), true
		}
		c := &b.list[i]
		c.Status = wire.Suspect
		c.Origin = b.addresses.internOrigin("", 0, b.addresses.origin(c.Origin).timestamp)
	}
	return b
}

// Tells reports whether there is a change of a member.
func (b *ChangeSet) Tells(m MemberID) bool {
	return slices.ContainsFunc(b.list, func(c Change) bool { return c.Member == m })
}

// Introduces reports whether there is a change that makes an address a member's.
func (b *ChangeSet) Introduces(a wire.Address) bool {
	m, ok := b.addresses.find(a)
	return ok && slices.ContainsFunc(b.list, func(c Change) bool { return c.Member == m && c.Status != wire.Tombstone })
}

// IsFrom reports whether a sender has declared all of the changes, and is in them.
func (b *ChangeSet) IsFrom(sender wire.Address) bool {
	source, ok := b.addresses.find(sender)
	if !ok {
		return false
	}
	hasSender := false
	checked := OriginID(-1) // none
	for i := range b.list {
		c := &b.list[i]
		if c.Origin != checked && b.addresses.origin(c.Origin).source != source {
			return false
		}
		checked = c.Origin
		hasSender = hasSender || c.Member == source
	}
	return hasSender
}

// Holds reports whether a membership is exactly that of the table, tombstones aside,
// which are in no checksum.
func (t *Table) Holds(membership *ChangeSet) bool {
	alike := 0
	for i := range membership.list {
		c := &membership.list[i]
		if c.Status == wire.Tombstone {
			continue
		}
		if !t.Has(c.Member) || !t.Repeats(c) || wire.LabelsChecksum(membership.Labels(c)) != wire.LabelsChecksum(t.Labels(c.Member)) {
			return false
		}
		alike++
	}
	for m := range t.All() {
		if t.Status(m) != wire.Tombstone {
			alike--
		}
	}
	return alike == 0
}
