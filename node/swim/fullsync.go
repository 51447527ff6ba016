package swim

import (
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// fetches are memberships that are fetched from members that asked with another
// checksum.
type fetches struct {
	running int
	// last is when a fetch from a member began, for as long as that matters.
	last map[wire.Address]time.Time
}

// fullSync is what follows when the whole membership was sent to a node that
// asked with another checksum: theirs is fetched too, so that one exchange
// makes both the same. Only from known members, or a forged ping could make
// this node call anybody.
func (n *Node) fullSync(with wire.Address, theirs uint32) {
	event := FullSyncSent{To: with, Local: n.Checksum(), Remote: theirs, Members: n.members.len()}
	if n.mayFetch(with) {
		n.fetches.running++
		n.fetches.last[with] = n.now
		event.Bidirectional = true
		n.join(with, n.cfg.JoinTimeout, func(_ *wire.JoinResponse, membership Bundle, err error) {
			n.fetches.running--
			applied := 0
			if err == nil {
				membership = n.soften(membership)
				applied = n.update(&membership, gossipOn)
			} else {
				delete(n.fetches.last, with) // the next time is the first
			}
			n.emit(FullSyncFetched{From: with, Applied: applied, Err: err})
		})
	}
	event.AlreadyRunning = n.fetches.running
	n.emit(event)
}

// mayFetch bounds what a small ping can cost when it comes again and again: a few
// fetches at once, and one from each member in a protocol period, in which an
// honest one pings no more than once.
func (n *Node) mayFetch(from wire.Address) bool {
	recent := func(began time.Time) bool { return n.now.Sub(began) < n.cfg.ProtocolPeriod }
	maps.DeleteFunc(n.fetches.last, func(_ wire.Address, began time.Time) bool { return !recent(began) })
	_, fetched := n.fetches.last[from]
	_, known := n.members.find(from)
	return !fetched && n.fetches.running < n.cfg.MaxFullSyncs && known
}
