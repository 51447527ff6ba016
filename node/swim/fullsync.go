package swim

import (
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Nodes whose checksums differ, and that have no change to tell each other, exchange their
// whole memberships: one of them answers a ping with all of its own, and fetches the other
// one's by a join. One exchange makes both the same. (Ringpop calls that a full sync; its
// first implementation did one half only.)

// fetches are the memberships that are being fetched from nodes that have pinged: from
// members that have another checksum, and from nodes that are not known here.
type fetches struct {
	cfg     *Config
	running int
	// last is when a fetch from a node began, for as long as that matters.
	last map[wire.Address]time.Time

	// backlog is until when requests may come that waited while the process was stopped;
	// sent holds the nodes that were sent the whole membership since it continued.
	backlog time.Time
	sent    map[wire.Address]bool

	// disagrees is set as long as a member with the same members has another checksum.
	disagrees bool
}

// mayBegin bounds what a small ping can cost when it comes again and again: a few fetches
// at once, and one from each node in a protocol period.
func (f *fetches) mayBegin(from wire.Address, now time.Time) bool {
	return f.running < f.cfg.MaxFullSyncs && !(f.cfg.Rules.limitsSyncs() && f.beganLately(from, now))
}

// beganLately reports whether a fetch from a node began in the last half of a protocol
// period: pings may arrive closer together than they were sent.
func (f *fetches) beganLately(from wire.Address, now time.Time) bool {
	maps.DeleteFunc(f.last, func(_ wire.Address, at time.Time) bool { return now.Sub(at) >= f.cfg.ProtocolPeriod/2 })
	_, lately := f.last[from]
	return lately
}

func (f *fetches) begin(from wire.Address, now time.Time) {
	f.running++
	f.last[from] = now
}

func (f *fetches) end(from wire.Address, failed bool) {
	f.running--
	if failed {
		delete(f.last, from) // the next one may begin at once
	}
}

// stalled says that the process was stopped until now. It may find many pings of each node
// when it goes on, and answers one of them with the whole membership.
func (f *fetches) stalled(now time.Time) {
	f.backlog = now.Add(f.cfg.ProtocolPeriod)
	f.sent = make(map[wire.Address]bool)
}

// maySend reports whether a node is to be sent the whole membership; then it counts as
// sent.
func (f *fetches) maySend(to wire.Address, now time.Time) bool {
	if !f.cfg.Rules.limitsSyncs() || !now.Before(f.backlog) {
		return true
	}
	if f.sent[to] {
		return false
	}
	f.sent[to] = true
	return true
}

// fullSync answers a node that has asked with another checksum: with the whole membership.
// Theirs is fetched too; that of a node which is not known here has been asked for already,
// see meet.
func (n *Node) fullSync(with wire.Address, theirs uint32) *wire.Ping {
	_, known := n.table.Find(with)
	fetch := (known || n.cfg.Rules.syncsWithStrangers()) && n.fetches.mayBegin(with, n.now)
	if fetch {
		n.fetch(with)
	}
	if !n.fetches.maySend(with, n.now) {
		return n.newPong(wire.ChangeList{})
	}
	n.emit(FullSyncSent{
		To: with, Local: n.Checksum(), Remote: theirs, Members: n.table.Len(),
		Bidirectional: fetch, AlreadyRunning: n.fetches.running,
	})
	return n.newPong(n.Membership())
}

// fetch asks a node for its membership, and applies it.
func (n *Node) fetch(from wire.Address) {
	n.fetches.begin(from, n.now)
	n.join(FullSync, from, n.cfg.JoinTimeout, func(response *wire.JoinResponse, membership table.ChangeSet, err error) {
		n.fetches.end(from, err != nil)
		if err != nil {
			n.emit(FullSyncFetched{From: from, Err: err})
			return
		}
		believed := n.guard.downgradeToSuspect(membership)
		applied := n.applyAndSpread(&believed, relayOn)
		n.emit(FullSyncFetched{From: from, Applied: applied})
		n.compareChecksums(from, response.Checksum, &membership) // as it is there
	})
}

// compareChecksums finds a node that holds what is held here and has another checksum.
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

// Membership returns the whole membership as changes from this node. The list is made
// once for each version of it.
func (n *Node) Membership() wire.ChangeList {
	if version := n.table.Version(); n.membership.Version() != version {
		b := n.table.Membership(n.inMyName())
		n.membership = n.table.Pack(&b, table.Kept).AtVersion(version)
	}
	return n.membership
}
