package swim

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// table holds the members. Changes go through it so that what is derived from
// the members (the checksum's text, counts, the version) stays right.
type table struct {
	byAddress map[wire.Address]*Member
	sum       checksummer
	pingable  int    // members of a pingable status, the node itself included
	version   uint64 // raised by every change
}

func newTable(flavour Flavour) table {
	return table{byAddress: make(map[wire.Address]*Member), sum: checksummer{flavour: flavour}}
}

func (t *table) len() int { return len(t.byAddress) }

func (t *table) get(address wire.Address) *Member { return t.byAddress[address] }

func (t *table) checksum() uint32 { return t.sum.checksum() }

// add stores a member that is not there yet.
func (t *table) add(m *Member) {
	t.byAddress[m.Address] = m
	if m.Status.Pingable() {
		t.pingable++
	}
	t.sum.add(m)
	t.version++
}

// batch brackets many additions and changes, so that what they cost is paid
// once. Nothing may be removed or asked for before its end.
type batch struct{ sum *checksummer }

func (t *table) begin(large bool) batch {
	if !large {
		return batch{}
	}
	t.sum.suspend()
	return batch{&t.sum}
}

func (b batch) end() {
	if b.sum != nil {
		b.sum.resume()
	}
}

// set changes a member that is there.
func (t *table) set(m *Member, c *wire.Change) {
	if m.Status.Pingable() {
		t.pingable--
	}
	m.set(c)
	if m.Status.Pingable() {
		t.pingable++
	}
	t.sum.changed(m)
	t.version++
}

// remove forgets a member that is there.
func (t *table) remove(m *Member) {
	if m.Status.Pingable() {
		t.pingable--
	}
	t.sum.remove(m)
	delete(t.byAddress, m.Address)
	t.version++
}

// all returns the members in the order of the checksum. The caller must not
// keep the slice or change the members.
func (t *table) all() []*Member { return t.sum.sorted }

// sorted returns copies of the members, sorted by address.
func (t *table) sorted() []Member {
	members := make([]Member, 0, t.len())
	for _, m := range t.all() {
		members = append(members, *m)
	}
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
