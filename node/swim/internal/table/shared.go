package table

import "github.com/ringmend/ringmend/node/wire"

// Shared is storage that many simulated nodes of one flavour have in common, to fit
// a cluster of thousands into one process: they keep each address once, and hand
// each other lists of changes as they are, see [ChangeSet]. Such nodes must be driven
// one at a time. What was ever stored stays, and what an event points to is valid only
// until one of them is driven again.
type Shared struct{ addresses *addresses }

// NewShared returns storage for nodes of a flavour. Members whose addresses follow
// each other in the list are next to each other in memory.
func NewShared(flavour wire.Flavour, list ...wire.Address) *Shared {
	s := &Shared{newAddresses(flavour, true)}
	for _, a := range list {
		s.addresses.intern(a)
	}
	return s
}

// Flavour returns the flavour of the nodes.
func (s *Shared) Flavour() wire.Flavour { return s.addresses.flavour }
