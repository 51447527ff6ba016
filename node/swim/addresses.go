package swim

import (
	"slices"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// addressTable numbers addresses, and keeps them in the order of a flavour; and it numbers
// who has declared something. What a node holds of a member is then a row at a
// number, with no text in it, and so is a change.
//
// A node has one of its own, but for simulated ones that share one: see [Shared].
type addressTable struct {
	flavour   Flavour
	addresses interner[wire.Address, memberID]
	hashes    []uint64   // of the addresses in order, by number; of others 0
	order     []memberID // of the addresses that members have had
	origins   interner[origin, originID]

	freeLists [][]change // room for changes, the last used last
	changes   memberArena
}

// origin says who has declared something, at which incarnation of its own, and
// when.
type origin struct {
	source      memberID // of an address, or nobody
	incarnation int64
	timestamp   int64
}

// of reports whether somebody has declared it, in that life.
func (d *origin) of(source memberID, incarnation int64) bool {
	return d.source == source && d.incarnation == incarnation
}

// nobody is the source of changes that name none.
const nobody memberID = -1

// newAddressTable returns an empty table; what is in a shared one stays.
func newAddressTable(flavour Flavour, shared bool) *addressTable {
	return &addressTable{
		flavour:   flavour,
		addresses: newInterner[wire.Address, memberID](shared),
		origins:   newInterner[origin, originID](shared),
		changes:   memberArena{again: shared},
	}
}

func (b *addressTable) address(n memberID) wire.Address { return b.addresses.keys[n] }

func (b *addressTable) find(a wire.Address) (memberID, bool) {
	n, ok := b.addresses.numbers[a]
	return n, ok
}

// findNear is find for an address that has had a number.
func (b *addressTable) findNear(n memberID, a wire.Address) (memberID, bool) {
	if b.address(n) == a {
		return n, true
	}
	return b.find(a)
}

// enter returns the number of an address, which stays until the next sweep.
func (b *addressTable) enter(a wire.Address) memberID {
	n, _ := b.addresses.intern(a)
	if missing := len(b.addresses.keys) - len(b.hashes); missing > 0 {
		b.hashes = append(b.hashes, make([]uint64, missing)...)
	}
	return n
}

// admit says that the owner of an address is a member of somebody's.
func (b *addressTable) admit(n memberID) {
	b.addresses.hold(n)
	if b.hashes[n] != 0 {
		return // it has its place
	}
	a := b.address(n)
	b.hashes[n] = max(1, farm.Fingerprint64([]byte(a)))
	b.order = slices.Insert(b.order, b.rank(a), n)
}

// dismiss takes back one admit.
func (b *addressTable) dismiss(n memberID) { b.addresses.release(n) }

// originOf returns the number of an origin, which stays until the next sweep.
func (b *addressTable) originOf(source wire.Address, incarnation, timestamp int64) originID {
	d := origin{source: nobody, incarnation: incarnation, timestamp: timestamp}
	if source != "" {
		d.source = b.enter(source)
	}
	n, fresh := b.origins.intern(d)
	if fresh && d.source != nobody {
		b.addresses.hold(d.source)
	}
	return n
}

// origin returns who has declared something.
func (b *addressTable) origin(n originID) *origin { return &b.origins.keys[n] }

// sweep forgets what nobody uses. Numbers that were not held may mean something else
// afterwards, and what events point to is used for others.
func (b *addressTable) sweep() {
	if len(b.changes.changes) > 0 {
		b.changes.reuse()
	}
	if len(b.origins.unused) > 0 {
		b.origins.sweep(func(n originID) {
			if d := b.origin(n); d.source != nobody {
				b.addresses.release(d.source)
			}
		})
	}
	if len(b.addresses.unused) > 0 {
		gone := false
		b.addresses.sweep(func(n memberID) {
			gone = gone || b.hashes[n] != 0
			b.hashes[n] = 0
		})
		if gone {
			b.order = slices.DeleteFunc(b.order, func(n memberID) bool { return b.hashes[n] == 0 })
		}
	}
}

// maxSpare is how many lists are kept for more changes to come: in a storm the room
// that was used last is in the processor's cache.
const maxSpare = 64

// alloc returns an empty list with alloc for n changes.
func (b *addressTable) alloc(n int) []change {
	const near = 8
	last := len(b.freeLists) - 1
	for i := last; i >= 0 && i > last-near; i-- {
		if list := b.freeLists[i]; cap(list) >= n {
			b.freeLists = slices.Delete(b.freeLists, i, i+1)
			return list
		}
	}
	return make([]change, 0, n)
}

// quiet says that a storm is over for a node.
func (b *addressTable) quiet() {
	if !b.addresses.keeps {
		b.freeLists = nil
	}
}

// free takes back a list that nobody looks at any more.
func (b *addressTable) free(list []change) {
	if cap(list) < bulk {
		return
	}
	if len(b.freeLists) == maxSpare {
		b.freeLists = slices.Delete(b.freeLists, 0, maxSpare/2)
	}
	b.freeLists = append(b.freeLists, list[:0])
}

// rank returns where in order an address is, or would be.
func (b *addressTable) rank(a wire.Address) int {
	rank, _ := slices.BinarySearchFunc(b.order, a, func(n memberID, a wire.Address) int {
		return b.flavour.Compare(b.address(n), a)
	})
	return rank
}
