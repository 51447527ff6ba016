package table

import (
	"iter"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// Table holds the members, a row each. All changes of them go through a [Batch], so
// that what is derived from the members (checksum, counts, version) follows.
type Table struct {
	addresses *addresses
	shared    bool
	rows      []row                          // by number; those without isMember are of no member
	labels    map[MemberID]map[string]string // of the members that are labelled
	members   int                            // rows with isMember
	pingable  int                            // of these, those of a pingable status
	version   uint64                         // raised by every change of a member
	rank      rank
	sum       checksummer
}

// State is what is believed of a member, besides its address.
type State struct {
	Incarnation int64
	Status      wire.Status
	Labels      map[string]string // never modified
}

// New returns an empty table of a flavour, and the number of the node's own address,
// which [Table.Rank] is about. The storage is shared with others if shared is not nil;
// then it must be of the same flavour.
func New(flavour wire.Flavour, shared *Shared, self wire.Address) (t *Table, me MemberID) {
	t = &Table{}
	if t.shared = shared != nil; t.shared {
		t.addresses = shared.addresses
	} else {
		t.addresses = newAddresses(flavour, false)
	}
	me = t.addresses.intern(self)
	t.rank = rank{of: me, first: NoMember}
	t.sum.table = t
	return t, me
}

// Sweep frees the numbers that no member, and no pending change, uses: they may mean
// something else afterwards. It also takes back what the events of shared storage
// point to.
func (t *Table) Sweep() { t.addresses.sweep() }

// Len returns how many members there are.
func (t *Table) Len() int { return t.members }

// Pingable returns how many of them are pingable.
func (t *Table) Pingable() int { return t.pingable }

// Version returns a number that every change of a member raises.
func (t *Table) Version() uint64 { return t.version }

// Checksum returns the checksum of the membership.
func (t *Table) Checksum() uint32 { return t.sum.checksum() }

// Find returns the number of a member; ok is false when it is not known.
func (t *Table) Find(a wire.Address) (m MemberID, ok bool) {
	m, ok = t.addresses.find(a)
	return m, ok && t.Has(m)
}

// FindNear is Find for a member that had the number near, and likely has it still.
func (t *Table) FindNear(near MemberID, a wire.Address) (m MemberID, ok bool) {
	if t.Address(near) == a {
		return near, t.Has(near)
	}
	return t.Find(a)
}

// Number returns the number of an address, whether it is a member's or not; ok is
// false when it has none.
func (t *Table) Number(a wire.Address) (m MemberID, ok bool) { return t.addresses.find(a) }

// Has reports whether a number is that of a member.
func (t *Table) Has(m MemberID) bool { return int(m) < len(t.rows) && t.rows[m].is(isMember) }

// Address returns the address of a number.
func (t *Table) Address(m MemberID) wire.Address { return t.addresses.address(m) }

// Status returns the status of a member.
func (t *Table) Status(m MemberID) wire.Status { return t.rows[m].status }

// Incarnation returns the incarnation of a member.
func (t *Table) Incarnation(m MemberID) int64 { return t.rows[m].incarnation }

// Labels returns the labels of a member, which must not be modified; most have none.
func (t *Table) Labels(m MemberID) map[string]string {
	if !t.rows[m].is(labelled) {
		return nil
	}
	return t.labels[m]
}

// IsProbed reports whether a probe of a member is under way, as SetProbed has it.
func (t *Table) IsProbed(m MemberID) bool { return t.rows[m].is(isProbed) }

// SetProbed says that a probe of a member begins or ends. A member that is forgotten
// is not probed any more.
func (t *Table) SetProbed(m MemberID, on bool) { t.rows[m].mark(isProbed, on) }

// Member returns what is believed of a member.
func (t *Table) Member(m MemberID) (member wire.Member) {
	t.describe(m, &member)
	return member
}

// describe writes down what is believed of a member.
func (t *Table) describe(m MemberID, to *wire.Member) {
	r := &t.rows[m]
	to.Address, to.Status, to.Incarnation, to.Labels = t.Address(m), r.status, r.incarnation, t.Labels(m)
}

// All returns the members in the order of the checksum, which is the same on all nodes
// of a flavour that have the same ones.
func (t *Table) All() iter.Seq[MemberID] {
	return func(yield func(MemberID) bool) {
		for _, m := range t.addresses.order {
			if t.Has(m) && !yield(m) {
				return
			}
		}
	}
}

// Sorted returns what is believed of all members, sorted by address.
func (t *Table) Sorted() []wire.Member {
	list := make([]wire.Member, 0, t.members)
	for m := range t.All() {
		list = append(list, t.Member(m))
	}
	slices.SortFunc(list, func(a, b wire.Member) int { return strings.Compare(string(a.Address), string(b.Address)) })
	return list
}

// Overrides reports whether a change of a set wins over what is believed of its
// member, which must be known.
func (t *Table) Overrides(b *ChangeSet, c *Change) bool {
	r := &t.rows[c.Member]
	if order := outranks(c.Incarnation, c.Status, r.incarnation, r.status); order != 0 {
		return order > 0
	}
	return labelsOverride(t.addresses.flavour, b.Labels(c), t.Labels(c.Member))
}

// Repeats reports whether a change says of its member, which must be known, what is
// believed of it, labels aside.
func (t *Table) Repeats(c *Change) bool {
	r := &t.rows[c.Member]
	return r.incarnation == c.Incarnation && r.status == c.Status
}

func (t *Table) add(m MemberID, s State) {
	t.addresses.hold(m)
	if int(m) >= len(t.rows) {
		t.rows = slices.Grow(t.rows, len(t.addresses.members.keys)-len(t.rows))[:m+1]
	}
	t.rows[m].mark(isMember, true)
	t.members++
	t.write(m, s)
	t.sum.added(m)
	if s.Status.Pingable() {
		t.becamePingable(m)
	}
}

func (t *Table) set(m MemberID, s State) {
	was := t.rows[m].status.Pingable()
	t.sum.changing(m)
	t.write(m, s)
	t.sum.changed(m)
	switch is := s.Status.Pingable(); {
	case is && !was:
		t.becamePingable(m)
	case was && !is:
		t.lostPingable(m)
	}
}

func (t *Table) write(m MemberID, s State) {
	r := &t.rows[m]
	r.status, r.incarnation = s.Status, s.Incarnation
	switch {
	case len(s.Labels) > 0:
		if t.labels == nil {
			t.labels = make(map[MemberID]map[string]string)
		}
		t.labels[m] = s.Labels
		r.mark(labelled, true)
	case r.is(labelled):
		delete(t.labels, m)
		r.mark(labelled, false)
	}
	t.version++
}

// remove forgets a member of which no change is pending.
func (t *Table) remove(m MemberID) {
	r := &t.rows[m]
	if r.status.Pingable() {
		t.lostPingable(m)
	}
	t.sum.removing(m)
	*r = row{flags: r.flags & inPendingList}
	delete(t.labels, m)
	t.members--
	t.version++
	t.addresses.members.release(m)
}
