package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// When many members fail together, as when a rack does, most pings find a dead one, and at
// one ping in a protocol period it takes long to find them all. So the periods are short
// while most pings fail. Members that this node has accused are passed over meanwhile, and
// only nodes that were heard from just now are asked to help.

// failing says whether most pings fail, and how many more periods may be short for that.
type failing struct {
	pings        int       // that failed: one more for each, half as many after one that was answered
	shortPeriods int       // that are left
	refilled     time.Time // when there were as many as members
}

const (
	// manyFailures is the number of failures from which most members may be gone.
	manyFailures = 6
	// shortPeriodsFor is for how long as many short periods as there are members must do.
	shortPeriodsFor = 30 * time.Second
)

// most reports whether most pings fail.
func (f *failing) most() bool { return f.pings >= manyFailures }

// failed and answered count a ping.
func (f *failing) failed()   { f.pings = min(f.pings+1, 8*manyFailures) }
func (f *failing) answered() { f.pings /= 2 }

// pingFailed is to be called when a probe's ping was not answered.
func (n *Node) pingFailed(p *probe) {
	n.failing.failed()
	if n.holdsAlive(p) {
		n.probeSooner()
	}
}

// probeSooner shortens the period while most pings fail. It is to be called for a probe whose
// target is held alive: those that are suspect already need not be found out. In half a
// minute it does so once for each member at most, since where answers are lost one way
// suspicions and refutations may go on for ever.
func (n *Node) probeSooner() {
	f := &n.failing
	if !n.cfg.Detection.Adaptive || !f.most() {
		return
	}
	if n.now.Sub(f.refilled) >= shortPeriodsFor {
		f.refilled, f.shortPeriods = n.now, n.table.Len()
	}
	if next := n.now.Add(n.period.least / shortPeriod); f.shortPeriods > 0 && next.Before(n.period.next) {
		f.shortPeriods--
		n.period.next = next
	}
}

// holdsAlive reports whether the target of a probe is held alive, and not suspect.
func (n *Node) holdsAlive(p *probe) bool {
	m, ok := n.table.FindNear(p.member, p.target)
	return ok && n.table.Status(m) == wire.Alive
}

// needsNoProbe reports whether a member is not to be probed while most pings fail: one that
// this node has accused already. What it says itself, if it lives, refutes that.
func (n *Node) needsNoProbe(m table.MemberID) bool {
	return n.failing.most() && n.cfg.Detection.Adaptive && n.suspicions.isBy(m, n.me)
}
