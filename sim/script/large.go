package script

import (
	"maps"
	"slices"

	"github.com/ringmend/ringmend/node/swim"
)

const (
	// OwnUpTo is the size of clusters up to which each node keeps its own tables, as a
	// node in production does. Larger ones share one table of addresses, and hand each
	// other lists of changes as they are.
	OwnUpTo = 200
	// LargeAbove is the size above which the checksums are sums, because Ringpop's are
	// hashes of a text of all members.
	LargeAbove = 2000
)

var checksums = map[string]swim.Flavour{
	"go":   swim.FlavourGo,
	"node": swim.FlavourNode,
	"sum":  swim.FlavourSum,
}

// Checksums returns the names of the flavours of checksums.
func Checksums() []string { return slices.Sorted(maps.Keys(checksums)) }

// The words for whose the tables are.
const (
	TablesOwn    = "own"
	TablesShared = "shared"
)

// SharesTables reports whether all nodes share one set of tables.
func (s *Script) SharesTables() bool {
	switch {
	case s.Tables != "":
		return s.Tables == TablesShared
	case s.Wire || s.Mutant != "":
		return false
	}
	return s.Nodes > OwnUpTo
}

// IsLarge reports whether the cluster has more than [LargeAbove] nodes.
func (s *Script) IsLarge() bool { return s.Nodes > LargeAbove }

// Flavour returns the flavour of the nodes' checksums.
func (s *Script) Flavour() swim.Flavour {
	switch {
	case s.Checksum != "":
		return checksums[s.Checksum]
	case s.IsLarge():
		return swim.FlavourSum
	}
	return swim.FlavourGo
}
