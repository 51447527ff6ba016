package resolve

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Report is what a node answers when asked whether it serves.
type Report struct {
	State      State
	Serves     bool
	Checksum   uint32
	Epoch      uint64
	WrittenOff []wire.Address
	// Lacking says that the node has no resolver and always serves. The other fields
	// then say nothing.
	Lacking bool
}

// decided reports whether the node serves and will go on. One that is uncertain may lose yet.
func (p *Report) decided() bool { return p.Serves && (p.State == Stable || p.State == Kept) }

// Report returns what to answer to other nodes.
func (r *Resolver) Report() Report {
	return Report{State: r.state, Serves: r.Serves(), Checksum: r.node.Checksum(), Epoch: r.epoch, WrittenOff: r.WrittenOff()}
}

// Heard hands in the answer of a node that was asked, or the error if there was none.
func (r *Resolver) Heard(now time.Time, from wire.Address, p Report, err error) {
	r.at(now)
	if err != nil {
		delete(r.peers.heard, from)
		return
	}
	if r.paused {
		r.peers.answered[from] = true
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
			r.rest("another member serves, and agrees about all members")
		}
		return
	}
	if !r.quiet() {
		return
	}
	r.adopt(&p)
	r.serve("another member serves, and agrees about all members")
}

// vouches reports whether the answer of a node proves that this one may serve: that node
// serves and holds the same membership, so it knows this one.
func (r *Resolver) vouches(from wire.Address, p *Report) bool {
	member := r.roster.rows[from]
	if member == nil || !member.reachable() || from == r.roster.self || !r.roster.ours(member) {
		return false
	}
	if p.Lacking {
		// A node on the losing side would serve, too. So after a loss only a node from
		// across the cut proves that the cut is over.
		return r.state != Lost || r.peers.across[from]
	}
	if r.lease.deposed && p.Epoch < r.epoch {
		return false // it does not know yet that another side has the lease
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

// quiet reports whether nothing has changed for UnfenceAfter.
func (r *Resolver) quiet() bool { return r.now.Sub(r.clock.Last()) >= r.cfg.UnfenceAfter }

// tryToServe ends the fencing when the node can tell on its own that it may serve.
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

// warn tells of a start that takes long. That of a minority lasts as long as the cut.
func (r *Resolver) warn() {
	waited := r.now.Sub(r.since)
	if r.warned || waited < r.cfg.StableAfter+r.cfg.UnfenceAfter {
		return
	}
	if starting, enough := r.reached(); !enough {
		r.warned = true
		r.emit(StillStarting{For: waited, Hosts: len(r.peers.hosts), Starting: len(starting)})
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
	r.calmDown(why)
	r.doubtAnew()
}
