package check

import (
	"time"

	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// state is what is known about the run as a whole: whether there are faults, and
// whether the cluster is one.
type state struct {
	harmless     bool          // there has been no fault at all so far
	disturbed    time.Duration // when something last happened to the cluster
	disturbances int
	slow         int // nodes that are slow or busy

	one      bool // all nodes agree, and are right
	oneSince time.Duration
	lastOne  time.Duration // when it was at the last sample at which it was
	stirred  time.Duration // when something last happened that comes by itself
	quiet    bool          // and for so long that nothing is left to tell
}

// expectation says what the last table that was compared with the state of the
// nodes was like; the same one need not be compared again.
type expectation struct {
	digest uint64 // with the number of disturbances
	holds  bool
}

func (s *state) init(script *script.Script) {
	s.harmless = script.Loss == 0
	s.disturbed = script.Spread // nodes start until then
}

// disturb is to be called when something happens to the cluster.
func (s *state) disturb(now time.Duration) {
	s.disturbed = max(s.disturbed, now)
	s.disturbances++
	s.stir(now)
}

// stir is to be called when members are buried or forgotten, which comes by
// itself long after a fault.
func (s *state) stir(now time.Duration) {
	s.stirred = max(s.stirred, now)
	s.quiet = false
}

// calmLoss is how much loss is still taken for a good network.
const calmLoss = 0.02

// calmSince returns since when there have been no faults; ok is false if there
// are some now.
func (c *Checks) calmSince() (since time.Duration, ok bool) {
	s, w := &c.state, c.world
	return s.disturbed, w.Net.IsWhole() && s.slow == 0 && w.Net.Loss() <= calmLoss && w.Now >= s.disturbed
}

// Settle is how long a cluster must have been one and calm for the run to be
// over.
func (b *Bounds) Settle() time.Duration { return b.Quiet + 10*time.Second }

// assess decides, at a sample, whether the cluster is one, whether it is quiet
// and whether the run is over.
func (c *Checks) assess(agree bool, first *world.Node) {
	s, w := &c.state, c.world
	one := w.Now >= s.disturbed && (agree && (first == nil || c.isRight(first)) || c.eachIsOne())
	if one && !s.one {
		s.oneSince = w.Now
	}
	if s.one = one; one {
		s.lastOne = w.Now
	}
	calm, isCalm := c.calmSince()
	if !isCalm {
		s.quiet = false
		return
	}
	switch {
	case one:
		since := max(calm, s.oneSince, w.LateUntil) // what arrives late may be an accusation
		s.quiet = s.quiet || agree && w.Net.Loss() == 0 && w.Now > max(since, s.stirred)+c.bounds.Quiet
		done := w.Script.For == 0 && w.Now > since+c.bounds.Settle()
		if done && w.Now > w.LastStep() {
			w.Stop()
		}
	case w.Now > c.oneDue(calm):
		c.notOne(calm)
	default:
		s.quiet = false
	}
}

// oneDue returns when the cluster has to be one. Where messages are still lost, a member may
// be suspect for a moment at any time, so it is a bound on how long that lasts.
func (c *Checks) oneDue(calm time.Duration) time.Duration {
	if c.world.Net.Loss() > 0 {
		calm = max(calm, c.state.lastOne)
	}
	return calm + c.bounds.Converge
}

// isRight reports whether a node holds exactly those alive that are up, those
// left that were told to, and the others down or forgotten.
func (c *Checks) isRight(viewer *world.Node) bool {
	e, digest := &c.expected, c.of(viewer).digest^uint64(c.state.disturbances)
	if e.holds && e.digest == digest {
		return true
	}
	*e = expectation{digest, c.wrongAbout(viewer) == nil}
	return e.holds
}

// wrongAbout returns a node about which another one is wrong, of those that it can
// come to know and those that are down.
func (c *Checks) wrongAbout(viewer *world.Node) *world.Node {
	table := viewer.Core.Node()
	a := c.acquainted()
	for _, n := range c.world.Nodes {
		member, known := table.Member(n.Address)
		switch {
		case n.Up && !a.same(viewer, n):
			// Whether they meet is left to chance.
		case n.Up && !n.Doomed && (!known || member.Status != n.Ought()):
			return n
		case (!n.Up || n.Doomed) && known && member.Status.Pingable():
			return n
		}
	}
	return nil
}

// notOne reports that the cluster is still not one, and what is wrong.
func (c *Checks) notOne(calm time.Duration) {
	now := c.world.Now
	var unready *world.Node
	for _, viewer := range c.world.Nodes {
		if !viewer.Up {
			continue
		}
		if !viewer.Core.Node().Ready() {
			if !c.acquainted().alone(c.world, viewer) {
				unready = viewer
			}
			continue
		}
		n := c.wrongAbout(viewer)
		if n == nil {
			continue
		}
		name := InvariantOneView
		if n.Up && n.Life > 1 && n.Began >= calm {
			name = InvariantRejoin
		}
		status := "nothing"
		if member, known := viewer.Core.Node().Member(n.Address); known {
			status = member.Status.String()
		}
		c.violate(name, []*world.Node{viewer, n}, "%v after the last fault, node %d holds node %d %s, which is %s",
			now-calm, viewer.Number(), n.Number(), status, n.State())
		return
	}
	if unready != nil {
		name := InvariantOneView
		if unready.Life > 1 {
			name = InvariantRejoin
		}
		c.violate(name, []*world.Node{unready}, "%v after the last fault, node %d has not joined", now-calm, unready.Number())
		return
	}
	c.violate(InvariantOneView, nil, "%v after the last fault, the nodes do not agree, though each is right about all others", now-calm)
}
