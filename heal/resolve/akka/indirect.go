package akka

import (
	"errors"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Members are indirectly connected when others see them as unreachable while their gossip
// still arrives through third members. That does not happen in a clean split.

// ErrDoubleIndirect says that members are still indirectly connected when their records
// about each other are left out. Then all members go down.
var ErrDoubleIndirect = errors.New("double-indirectly-connected")

type set map[wire.Address]bool

// inCycle returns the members that see another one as unreachable and are seen so.
func inCycle(records []Record) set {
	observers, both := make(set), make(set)
	for _, r := range records {
		observers[r.Observer] = true
	}
	for _, r := range records {
		if observers[r.Subject] {
			both[r.Subject] = true
		}
	}
	return both
}

// inGossip returns the ends of records whose subject has seen the current gossip.
func (c *Cluster) inGossip() set {
	ends := make(set)
	for _, r := range c.records {
		if c.seen[r.Subject] {
			ends[r.Observer], ends[r.Subject] = true, true
		}
	}
	return ends
}

// indirect returns who is indirectly connected.
func (c *Cluster) indirect() set {
	all := c.inGossip()
	for a := range inCycle(c.records) {
		all[a] = true
	}
	return all
}

// withoutIndirect returns the cluster as it would look if the indirectly connected did
// not see each other as unreachable; nil if no other member is. Records count as
// theirs if both ends were found in the same one of the two ways.
func (c *Cluster) withoutIndirect() *Cluster {
	indirect := c.indirect()
	others := false
	for a := range c.unreachable {
		others = others || !indirect[a]
	}
	if !others {
		return nil
	}
	cycle, gossip := inCycle(c.records), c.inGossip()
	rest := &Cluster{dc: c.dc, members: c.members, unreachable: make(set), seen: c.seen}
	rest.records = slices.DeleteFunc(slices.Clone(c.records), func(r Record) bool {
		return !c.downable(r.Observer) || !c.downable(r.Subject) ||
			cycle[r.Observer] && cycle[r.Subject] || gossip[r.Observer] && gossip[r.Subject]
	})
	for _, r := range rest.records {
		rest.unreachable[r.Subject] = true
	}
	return rest
}

func (c *Cluster) downable(a wire.Address) bool {
	m := c.members[a]
	return m != nil && m.Status.downable()
}
