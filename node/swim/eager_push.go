package swim

import "time"

// A large update, as when a partition begins or is healed, and one by which a member is
// back that was held faulty, is passed on immediately to a few members besides those whose
// turn it is in the protocol period. It reaches all nodes after a few round trips instead of
// a few periods, at the same cost: a change is sent as often as before, only sooner.

const (
	// eagerPushMin is how many changes make a large update.
	eagerPushMin = 8
	// eagerPushFanout is how many members are pinged for an update.
	eagerPushFanout = 2
	// eagerPushes is for how many updates that is done in a protocol period. What one side
	// of a healed partition knows may come in two parts: those of its members that had to
	// reincarnate, whose changes are being spread already, and those that had done so before.
	eagerPushes = 3
)

// pushes counts the updates that were pushed.
type pushes struct {
	left  int
	until time.Time // when the period ends for which left is
}

// take reports whether another update may be pushed, and counts it.
func (p *pushes) take(now time.Time, period time.Duration) bool {
	if !now.Before(p.until) {
		p.left, p.until = eagerPushes, now.Add(period)
	}
	p.left--
	return p.left >= 0
}

// eagerPush pings a few members immediately after an update of so many changes, by which so
// many members are back, if it is large or there are any. A node that has just joined does
// not: its short periods do the same, and where many start together each learns one large
// update after the other.
func (n *Node) eagerPush(changes, returned int) {
	if changes < eagerPushMin && returned == 0 || !n.gossiping() || !n.cfg.Rules.pushesEagerly() {
		return
	}
	if n.settling.pings() || !n.pushes.take(n.now, n.cfg.ProtocolPeriod) {
		return
	}
	others := n.order.Sample(eagerPushFanout, n.isOtherPingable)
	if len(others) == 0 {
		return
	}
	b, receipt := n.gossip.forCall()
	carried := n.load(&b, receipt, len(others))
	for _, m := range others {
		n.pingWith(Push, carried, n.table.Address(m), func(error) {
			// Whether it is there, its own turn will show.
		})
	}
}
