package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Report is what a node answers to those who ask whether it serves.
type Report struct {
	State      State
	Serves     bool
	Checksum   uint32
	Epoch      uint64
	WrittenOff []wire.Address
	// Lacking tells that the node has no resolver, so that it serves always. Its other
	// fields say nothing.
	Lacking bool
}

// decided tells that the node serves and will go on. One that is uncertain may lose yet.
func (p *Report) decided() bool { return p.Serves && (p.State == Stable || p.State == Kept) }

// Report returns what to answer to other nodes.
func (r *Resolver) Report() Report {
	return Report{State: r.state, Serves: r.Serves(), Checksum: r.node.Checksum(), Epoch: r.epoch, WrittenOff: r.WrittenOff()}
}

// peers is whom a node asks that is fenced or starting, and what they said.
type peers struct {
	hosts []wire.Address // of discovery, this node included, in order
	last  wire.Address   // that was asked
	// heard is who said to be starting, or something else, and when.
	heard map[wire.Address]heard
	// across is who was unreachable when this node lost.
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
	askRound   = 30 // ticks at most, for a starting node to ask everybody
	hostsAgain = 10 // ticks
)

// ask asks the next few members, and hosts while starting. A starting node needs the
// answers of many, so at many hosts it asks more of them at once.
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
	if r.state == Starting {
		return max(asksAtOnce, (of+askRound-1)/askRound)
	}
	return asksAtOnce
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

// Heard hands in what a node has answered that was asked, or that it did not.
func (r *Resolver) Heard(now time.Time, from wire.Address, p Report, err error) {
	r.at(now)
	if err != nil {
		delete(r.peers.heard, from)
		return
	}
	if r.state == Starting {
		r.peers.heard[from] = heard{starting: !p.Lacking && p.State == Starting, at: r.now}
	}
	if r.Serves() || !r.vouches(from, &p) {
		return
	}
	if r.paused {
		r.adopt(&p)
		r.resume()
		if r.roster.missed == 0 {
			r.rest("another member serves, and agrees about everybody")
		}
		return
	}
	if !r.quiet() {
		return
	}
	r.adopt(&p)
	r.serve("another member serves, and agrees about everybody")
}

// vouches tells that a node which answered is proof that this one may serve: it serves,
// and holds the same membership, so it knows this node.
func (r *Resolver) vouches(from wire.Address, p *Report) bool {
	member := r.roster.rows[from]
	if member == nil || !member.reachable() || from == r.roster.self || !r.roster.ours(member) {
		return false
	}
	if p.Lacking {
		// It would serve on the losing side, too. So after a loss only one from across
		// the cut tells that the cut is over.
		return r.state != Lost || r.peers.across[from]
	}
	return p.decided() && p.Checksum == r.node.Checksum()
}

// adopt takes over the decisions of another node.
func (r *Resolver) adopt(p *Report) {
	r.epoch = max(r.epoch, p.Epoch)
	off := make(map[wire.Address]bool, len(p.WrittenOff))
	for _, a := range p.WrittenOff {
		off[a] = true
	}
	r.roster.writeOff(func(m *row) bool { return off[m.address] })
}

// quiet tells that nothing has changed for UnfenceAfter.
func (r *Resolver) quiet() bool { return r.now.Sub(r.clock.Last()) >= r.cfg.UnfenceAfter }

// tryToServe ends the fencing when the node can tell by itself that it may serve.
func (r *Resolver) tryToServe() {
	if !r.quiet() || r.lease.underWay() {
		return
	}
	if r.state == Lost {
		if r.roster.missed == 0 && !r.lease.deposed {
			r.serve("all are reachable")
		}
		return
	}
	reached, enough := r.reached()
	switch {
	case r.cfg.Strategy == LeaseMajority:
		if r.mayClaimAtStart(reached, enough) {
			r.claimFor(reached, r.now)
		}
	case len(r.peers.hosts) == 1:
		r.emit(Alone{})
		r.serve("discovery lists no other host")
	case enough:
		r.serve("enough hosts are starting, too")
	}
}

// reached returns which hosts of discovery are starting as this node is, itself included,
// and whether they are enough to begin a cluster: all that have answered, and more than
// half or a quorum. Two such groups have a host in common.
func (r *Resolver) reached() (starting []wire.Address, enough bool) {
	hosts := r.peers.hosts
	if len(hosts) == 0 {
		return nil, false
	}
	round := (len(hosts) + r.asks(len(hosts)) - 1) / r.asks(len(hosts))
	fresh := 2*time.Duration(round+1)*r.cfg.Tick + r.cfg.UnfenceAfter
	enough = true
	for _, host := range hosts {
		h, answered := r.peers.heard[host]
		switch {
		case host == r.roster.self:
			starting = append(starting, host)
		case !answered || r.now.Sub(h.at) > fresh:
		case !h.starting:
			enough = false
		default:
			starting = append(starting, host)
		}
	}
	need := len(hosts)/2 + 1
	if r.cfg.Strategy == StaticQuorum {
		need = r.cfg.QuorumSize
		enough = enough && len(hosts) <= 2*need-1
	}
	return starting, enough && len(starting) >= need
}

// serve ends the fencing.
func (r *Resolver) serve(why string) {
	r.clock.Calm()
	r.unsettle()
	r.peers = newPeers(r.roster.self)
	r.lease.give()
	r.lease.rebase, r.lease.deposed = true, false
	if r.roster.off > 0 {
		r.become(Kept, why)
	} else {
		r.become(Stable, why)
	}
	if r.roster.missed > 0 {
		r.clock.Changed(r.now)
		r.doubt()
	}
}

// WriteOff stops missing a member, by the word of an operator, and reports whether it was
// missed. A fenced node without anybody to miss serves.
func (r *Resolver) WriteOff(now time.Time, address wire.Address) bool {
	r.at(now)
	off := r.roster.writeOff(func(m *row) bool { return m.address == address })
	if len(off) > 0 && r.state == Uncertain && r.roster.missed == 0 && !r.paused {
		r.rest("the last one missed was written off")
	}
	return len(off) > 0
}

// Keep makes the node serve without those who are unreachable, by the word of an operator:
// the way out when all sides are fenced. Two sides that are told so both serve.
func (r *Resolver) Keep(now time.Time) {
	r.at(now)
	r.epoch++
	r.roster.writeOff(func(*row) bool { return true })
	r.paused = false
	r.serve("an operator said so")
}

// SetSettled says whether a member is settled, in place of what time tells: for questions
// of the kind what if.
func (r *Resolver) SetSettled(address wire.Address, settled bool) {
	m := r.roster.rows[address]
	switch {
	case m == nil:
	case settled:
		m.assume = settledByWord
	default:
		m.assume = unsettledByWord
	}
}

// Saved is what a node may keep in a file, so that a restart does not forget it.
type Saved struct {
	Lost       bool
	Epoch      uint64
	Base       []wire.Address
	WrittenOff []wire.Address
}

// Save returns what to keep. It is to be saved when the state has changed.
func (r *Resolver) Save() Saved {
	all := func(*row) bool { return true }
	return Saved{Lost: r.state == Lost, Epoch: r.epoch, Base: r.roster.base(all), WrittenOff: r.WrittenOff()}
}

// Restore takes over what was saved, right after [New]. The node misses whom it knew until
// it hears of them. One that was lost stays so.
func (r *Resolver) Restore(s Saved) {
	r.epoch = s.Epoch
	dc := r.node.Self().Labels[dcLabel]
	for _, a := range append(slices.Clone(s.Base), s.WrittenOff...) {
		if r.roster.rows[a] == nil {
			r.roster.add(&row{address: a, status: wire.Faulty, dc: dc, since: r.now, born: Youngest, writtenOff: slices.Contains(s.WrittenOff, a)})
		}
	}
	if s.Lost {
		r.become(Lost, "it was lost before the restart")
	}
}
