package ring

import (
	"cmp"
	"slices"
)

// DefaultReplicaPoints is the number of places that each server takes on the
// ring of every Ringpop program that does not set it. All members of a cluster
// must use the same number.
const DefaultReplicaPoints = 100

// Ring is an immutable consistent hash ring. Its methods may be called from
// any number of goroutines. The zero value is not usable: see [New].
//
// It consists of a base that is laid out for fast lookups and shared by many
// rings, and of the few servers that came and left since the base was made.
// Changing a server so costs the change and not the ring; after a number of
// changes that grows with the square root of the ring a new base is made.
type Ring struct {
	replicaPoints int
	size          int // number of servers

	base *base
	// gone marks the slots of the base whose servers have left.
	gone      []bool
	goneCount int
	// added are the servers that came after the base was made; their slots
	// follow those of the base. Those that left again are nil.
	added []*server
	// extra are the points of added, in order.
	extra []point

	checksum        lazyChecksum
	replicaChecksum lazyChecksum
}

// server is one member of the ring. It is never modified.
type server struct {
	address  string
	identity string
}

// labelled reports whether the server has an identity of its own.
func (s *server) labelled() bool { return s.identity != s.address }

// New returns an empty ring whose servers will have the given number of replica
// points each; less than 1 means [DefaultReplicaPoints].
func New(replicaPoints int) *Ring {
	if replicaPoints < 1 {
		replicaPoints = DefaultReplicaPoints
	}
	return &Ring{replicaPoints: replicaPoints, base: newBase(nil, nil)}
}

// Len returns the number of servers.
func (r *Ring) Len() int { return r.size }

// Has reports whether the server with this address is in the ring.
func (r *Ring) Has(address string) bool {
	_, found := r.find(address)
	return found
}

// Servers returns the addresses of all servers, sorted. The slice is the
// caller's.
func (r *Ring) Servers() []string {
	addresses := make([]string, 0, r.size)
	for _, slot := range r.sorted() {
		addresses = append(addresses, r.server(slot).address)
	}
	return addresses
}

// server returns the server with the given slot.
func (r *Ring) server(slot uint32) *server {
	if int(slot) < len(r.base.servers) {
		return &r.base.servers[slot]
	}
	return r.added[int(slot)-len(r.base.servers)]
}

// find returns the slot of the server with the given address.
func (r *Ring) find(address string) (slot uint32, found bool) {
	i, found := r.base.search(address)
	if found && !r.isGone(uint32(i)) {
		return uint32(i), true
	}
	for i, s := range r.added { // few, see maxChanges
		if s != nil && s.address == address {
			return uint32(len(r.base.servers) + i), true
		}
	}
	return 0, false
}

// isGone reports whether a slot of the base belongs to a server that left.
func (r *Ring) isGone(slot uint32) bool { return r.goneCount > 0 && r.gone[slot] }

// sorted returns the slots of all servers, ordered by address.
func (r *Ring) sorted() []uint32 {
	slots := make([]uint32, 0, r.size)
	r.eachRun(func(start, end uint32) {
		for slot := start; slot < end; slot++ {
			slots = append(slots, slot)
		}
	})
	return slots
}

// eachRun goes through all servers in the order of their addresses. It calls do
// with runs of slots, from start up to end, each either out of the base or a
// single added one.
func (r *Ring) eachRun(do func(start, end uint32)) {
	added := make([]uint32, 0, len(r.added))
	for i, s := range r.added {
		if s != nil {
			added = append(added, uint32(len(r.base.servers)+i))
		}
	}
	slices.SortFunc(added, func(a, b uint32) int {
		return cmp.Compare(r.server(a).address, r.server(b).address)
	})
	next := 0 // slot of the base
	for _, slot := range added {
		end, _ := r.base.search(r.server(slot).address)
		r.eachRunOfBase(next, end, do)
		do(slot, slot+1)
		next = end
	}
	r.eachRunOfBase(next, len(r.base.servers), do)
}

// eachRunOfBase calls do with the slots from start up to end, but for those
// whose servers have left.
func (r *Ring) eachRunOfBase(start, end int, do func(start, end uint32)) {
	for start < end {
		stop := end
		if r.goneCount > 0 {
			for stop = start; stop < end && !r.gone[stop]; stop++ {
			}
		}
		if start < stop {
			do(uint32(start), uint32(stop))
		}
		start = stop + 1
	}
}
