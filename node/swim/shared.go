package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Shared is storage that many simulated nodes of one flavour have in common, to fit
// a cluster of thousands into one process: they keep each address once, and hand
// each other lists of changes as they are, see [ChangeSet]. Such nodes must be driven
// one at a time. What was ever stored stays, and what a [MembersChanged] points to is
// valid only until one of them is driven again.
type Shared = table.Shared

// NewShared returns storage for nodes of a flavour. Members whose addresses follow
// each other in the list are next to each other in memory.
func NewShared(flavour Flavour, addresses ...wire.Address) *Shared {
	return table.NewShared(flavour, addresses...)
}

// ChangeSet is a list of changes that nodes with shared storage send to each other. It
// must not be modified.
type ChangeSet = table.ChangeSet
