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
	book     *Book
	rows     []row                        // by number; unknown ones among them
	labels   map[number]map[string]string // of the members that have any
	members  int
	pingable int    // members of a pingable status, the node itself included
	version  uint64 // raised by every change
	sum      checksummer
}

// row is what is believed of a member, and where else something is kept about it.
type row struct {
	incarnation int64
	pending     int32 // its place in dissemination, plus one; 0: none
	status      wire.Status
	known       bool
	labelled    bool
	probed      bool // a probe of it is under way
}

func newTable(book *Book) *table {
	t := &table{book: book}
	t.sum.table = t
	return t
}

func (t *table) len() int { return t.members }

// find returns the number of a member; ok is false when it is not known.
func (t *table) find(a wire.Address) (n number, ok bool) {
	n, ok = t.book.find(a)
	return n, ok && t.has(n)
}

// findNear is find for a member that probably has the number that a hint says.
func (t *table) findNear(hint int32, a wire.Address) (n number, ok bool) {
	n, ok = t.book.findNear(hint, a)
	return n, ok && t.has(n)
}

func (t *table) has(n number) bool { return int(n) < len(t.rows) && t.rows[n].known }

// row returns the row of a member. It is valid until the next add.
func (t *table) row(n number) *row { return &t.rows[n] }

// member returns what is believed of a member.
func (t *table) member(n number) Member {
	r := &t.rows[n]
	return Member{Address: t.book.address(n), Status: r.status, Incarnation: r.incarnation, Labels: t.labelsOf(n)}
}

func (t *table) checksum() uint32 { return t.sum.checksum() }

// overrides is [Overrides] for a member of the table.
func (t *table) overrides(c *wire.Change, n number) bool {
	r := &t.rows[n]
	if order := outranks(c, r.incarnation, r.status); order != 0 {
		return order > 0
	}
	return labelsOverride(c.Labels, t.labelsOf(n))
}

// labelsOf returns the labels of a member; most have none, and no entry.
func (t *table) labelsOf(n number) map[string]string {
	if !t.rows[n].labelled {
		return nil
	}
	return t.labels[n]
}

// add stores a member that is not there yet.
func (t *table) add(c *wire.Change) number {
	n := t.book.acquire(c.Address)
	for int(n) >= len(t.rows) {
		t.rows = append(t.rows, row{})
	}
	t.rows[n] = row{known: true}
	t.members++
	t.write(n, c)
	t.sum.added(n)
	return n
}

// set changes a member that is there.
func (t *table) set(n number, c *wire.Change) {
	if t.rows[n].status.Pingable() {
		t.pingable--
	}
	t.sum.changing(n)
	t.write(n, c)
	t.sum.changed(n)
}

func (t *table) write(n number, c *wire.Change) {
	r := &t.rows[n]
	r.status, r.incarnation = c.Status, c.Incarnation
	if r.labelled = len(c.Labels) > 0; r.labelled {
		if t.labels == nil {
			t.labels = make(map[number]map[string]string)
		}
		t.labels[n] = c.Labels
	} else {
		delete(t.labels, n)
	}
	if r.status.Pingable() {
		t.pingable++
	}
	t.version++
}

// remove forgets a member that is there.
func (t *table) remove(n number) {
	if t.rows[n].status.Pingable() {
		t.pingable--
	}
	t.sum.removing(n)
	t.rows[n] = row{}
	delete(t.labels, n)
	t.members--
	t.version++
	t.book.release(n)
}

// each calls f for every member, in the order of the checksum, until f returns
// false.
func (t *table) each(f func(number) bool) {
	for _, n := range t.book.order {
		if t.has(n) && !f(n) {
			return
		}
	}
}

// sorted returns the members, sorted by address.
func (t *table) sorted() []Member {
	members := make([]Member, 0, t.members)
	t.each(func(n number) bool {
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
