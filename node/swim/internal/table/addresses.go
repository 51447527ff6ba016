package table

import (
	"slices"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// addresses numbers the addresses of members and the origins of changes, and keeps
// the addresses of members in the order of the checksum. A node has one of its own;
// simulated nodes may have one in common: see [Shared].
type addresses struct {
	flavour wire.Flavour
	members interner[wire.Address, MemberID]
	origins interner[origin, OriginID]
	hashes  []uint64   // by number; not 0 exactly for those in order
	order   []MemberID // sorted by flavour.Compare: every address that a member has, and until the next sweep others

	free  freeLists
	arena arena // of shared batches
}

// origin says who has declared a change, at which incarnation of its own, and when.
// It holds its source.
type origin struct {
	source      MemberID // or NoMember
	incarnation int64
	timestamp   int64 // unix seconds
}

// isOf reports whether a member has declared it, at an incarnation.
func (o *origin) isOf(m MemberID, incarnation int64) bool {
	return o.source == m && o.incarnation == incarnation
}

// newAddresses returns an empty table. In a shared one everything stays.
func newAddresses(flavour wire.Flavour, shared bool) *addresses {
	return &addresses{
		flavour: flavour,
		members: newInterner[wire.Address, MemberID](shared),
		origins: newInterner[origin, OriginID](shared),
		arena:   arena{reuses: shared},
	}
}

func (a *addresses) address(m MemberID) wire.Address { return a.members.keys[m] }

func (a *addresses) find(address wire.Address) (MemberID, bool) {
	m, ok := a.members.numbers[address]
	return m, ok
}

// intern returns the number of an address.
func (a *addresses) intern(address wire.Address) MemberID {
	m, _ := a.members.intern(address)
	if missing := len(a.members.keys) - len(a.hashes); missing > 0 {
		a.hashes = append(a.hashes, make([]uint64, missing)...)
	}
	return m
}

// hold keeps the number of an address, since a member has it, and gives it a place in
// the order.
func (a *addresses) hold(m MemberID) {
	a.members.hold(m)
	if a.hashes[m] != 0 {
		return // it has its place
	}
	address := a.address(m)
	a.hashes[m] = max(1, farm.Fingerprint64([]byte(address)))
	a.order = slices.Insert(a.order, a.rank(address), m)
}

// rank returns the place in order of an address, or where it would be.
func (a *addresses) rank(address wire.Address) int {
	rank, _ := slices.BinarySearchFunc(a.order, address, func(m MemberID, address wire.Address) int {
		return a.flavour.Compare(a.address(m), address)
	})
	return rank
}

// before reports whether the first of two addresses comes before the other one.
func (a *addresses) before(m, other MemberID) bool {
	return m != other && other != NoMember && a.flavour.Compare(a.address(m), a.address(other)) < 0
}

// internOrigin returns the number of an origin. An empty source is none.
func (a *addresses) internOrigin(source wire.Address, incarnation, timestamp int64) OriginID {
	o := origin{source: NoMember, incarnation: incarnation, timestamp: timestamp}
	if source != "" {
		o.source = a.intern(source)
	}
	id, fresh := a.origins.intern(o)
	if fresh && o.source != NoMember {
		a.members.hold(o.source)
	}
	return id
}

func (a *addresses) origin(o OriginID) *origin { return &a.origins.keys[o] }

// sweep forgets what is not held, and takes back what events point to.
func (a *addresses) sweep() {
	if len(a.arena.changes) > 0 {
		a.arena.reuse()
	}
	if len(a.origins.unused) > 0 {
		a.origins.sweep(func(id OriginID) {
			if o := a.origin(id); o.source != NoMember {
				a.members.release(o.source)
			}
		})
	}
	if len(a.members.unused) > 0 {
		gone := false
		a.members.sweep(func(m MemberID) {
			gone = gone || a.hashes[m] != 0
			a.hashes[m] = 0
		})
		if gone {
			a.order = slices.DeleteFunc(a.order, func(m MemberID) bool { return a.hashes[m] == 0 })
		}
	}
}
