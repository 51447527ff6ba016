package admin

import (
	"errors"
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// Condition is what the partitions of a cluster amount to.
type Condition uint8

// The conditions of a cluster, from nothing known to the worst.
const (
	// Unknown is the condition of a cluster of which no node answered.
	Unknown Condition = iota
	// Agreed means that all nodes which answered and hold themselves up hold the
	// same membership.
	Agreed
	// Spreading means that they do not, but are one side: a change is on its way.
	Spreading
	// Split means that there is more than one side. Gossip does not mend this,
	// unless the other side of a [Side] that is OneWay is just joining.
	Split
)

// String returns the condition in one word.
func (c Condition) String() string {
	return [...]string{"unknown", "agreed", "spreading", "split"}[c]
}

// ConditionOf returns what partitions amount to.
func ConditionOf(partitions []Partition) Condition {
	return conditionOf(partitions, SidesOf(partitions))
}

func conditionOf(partitions []Partition, sides []Side) Condition {
	switch {
	case len(partitions) == 0:
		return Unknown
	case len(sides) > 1:
		return Split
	case len(sides) == 1 && len(sides[0].Views) > 1:
		return Spreading
	default:
		return Agreed
	}
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
