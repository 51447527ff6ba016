package check

import (
	"slices"

	"github.com/ringmend/ringmend/sim/world"
)

// checkWords checks that all nodes know which members are evicted, and which are readmitted:
// when there has been time enough, and when the run is about to be over, since all agree.
func (c *Checks) checkWords() {
	w := c.world
	since, calm := c.calmSince()
	if w.Words.Len() == 0 || !calm {
		return
	}
	settled := c.state.one && w.Now > max(since, c.state.oneSince)+c.bounds.Settle()
	if !settled && w.Now <= since+c.bounds.Converge {
		return
	}
	want := w.Words.Records()
	for _, n := range w.Nodes {
		if n.IsRunning(w.Now) && n.Joined && !slices.Equal(n.Core.Evictions(), want) {
			c.violate(InvariantLastWord, []*world.Node{n}, "%v after the last fault, node %d knows %v, and not %v",
				w.Now-since, n.Number(), n.Core.Evictions(), want)
			return
		}
	}
}
