package swim

import "time"

// A node that learns of an accusation, or of its refutation, begins its next protocol period at
// once: the change reaches all members within a few round trips, where it would take a period
// for each step, and the accused can refute in time. It costs no message: the ping is that of
// the next period, only sooner.
//
// Accusations that come again and again, as at a cut that comes and goes, must not make
// that the rule: a node has few such periods, and gets another one slowly.
type earlyPeriods struct {
	wanted bool
	left   int
	more   time.Time // when one is added
}

const (
	// maxEarlyPeriods are enough for a suspicion: its first accuser, the others, and the
	// end of it.
	maxEarlyPeriods = 4
	// earlyPeriodEvery is how many protocol periods bring another one.
	earlyPeriodEvery = 10
)

// spreadSoon makes the next period an early one, for an accusation or a refutation.
func (n *Node) spreadSoon() { n.early.wanted = n.cfg.Detection.Adaptive }

// periodSooner begins the next protocol period at once if [Node.spreadSoon] asks for it.
func (n *Node) periodSooner() {
	e := &n.early
	if !e.wanted {
		return
	}
	e.wanted = false
	if !n.gossiping() || n.gossip.storm() || !n.now.Before(n.period.next) {
		return
	}
	if every := earlyPeriodEvery * n.cfg.ProtocolPeriod; !n.now.Before(e.more) {
		e.left = min(maxEarlyPeriods, e.left+1+int(n.now.Sub(e.more)/every))
		e.more = n.now.Add(every)
	}
	if e.left > 0 {
		e.left--
		n.period.noLaterThan(n.now)
	}
}
