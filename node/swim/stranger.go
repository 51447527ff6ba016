package swim

import "github.com/ringmend/ringmend/node/wire"

// A node that is pinged, or joined, by one that it does not know must come to know it:
// the other one holds it to be a member, and if that stays one-sided, each has a ring of
// its own, for ever. It happens to a node that starts again before it is missed, with a
// list of hosts that leads nowhere: all members ping it, none is faulty, and so no
// healer looks for it.
//
// It joins back. So what it comes to believe is said by the node at that address,
// labels included, and not by a message that anyone can forge. The cost is that a forged
// message makes the node call a stranger: a join request, of which no
// more than MaxFullSyncs are under way at once, and none to the same address within a
// protocol period.

// meet makes a node that has sent a ping or a ping-req known, unless it is.
func (n *Node) meet(source wire.Address) {
	if _, known := n.table.Find(source); known || n.evicted || !n.cfg.Rules.meetsStrangers() || !n.fetches.mayBegin(source, n.now) {
		return
	}
	n.fetch(source)
}

// called is to be called when a request of a node of this app has come before bootstrap
// is over. It is joined like a host that discovery lists.
func (n *Node) called(source wire.Address) {
	b := &n.boot
	if b.started.IsZero() || !n.cfg.Rules.meetsStrangers() || source == n.self.Address || b.knows(source) || len(b.asked) >= b.options.Size*b.options.Parallelism {
		return
	}
	n.joinHost(source, 0)
}
