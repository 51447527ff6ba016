package sim

import (
	"maps"
	"slices"

	"github.com/ringmend/ringmend/node/swim"
)

// Every node of n has something about every other one, so a cluster costs n² of
// whatever is kept for that. What large clusters do without is said here.
const (
	// countingUpTo is the size of clusters in which every change that is sent is
	// counted, for piggyback-bounded. It costs a look into a map for each.
	countingUpTo = 64
	// weighed is about how many changes of a list are weighed. The rest is taken to be
	// like them.
	weighed = 8
	// OwnUpTo is the size of clusters up to which each node keeps its own tables, as a
	// node in production does. Larger ones share one table of addresses, and hand each
	// other lists of changes as they are.
	OwnUpTo = 200
	// LargeFrom is the size above which the checksums are sums, because Ringpop's are
	// hashes of a text of all members, and above which nobody keeps account of who
	// is suspect since when, for suspect-bounded.
	LargeFrom = 2000
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
	tablesOwn    = "own"
	tablesShared = "shared"
)

func (s *Script) sharesTables() bool {
	switch {
	case s.Tables != "":
		return s.Tables == tablesShared
	case s.Wire || s.Mutant != "":
		return false
	}
	return s.Nodes > OwnUpTo
}

func (s *Script) large() bool { return s.Nodes > LargeFrom }

func (s *Script) flavour() swim.Flavour {
	switch {
	case s.Checksum != "":
		return checksums[s.Checksum]
	case s.large():
		return swim.FlavourSum
	}
	return swim.FlavourGo
}
