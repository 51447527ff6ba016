package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// peers holds the nodes that a fenced or starting node asks, and what they said.
type peers struct {
	hosts []wire.Address // of discovery, this node included, in order
	last  wire.Address   // that was asked
	// heard is which nodes said that they are starting, or something else, and when.
	heard map[wire.Address]heard
	// answered are those that answered since the process was stopped.
	answered map[wire.Address]bool
	// across are the members that were unreachable when this node lost.
	across map[wire.Address]bool
	wanted int // ticks until hosts are asked for again
}

type heard struct {
	starting bool
	at       time.Time
}

func newPeers(self wire.Address) peers {
	return peers{last: self, heard: make(map[wire.Address]heard)}
}

const (
	asksAtOnce = 3
	askRound   = 30 // ticks at most, to ask all members
	hostsAgain = 10 // ticks
)

// ask asks the next few members, and hosts while starting. A node that starts, or was stopped,
// may need the answers of all, so of many it asks more at once.
func (r *Resolver) ask() {
	list := r.roster.base((*row).reachable)
	if r.state == Starting {
		list = append(list, r.peers.hosts...)
		if r.peers.wanted--; r.peers.wanted < 0 {
			r.peers.wanted = hostsAgain
			r.out.NeedHosts = true
		}
	}
	slices.SortFunc(list, CompareAddresses)
	list = slices.DeleteFunc(slices.Compact(list), func(a wire.Address) bool { return a == r.roster.self })
	if len(list) == 0 {
		return
	}
	from, _ := slices.BinarySearchFunc(list, r.peers.last, CompareAddresses)
	if from < len(list) && list[from] == r.peers.last {
		from++
	}
	for i := range min(r.asks(len(list)), len(list)) {
		r.peers.last = list[(from+i)%len(list)]
		r.out.Ask = append(r.out.Ask, r.peers.last)
	}
}

// asks is how many of so many are asked at once.
func (r *Resolver) asks(of int) int {
	if r.state == Starting || r.paused {
		return max(asksAtOnce, (of+askRound-1)/askRound)
	}
	return asksAtOnce
}

// allAnswered reports whether all members that are not missed have answered since the process
// was stopped. It is true if it was not.
func (r *Resolver) allAnswered() bool {
	return !r.paused || !slices.ContainsFunc(r.roster.base((*row).reachable), func(a wire.Address) bool {
		return a != r.roster.self && !r.peers.answered[a]
	})
}

// Hosts hands in what discovery lists, or why it could not.
func (r *Resolver) Hosts(now time.Time, hosts []wire.Address, err error) {
	r.at(now)
	if err != nil {
		return // asked again after some ticks
	}
	r.peers.hosts = append(slices.Clone(hosts), r.roster.self)
	slices.SortFunc(r.peers.hosts, CompareAddresses)
	r.peers.hosts = slices.Compact(r.peers.hosts)
}
