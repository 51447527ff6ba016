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

// Converged returns nil when the cluster is at rest: every node answered, except
// those that no node holds up; all hold the same membership; and no member is
// suspect. If members is positive, exactly that many members must also be alive. A
// look that was cut short is never taken for a cluster at rest. Otherwise the error
// wraps [ErrNotConverged] and says what is missing, and how many nodes did not
// answer.
func Converged(c *Cluster, members int) error {
	v := VerdictOf(c)
	missing := c.missing()
	var what string
	switch {
	case v.Condition == Unknown:
		what = "no node answered"
	case len(v.Sides) == 0:
		what = "all members left"
	case len(v.Sides) > 1:
		what = fmt.Sprintf("%d partitions", len(v.Sides))
	case v.Views > 1:
		what = fmt.Sprintf("a change spreads, there are %d views", v.Views)
	case len(v.Suspect) > 0:
		what = fmt.Sprintf("%d of %d members suspect, %s is one", len(v.Suspect), v.Members(), v.Suspect[0])
	case c.Cut:
		what = "the look was cut short"
	case len(missing) == 0 && members > 0 && v.Most.Count(wire.Alive) != members:
		what = fmt.Sprintf("%d members are alive, not %d", v.Most.Count(wire.Alive), members)
	case len(missing) == 0:
		return nil
	default:
		what = "those that answered agree"
	}
	if len(missing) > 0 {
		what += fmt.Sprintf("; %d of %d nodes did not answer, %s is one", len(missing), len(c.Nodes), missing[0])
	}
	return fmt.Errorf("%w: %s", ErrNotConverged, what)
}

// missing returns the nodes that failed and of which an answer was expected.
func (c *Cluster) missing() []wire.Address {
	partitions := c.Partitions()
	var missing []wire.Address
	for _, n := range c.Failed() {
		if !HeldDown(partitions, n.Address) {
			missing = append(missing, n.Address)
		}
	}
	return missing
}
