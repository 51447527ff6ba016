package admin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Condition is what the partitions of a cluster amount to.
type Condition uint8

// The conditions of a cluster, from nothing known to the worst.
const (
	// Unknown is the condition of a cluster of which no node answered.
	Unknown Condition = iota
	// Agreed means that all nodes which answered hold the same membership.
	Agreed
	// Spreading means that they do not, but still gossip with each other: a change
	// is on its way.
	Spreading
	// Split means that there are two partitions each of which has a node that the
	// other one does not ping, because it holds it down or does not know it.
	// Gossip does not mend this.
	Split
)

// String returns the condition in one word.
func (c Condition) String() string {
	return [...]string{"unknown", "agreed", "spreading", "split"}[c]
}

// ConditionOf returns what partitions amount to.
func ConditionOf(partitions []Partition) Condition {
	switch len(partitions) {
	case 0:
		return Unknown
	case 1:
		return Agreed
	}
	for i := range partitions {
		for j := range i {
			if cut(&partitions[i], &partitions[j]) && cut(&partitions[j], &partitions[i]) {
				return Split
			}
		}
	}
	return Spreading
}

// cut reports whether there is a node of other that p does not ping, although
// the node holds itself up.
func cut(p, other *Partition) bool {
	return slices.ContainsFunc(other.Nodes, func(node wire.Address) bool {
		itself, _ := other.Status(node)
		status, known := p.Status(node)
		return itself.Pingable() && !(known && status.Pingable())
	})
}

// ErrNotConverged is wrapped by the errors of [Converged].
var ErrNotConverged = errors.New("not converged")

// Converged returns nil when the cluster is at rest: every node that somebody
// holds up answered, all hold the same membership, and nobody is suspect. If
// members is positive, exactly so many members must be alive as well. Otherwise
// the error wraps [ErrNotConverged] and says what is missing.
func Converged(c *Cluster, members int) error {
	partitions := c.Partitions()
	if len(partitions) != 1 {
		return fmt.Errorf("%w: %d partitions", ErrNotConverged, len(partitions))
	}
	if missing := c.missing(partitions); len(missing) > 0 {
		return fmt.Errorf("%w: %d members do not answer, %s is one", ErrNotConverged, len(missing), missing[0])
	}
	only := &partitions[0]
	if n := only.Count(wire.Suspect); n > 0 {
		return fmt.Errorf("%w: %d members are suspect", ErrNotConverged, n)
	}
	if alive := only.Count(wire.Alive); members > 0 && alive != members {
		return fmt.Errorf("%w: %d members are alive, not %d", ErrNotConverged, alive, members)
	}
	return nil
}

// missing returns the nodes that failed and of which an answer was expected.
func (c *Cluster) missing(partitions []Partition) []wire.Address {
	var missing []wire.Address
	for _, n := range c.Failed() {
		if !HeldDown(partitions, n.Address) {
			missing = append(missing, n.Address)
		}
	}
	return missing
}
