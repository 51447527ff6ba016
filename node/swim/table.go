package swim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// table holds the members, a row each. Changes go through it so that what is
// derived from the members (the checksum's text, counts, the version) stays
// right.
//
// Rows hold no pointers: a cluster of n nodes in one process has n² of them, and
// the garbage collector need not look at any.
type table struct {
	addresses *addressTable
	rows      []row                          // by number; unknown ones among them
	labels    map[memberID]map[string]string // of the members that have any
	members   int
	pingable  int // members of a pingable status, the node itself included
	place     rank
	version   uint64 // raised by every change
	sum       checksummer
}

// row is what is believed of a member, what is being told of it, and what else there
// is to know about it. In a storm, when every node goes through most of its rows with
// each message, it matters that all of that is together, and small.
type row struct {
	incarnation int64

	// What is pending, if it is: see [pendingList].
	declared     originID // who declared it
	serial       serial
	heardIn      uint32 // the request that told the same
	transmitBase uint16 // transmittedAll when this change had been sent 0 times: the difference is how often it was sent

	status wire.Status
	flags  rowFlags
}

// rowFlags are properties of a row.
type rowFlags uint8

const (
	isMember      rowFlags = 1 << iota // the row belongs to a known member
	labelled                           // the member has labels
	isProbed                           // a probe of it is under way
	inPendingList                      // it has a place in the list of what is pending
	pending                            // a change of it is still being disseminated
)

func (r *row) is(f rowFlags) bool { return r.flags&f != 0 }

func (r *row) mark(f rowFlags, on bool) {
	if on {
		r.flags |= f
	} else {
		r.flags &^= f
	}
}

// state is what a change makes of a member.
type state struct {
	incarnation int64
	status      wire.Status
	labels      map[string]string
}

func newTable(addresses *addressTable) *table {
	t := &table{addresses: addresses, place: rank{of: nobody, first: nobody}}
	t.sum.table = t
	return t
}

func (t *table) len() int { return t.members }

// find returns the number of a member; ok is false when it is not known.
func (t *table) find(a wire.Address) (n memberID, ok bool) {
	n, ok = t.addresses.find(a)
	return n, ok && t.has(n)
}

// findNear is find for a member that has had a number.
func (t *table) findNear(near memberID, a wire.Address) (n memberID, ok bool) {
	n, ok = t.addresses.findNear(near, a)
	return n, ok && t.has(n)
}

func (t *table) has(n memberID) bool { return int(n) < len(t.rows) && t.rows[n].is(isMember) }

// row returns the row of a member. It is valid until the next add.
func (t *table) row(n memberID) *row { return &t.rows[n] }

// member returns what is believed of a member.
func (t *table) member(n memberID) (m Member) {
	t.describe(n, &m)
	return m
}

// describe writes down what is believed of a member.
func (t *table) describe(n memberID, m *Member) {
	r := &t.rows[n]
	m.Address, m.Status, m.Incarnation, m.Labels = t.addresses.address(n), r.status, r.incarnation, t.labelsOf(n)
}

func (t *table) checksum() uint32 { return t.sum.checksum() }

// overrides is [Flavour.Overrides] for a member of the table.
func (t *table) overrides(c *change, labels map[string]string, n memberID) bool {
	r := &t.rows[n]
	if order := outranks(c.incarnation, c.status, r.incarnation, r.status); order != 0 {
		return order > 0
	}
	return labelsOverride(t.addresses.flavour, labels, t.labelsOf(n))
}

// labelsOf returns the labels of a member; most have none, and no entry.
func (t *table) labelsOf(n memberID) map[string]string {
	if !t.rows[n].is(labelled) {
		return nil
	}
	return t.labels[n]
}

// tell adds what is believed of a member to a set, by an origin.
func (t *table) tell(b *ChangeSet, n memberID, declared originID) {
	r := &t.rows[n]
	c := b.next(r.incarnation)
	c.incarnation, c.member, c.declared, c.status = r.incarnation, n, declared, r.status
	c.labels = b.label(t.labelsOf(n))
}

// add stores a member that is not there yet.
func (t *table) add(n memberID, s state) {
	t.addresses.admit(n)
	if int(n) >= len(t.rows) {
		t.rows = slices.Grow(t.rows, len(t.addresses.addresses.keys)-len(t.rows))[:n+1]
	}
	t.rows[n].mark(isMember, true)
	t.members++
	t.write(n, s)
	t.sum.added(n)
	if s.status.Pingable() {
		t.becamePingable(n)
	}
}

// set changes a member that is there.
func (t *table) set(n memberID, s state) {
	was := t.rows[n].status.Pingable()
	t.sum.changing(n)
	t.write(n, s)
	t.sum.changed(n)
	switch is := s.status.Pingable(); {
	case is && !was:
		t.becamePingable(n)
	case was && !is:
		t.lostPingable(n)
	}
}

func (t *table) write(n memberID, s state) {
	r := &t.rows[n]
	r.status, r.incarnation = s.status, s.incarnation
	switch {
	case len(s.labels) > 0:
		if t.labels == nil {
			t.labels = make(map[memberID]map[string]string)
		}
		t.labels[n] = s.labels
		r.mark(labelled, true)
	case r.is(labelled):
		delete(t.labels, n)
		r.mark(labelled, false)
	}
	t.version++
}

// remove forgets a member that is there, and of which nothing is being told.
func (t *table) remove(n memberID) {
	r := &t.rows[n]
	if r.status.Pingable() {
		t.lostPingable(n)
	}
	t.sum.removing(n)
	*r = row{flags: r.flags & inPendingList}
	delete(t.labels, n)
	t.members--
	t.version++
	t.addresses.dismiss(n)
}

// each calls f for every member, in the order of the checksum, until f returns
// false.
func (t *table) each(f func(memberID) bool) {
	for _, n := range t.addresses.order {
		if t.has(n) && !f(n) {
			return
		}
	}
}

// sorted returns the members, sorted by address.
func (t *table) sorted() []Member {
	members := make([]Member, 0, t.members)
	t.each(func(n memberID) bool {
		members = append(members, t.member(n))
		return true
	})
	slices.SortFunc(members, func(a, b Member) int {
		switch {
		case a.Address < b.Address:
			return -1
		case a.Address > b.Address:
			return 1
		}
		return 0
	})
	return members
}
