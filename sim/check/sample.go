package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// opinion is what a node holds, in two ways that must agree.
type opinion struct {
	digest   uint64 // ours
	checksum uint32 // Ringpop's
	of       *world.Node
}

// collision is a pair of views that differ and have the same checksum, which
// happens by chance once in four thousand million pairs.
type collision struct {
	a, b  uint64
	since time.Duration
}

// opinion returns what a node holds.
func (c *Checks) opinion(n *world.Node) opinion {
	return opinion{c.of(n).digest, n.Core.Node().Checksum(), n}
}

// checkOpinions checks the checksums against the digests, and returns how many
// different views there are.
func (c *Checks) checkOpinions(list []opinion) (views int) {
	slices.SortFunc(list, func(a, b opinion) int { return cmp.Compare(a.digest, b.digest) })
	views = 1
	for i := 1; i < len(list); i++ {
		a, b := list[i-1], list[i]
		switch {
		case a.digest != b.digest:
			views++
		case a.checksum != b.checksum:
			c.violate(InvariantChecksum, []*world.Node{a.of, b.of}, "nodes %d and %d hold the same and have different checksums", a.of.Number(), b.of.Number())
		}
	}
	slices.SortStableFunc(list, func(a, b opinion) int { return cmp.Compare(a.checksum, b.checksum) })
	found := false
	for i := 1; i < len(list) && !found; i++ {
		a, b := list[i-1], list[i]
		if a.checksum != b.checksum || a.digest == b.digest {
			continue
		}
		found = true
		seen := &c.collision
		if seen.a != a.digest || seen.b != b.digest {
			*seen = collision{a.digest, b.digest, c.world.Now}
		}
		if c.world.Now-seen.since >= chance {
			c.violate(InvariantChecksum, []*world.Node{a.of, b.of}, "nodes %d and %d do not hold the same, and have the checksum %d both", a.of.Number(), b.of.Number(), a.checksum)
		}
	}
	if !found {
		c.collision = collision{}
	}
	return views
}

// chance is how long a collision of checksums must last to be none by chance:
// no node would full-sync, and nothing would end it.
const chance = 5 * time.Second

// comparedAtOnce is how many members are compared at each sample, on average, to find
// tables that differ from what the events have told.
const comparedAtOnce = 200

// checkTables compares some member tables with the accounts of them.
func (c *Checks) checkTables() {
	c.toCompare = min(c.toCompare+comparedAtOnce, len(c.world.Nodes)*len(c.world.Nodes))
	for c.toCompare >= len(c.world.Nodes) {
		c.toCompare -= len(c.world.Nodes)
		n := c.world.Nodes[c.turn%len(c.world.Nodes)]
		c.turn++
		if n.Up && !c.of(n).matches(c.world, n.Core.Node()) {
			c.violate(InvariantEvents, []*world.Node{n}, "the members of node %d are not those that it has told of", n.Number())
		}
	}
}

// checkCrashed checks that nodes that are down are known to be, once per crash.
func (c *Checks) checkCrashed() {
	calm, ok := c.calmSince()
	if !ok {
		return
	}
	for _, dead := range c.world.Nodes {
		if dead.Up || dead.Life == 0 || c.detected[dead.Index] >= max(calm, 1) || c.world.Now <= max(calm, dead.Fallen)+c.bounds.Detect {
			continue
		}
		c.detected[dead.Index] = max(calm, 1)
		for _, n := range c.world.Nodes {
			if !n.Up || !n.Core.Node().Ready() {
				continue
			}
			if member, known := n.Core.Node().Member(dead.Address); known && member.Status.Pingable() {
				c.violate(InvariantDetect, []*world.Node{n, dead}, "node %d has been down for %v, and node %d holds it %v", dead.Number(), c.world.Now-dead.Fallen, n.Number(), member.Status)
				return
			}
		}
	}
}

// checkMemory checks that what a node remembers is bounded.
func (c *Checks) checkMemory(n *world.Node) {
	table := n.Core.Node()
	switch known := table.Len(); {
	case known > len(c.world.Nodes):
		c.violate(InvariantMemory, []*world.Node{n}, "node %d knows %d members, and there have only been %d", n.Number(), known, len(c.world.Nodes))
	case table.Pending() > known:
		c.violate(InvariantMemory, []*world.Node{n}, "node %d has %d changes pending about %d members", n.Number(), table.Pending(), known)
	case n.Calling > c.bounds.Calls:
		c.violate(InvariantMemory, []*world.Node{n}, "node %d has %d calls under way", n.Number(), n.Calling)
	}
}

// checkSuspects checks that suspects do not stay suspect.
func (c *Checks) checkSuspects(n *world.Node) {
	suspects := c.of(n).suspects
	if len(suspects) == 0 || c.world.Now < n.Stopped {
		return
	}
	now := n.LocalTime(c.world.Now)
	var stuck wire.Address // the first by address: runs must be repeatable
	for a, s := range suspects {
		// A node that was stopped gives suspects that time on top, and some more.
		stood := n.Stood - s.stood + time.Duration(n.Stops-s.stops)*2*time.Second
		if now.Sub(s.since) > c.bounds.Suspect+stood && (stuck == "" || a < stuck) {
			stuck = a
		}
	}
	if stuck != "" {
		s := suspects[stuck]
		c.violate(InvariantSuspect, c.involved(n, stuck), "node %d has held %s suspect@%d for %v", n.Number(), c.world.Name(stuck),
			s.incarnation-world.Epoch.UnixMilli(), now.Sub(s.since).Round(time.Millisecond))
	}
}
