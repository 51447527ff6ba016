package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// silence counts the probes in a row that ended without a sign of life from any node. One
// such probe says nothing about its target: the helpers may be dead themselves. But when
// no node at all is heard from, either all are gone or this one is cut off, and its view
// must follow. (In ringpop-go the last of five nodes never notices.)
type silence struct{ probes int }

// maxSilentProbes is how many probes in a row may end so before members are suspected all
// the same.
const maxSilentProbes = 3

// broken records that another node has been heard from.
func (s *silence) broken() { s.probes = 0 }

// kept records that a probe has ended without a sign of life.
func (s *silence) kept() { s.probes++ }

func (s *silence) isolates() bool { return s.probes >= maxSilentProbes }

// heardFrom is to be called when another node has sent something.
func (n *Node) heardFrom(who wire.Address) {
	n.silence.broken()
	silent := n.now.Sub(n.contacts.last)
	n.contacts.add(who, n.now)
	if n.contacts.isolated {
		n.contacts.isolated = false
		n.emit(IsolationEnded{From: who, After: silent})
	}
}

// isolationPings is how many pings must have gone unanswered until silence says anything.
const isolationPings = 3

// checkIsolation finds out whether no other node is heard from.
func (n *Node) checkIsolation() {
	c := &n.contacts
	if !n.cfg.Detection.Adaptive || c.isolated || n.others() == 0 {
		return
	}
	if c.last.IsZero() {
		c.last = n.now
	}
	if silent := n.now.Sub(c.last); silent >= n.cfg.Detection.IsolatedAfter && c.pings >= isolationPings {
		c.isolated = true
		n.emit(Isolated{For: silent})
		n.dropAccusations()
	}
}

// Isolated reports whether no other node has been heard from for some time. This node is
// then probably cut off from all, including those that it still holds alive.
func (n *Node) Isolated() bool { return n.silence.isolates() || n.contacts.isolated }

// isolationConvicts reports whether members are suspected although no node has said anything
// about them. With adaptive detection that waits for longer than it takes to find out that
// this node is cut off: until then it is more likely the one that is.
func (n *Node) isolationConvicts() bool {
	switch {
	case !n.cfg.Rules.isolationConvicts():
		return false
	case n.cfg.Detection.Adaptive:
		return n.contacts.isolated && n.now.Sub(n.contacts.last) >= 2*n.cfg.Detection.IsolatedAfter
	}
	return n.silence.isolates()
}

// pingFailed is to be called when a probe's ping was not answered.
func (n *Node) pingFailed(p *probe) {
	if n.holdsAlive(p) {
		n.contacts.pingFailed()
		n.probeSooner(p)
	}
}

// probeSooner shortens the period while most pings fail, as long as there are members to find
// out about: those that are suspect already need not be. In half a minute it does so once for
// each member at most, since where answers are lost one way suspicions and refutations may
// go on for ever.
func (n *Node) probeSooner(p *probe) {
	c := &n.contacts
	if !n.cfg.Detection.Adaptive || !c.isFailing() || !n.holdsAlive(p) {
		return
	}
	if n.now.Sub(c.refilled) >= shortPeriodsFor {
		c.refilled, c.shortPeriods = n.now, n.table.Len()
	}
	if next := n.now.Add(n.period.least / shortPeriod); c.shortPeriods > 0 && next.Before(n.period.next) {
		c.shortPeriods--
		n.period.next = next
	}
}

// shortPeriodsFor is for how long as many short periods as there are members must do.
const shortPeriodsFor = 30 * time.Second

// holdsAlive reports whether the target of a probe is held alive, and not suspect.
func (n *Node) holdsAlive(p *probe) bool {
	m, ok := n.table.FindNear(p.member, p.target)
	return ok && n.table.Status(m) == wire.Alive
}
