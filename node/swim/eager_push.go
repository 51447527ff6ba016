package swim

// A large update, as when a partition begins or is healed, is passed on immediately to
// a few members besides those whose turn it is in the protocol period. It reaches
// all nodes after a few round trips instead of a few periods, at the same cost: a change
// is sent as often as before, only sooner.

const (
	// eagerPushMin is how many changes make a large update.
	eagerPushMin = 8
	// eagerPushFanout is how many members are pinged, at most once per protocol period.
	eagerPushFanout = 2
)

// eagerPush pings a few members immediately after a large update.
func (n *Node) eagerPush(changes int) {
	if changes < eagerPushMin || !n.gossiping() || !n.pushed.ready(n.now) || !n.cfg.Rules.pushesEagerly() {
		return
	}
	n.pushed.pause(n.now, n.cfg.ProtocolPeriod)
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
