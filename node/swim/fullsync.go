package swim

import (
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// fetches are memberships that are fetched from nodes that have pinged: from members
// that have another checksum, and from nodes that are not known here.
type fetches struct {
	running int
	// last is when a fetch from a node began, for as long as that matters.
	last map[wire.Address]time.Time
	// backlog is until when requests may have waited for a process that was stopped, and
	// sent says who was sent the whole membership since it goes on.
	backlog time.Time
	sent    map[wire.Address]bool
	// disagrees is set as long as a member with the same members has another checksum.
	disagrees bool
}

// fullSync answers a node that has asked with another checksum: with the whole membership.
// (A process that was stopped finds many pings of each when it goes on, and answers one of
// them so.) Theirs is fetched too, so that one exchange makes both the same; that of a node which is not known here has been
// asked for already, see meet.
func (n *Node) fullSync(with wire.Address, theirs uint32) *wire.Ping {
	_, known := n.table.Find(with)
	fetch := (known || n.cfg.Rules.syncsWithStrangers()) && n.mayFetch(with)
	if fetch {
		n.fetch(with)
	}
	if n.cfg.Rules.limitsSyncs() && n.now.Before(n.fetches.backlog) {
		if n.fetches.sent[with] {
			return n.newPong(payload{})
		}
		n.fetches.sent[with] = true
	}
	n.emit(FullSyncSent{
		To: with, Local: n.Checksum(), Remote: theirs, Members: n.table.Len(),
		Bidirectional: fetch, AlreadyRunning: n.fetches.running,
	})
	whole := n.whole()
	response := n.newPong(whole.payload)
	response.Version = whole.version
	return response
}

// mayFetch bounds what a small ping can cost when it comes again and again: a few
// fetches at once, and one from each node in a protocol period.
func (n *Node) mayFetch(from wire.Address) bool {
	return n.fetches.running < n.cfg.MaxFullSyncs && !(n.cfg.Rules.limitsSyncs() && n.fetchedLately(from))
}

// stalled is to be called when the process was stopped for a while.
func (f *fetches) stalled(backlog time.Time) {
	f.backlog = backlog
	f.sent = make(map[wire.Address]bool)
}

// fetchedLately reports whether a fetch from a node began in the last half of a protocol
// period: pings may arrive closer together than they were sent.
func (n *Node) fetchedLately(from wire.Address) bool {
	maps.DeleteFunc(n.fetches.last, func(_ wire.Address, at time.Time) bool { return n.now.Sub(at) >= n.cfg.ProtocolPeriod/2 })
	_, lately := n.fetches.last[from]
	return lately
}

// fetch asks a node for its membership, and applies it.
func (n *Node) fetch(from wire.Address) {
	n.fetches.running++
	n.fetches.last[from] = n.now
	n.join(FullSync, from, n.cfg.JoinTimeout, func(response *wire.JoinResponse, membership table.ChangeSet, err error) {
		n.fetches.running--
		if err != nil {
			delete(n.fetches.last, from) // the next time is the first
			n.emit(FullSyncFetched{From: from, Err: err})
			return
		}
		membership = n.downgradeToSuspect(membership)
		applied := n.applyAndSpread(&membership, relayOn)
		n.emit(FullSyncFetched{From: from, Applied: applied})
		n.compareChecksums(from, response.Checksum, &membership)
	})
}

// compareChecksums notices a node that holds what is held here and has another checksum.
// Then the flavours differ, and full syncs go on for ever.
func (n *Node) compareChecksums(with wire.Address, theirs uint32, membership *table.ChangeSet) {
	ours := n.Checksum()
	switch {
	case theirs == ours:
		n.fetches.disagrees = false
	case !n.fetches.disagrees && n.table.Holds(membership):
		n.fetches.disagrees = true
		n.emit(ChecksumsDisagree{With: with, Members: n.table.Len(), Local: ours, Remote: theirs})
	}
}
