package swim

import "time"

// A node that has just joined knows only what the few members knew through which it joined,
// and they may be the only ones that know it. Where many start together all are in that
// position, and finding each other in steps of a protocol period would take a second. So the
// first periods after a join are short, until other members turn out to have the same
// membership: the pings are those that the node would send anyway, sooner, and a few more.
//
// The changes that the last few nodes lack may no longer be disseminated, while all nodes
// still disseminate what they know already: then they fetch the whole membership of a member
// that they have met.
type settling struct {
	left   int // how many short periods there may still be; 0: the node has settled
	agreed int // how many members in a row had the same membership
	stuck  int // how many had another one, and no news
}

const (
	// maxSettling bounds the short periods of a node: in a cluster in which members come
	// and go all the time no two may agree.
	maxSettling = 16
	// settledAfter is how many members in a row are enough. The first may be one that
	// started at the same moment, and knows as little.
	settledAfter = 3
	// stuckAfter is how many that have another membership and no news are too many.
	stuckAfter = 2
)

// pings reports whether there are short periods still.
func (s *settling) pings() bool { return s.left > 0 }

func (s *settling) begin() { *s = settling{left: maxSettling} }

// next takes in that a period begins, and reports whether the one after it is short.
func (s *settling) next() bool {
	if s.left > 0 {
		s.left--
	}
	return s.pings()
}

// met takes in whether a member that was pinged has the same membership, and whether it
// had news. It reports whether it is time to fetch that member's.
func (s *settling) met(agrees, news bool) (fetch bool) {
	switch {
	case agrees:
		s.stuck = 0
		if s.agreed++; s.agreed == settledAfter {
			s.left = 0
		}
		return false
	case news:
		s.stuck = 0
	default:
		s.stuck++
	}
	s.agreed = 0
	if s.stuck < stuckAfter {
		return false
	}
	s.stuck = 0
	return true
}

// settle begins the short periods, and the first one.
func (n *Node) settle() {
	if n.cfg.Rules.pushesEagerly() {
		n.settling.begin()
		n.period.noLaterThan(n.now.Add(n.shortPause()))
	}
}

// shortPause is the time until the next short period, drawn so that nodes that start
// together do not ping in step.
func (n *Node) shortPause() time.Duration {
	short := max(n.period.least/shortPeriod, 1)
	return short/2 + time.Duration(n.rng.Int64N(int64(short)))
}
