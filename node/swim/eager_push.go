package swim

// Much news at once, as when a partition begins or is healed, is passed on at once
// to some members besides those whose turn it is in the protocol period. So it is
// everywhere after a few round trips rather than a few periods, and what it costs is
// the same: a change is sent as often as before, only sooner.

const (
	// eagerPushMin is how many changes at once are much news.
	eagerPushMin = 8
	// eagerPushFanout is how many members are told at once, no more than once in a period.
	eagerPushFanout = 2
)

// eagerPush pings some members now if there were many news.
func (n *Node) eagerPush(news int) {
	if news < eagerPushMin || !n.gossiping() || n.now.Before(n.nextEagerPush) || !n.cfg.Rules.pushesEagerly() {
		return
	}
	n.nextEagerPush = n.now.Add(n.cfg.ProtocolPeriod)
	others := n.round.sample(eagerPushFanout, n.isOtherPingable)
	if len(others) == 0 {
		return
	}
	b, receipt := n.gossip.forCall()
	carried := n.load(&b, receipt, len(others))
	for _, m := range others {
		n.pingWith(Push, carried, n.book().address(m), func(error) {
			// Whether it is there, its own turn will show.
		})
	}
}
