package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// One probe that ends with no node heard from says nothing about its target: the helpers may
// be dead themselves. But when no node at all is heard from, either all are gone or this one
// is cut off, and its view must follow. (In ringpop-go the last of five nodes never notices.)
//
// There are two measures of that silence: how many probes have ended so, and, with adaptive
// detection, the time. The time tells before the first probe has ended, and then the node
// accuses no member, see [Node.isolationConvicts]; the count is the one that fixed detection
// goes by. A node is isolated by either.

// maxSilentProbes is how many probes in a row may end with no node heard from before members
// are suspected all the same.
const maxSilentProbes = 3

// heardFrom is to be called when another node has sent something.
func (n *Node) heardFrom(who wire.Address) {
	silent := n.now.Sub(n.contacts.last)
	n.contacts.add(who, n.now)
	if n.contacts.isolated {
		n.contacts.isolated, n.contacts.back = false, n.now
		n.emit(IsolationEnded{From: who, After: silent})
	}
}

// isolationPings is how many pings must have gone unanswered until silence says anything.
const isolationPings = 3

// checkIsolation finds out whether no other node is heard from.
func (n *Node) checkIsolation() {
	c := &n.contacts
	if !n.cfg.Detection.Adaptive || c.isolated || n.Others() == 0 {
		return
	}
	if c.last.IsZero() {
		c.last = n.now
	}
	if silent := n.now.Sub(c.last); silent >= n.cfg.Detection.IsolatedAfter && c.pings >= isolationPings {
		c.isolated, c.looked = true, nil
		n.emit(Isolated{For: silent})
		n.dropAccusations()
	}
}

// Isolated reports whether no other node has been heard from for some time. This node is
// then probably cut off from all, including those that it still holds alive.
func (n *Node) Isolated() bool {
	return n.contacts.silent >= maxSilentProbes || n.contacts.isolated
}

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
	return n.contacts.silent >= maxSilentProbes
}

// wasIsolated reports whether this node is cut off, or was so until lately: what it believes
// of the others is what it found out alone.
func (n *Node) wasIsolated() bool {
	c := &n.contacts
	return c.isolated || !c.back.IsZero() && n.now.Sub(c.back) <= doubtFor
}

// looks are the suspects that were pinged once more, by incarnation, since this node was last
// found to be cut off.
type looks map[table.MemberID]int64

// first notes a look, and reports whether it is the first one.
func (l *looks) first(m table.MemberID, incarnation int64) bool {
	if at, looked := (*l)[m]; looked && at == incarnation {
		return false
	}
	if *l == nil {
		*l = make(looks)
	}
	(*l)[m] = incarnation
	return true
}

// lookAgain ends the time of a suspect on a node that was cut off: it pings the suspect once
// more before it gives it up, since the network may have returned since it last pinged that. One
// that answers and does not refute is given up a second later.
func (n *Node) lookAgain(suspect table.MemberID) {
	target, incarnation := n.table.Address(suspect), n.table.Incarnation(suspect)
	timeout := n.cfg.Detection.PingTimeout
	n.timers.Set(suspect, n.now.Add(2*timeout))
	n.pingSuspect(suspect, timeout, func(err error) {
		m, known := n.table.FindNear(suspect, target)
		if err != nil && known && n.table.Status(m) == wire.Suspect && n.table.Incarnation(m) == incarnation {
			n.declare(m, incarnation, wire.Faulty)
		}
	})
}
