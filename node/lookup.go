package node

import (
	"slices"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// Lookup returns the address of the member that owns a key. It takes no lock and does
// not allocate. ok is false when there is none: before the node is ready, because it does not
// know the other members yet; when the ring is empty, for example after the only member
// called Leave; and after Close.
func (n *Node) Lookup(key string) (address string, ok bool) {
	return n.owners.Load().Lookup(key)
}

// LookupN returns up to count different members, the owner of the key first and
// then those that would own it if the ones before were gone. There are none when [Node.Lookup]
// has no answer.
func (n *Node) LookupN(key string, count int) []string {
	return n.owners.Load().LookupN(key, count)
}

// Ring returns the current ring, which is empty when [Node.Lookup] has no answer. The returned
// ring is immutable, which makes several lookups consistent with each other.
func (n *Node) Ring() *ring.Ring { return n.owners.Load() }

// Len returns the number of known members in any state, the node itself included. It is O(1).
func (n *Node) Len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Len()
}

// CountReachable returns the number of members that are alive or suspect, the node itself
// included. It is O(1), and does not wait for the node to be ready.
func (n *Node) CountReachable() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Pingable()
}

// Members returns the members for which all predicates hold, sorted by address;
// without predicates all that the node knows, in any state and itself included.
// Their labels must not be modified.
//
// It copies and sorts all members under the node's lock, in O(n log n). Use events to follow
// members, and [Node.Len] and [Node.CountReachable] to count them.
func (n *Node) Members(where ...func(*Member) bool) []Member {
	n.mu.Lock()
	members := n.core.Node().Members()
	n.mu.Unlock()
	return slices.DeleteFunc(members, func(m Member) bool {
		return slices.ContainsFunc(where, func(holds func(*Member) bool) bool { return !holds(&m) })
	})
}

// Member returns the member with the given address, in any state. It is O(1).
func (n *Node) Member(address string) (m Member, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Member(wire.Address(address))
}

// Reachable is a predicate for [Node.Members]: alive or suspect members, which are in the ring.
func Reachable(m *Member) bool { return m.Status.Pingable() }

// WithLabel returns a predicate for [Node.Members]: members with that label.
func WithLabel(key, value string) func(*Member) bool {
	return func(m *Member) bool {
		v, ok := m.Labels[key]
		return ok && v == value
	}
}

// Checksum returns the checksum of the membership. Nodes with equal checksums have equal views.
func (n *Node) Checksum() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Checksum()
}
