package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// claim asks for the lease for this side, if it may: when the record is that of the base
// that was split, or names this node and more than half of it is here.
func (r *Resolver) claim(restless bool) {
	l := &r.lease
	// All reachable members, settled or not: the record keeps the two sides apart.
	own := r.roster.base(func(m *row) bool { return m.status == wire.Alive || m.status == wire.Suspect && !restless })
	switch {
	case !l.known || l.rebase:
		// What is read now may be what another side has made of it.
		r.verdict.Reason = "the lease was not read before"
	case len(l.record.Members) == 0:
		r.verdict.Reason = "the lease was never acquired"
	case l.record.Holder != l.baseBefore && !r.holdsMost(own):
		r.verdict.Reason = "the lease belongs to other members"
	default:
		at := r.now
		if r.verdict.Minority {
			at = at.Add(r.cfg.MinorityDelay)
		}
		l.restless = restless
		r.claimFor(own, at)
		return
	}
	r.verdict.Keep = false
	r.lose(restless)
}

// holdsMost reports whether the record names this node, and some includes more than half of
// the members that it names.
func (r *Resolver) holdsMost(some []wire.Address) bool {
	members := r.lease.record.Members
	here := 0
	for _, a := range members {
		if slices.Contains(some, a) {
			here++
		}
	}
	return slices.Contains(members, r.roster.self) && 2*here > len(members)
}

// mayClaimAtStart reports whether hosts that start together may take the lease: more than half
// of the members that the record names, or enough of discovery's if it was never acquired.
func (r *Resolver) mayClaimAtStart(reached []wire.Address, enough bool) bool {
	if !r.lease.known || r.lease.pending != idle {
		return false
	}
	if len(r.lease.record.Members) == 0 {
		return enough || len(r.peers.hosts) == 1
	}
	return r.holdsMost(reached)
}

func (r *Resolver) claimFor(members []wire.Address, at time.Time) {
	r.lease.claim = &Record{Epoch: r.lease.record.Epoch + 1, Holder: HolderOf(members), Members: members}
	r.lease.claimAt, r.lease.judging = at, false
	r.tickLease()
}

// read takes over a record that was read.
func (r *Resolver) read(record Record) {
	l := &r.lease
	named := slices.Contains(record.Members, r.roster.self)
	switch {
	case l.claim != nil && record.Epoch == l.claim.Epoch-1:
		if l.judging { // the claim has not come through: make it again
			l.judging, l.claimAt = false, r.now
		}
	case l.claim != nil && named && r.allHere(record.Members):
		r.granted(record)
	case l.claim != nil && named:
		// It was advanced before the split, and says nothing of it. What is decided
		// next goes on from there.
		l.give()
		r.goOnFrom(record)
	case l.claim != nil:
		r.denied(record)
	case l.rebase || !l.known || !r.decides() || named || len(record.Members) == 0:
		r.goOnFrom(record)
	case record.Epoch != l.record.Epoch:
		r.denied(record)
	}
}

// allHere reports whether a record names only members of this side: only then it is the claim
// of another node of this side.
func (r *Resolver) allHere(members []wire.Address) bool {
	return !slices.ContainsFunc(members, func(a wire.Address) bool {
		m := r.roster.rows[a]
		return (m == nil || m.status != wire.Alive) && !slices.Contains(r.lease.claim.Members, a)
	})
}

func (r *Resolver) goOnFrom(record Record) {
	l := &r.lease
	l.record, l.known, l.rebase = record, true, false
	r.epoch = max(r.epoch, record.Epoch)
}

// granted takes over a record by which this side holds the lease. Members that it names are on
// this side, also those that have been cut off since it was asked for: they have the record as
// well, so none of them may be written off before it is advanced once more.
func (r *Resolver) granted(record Record) {
	restless := r.lease.restless
	r.lease.give()
	r.goOnFrom(record)
	elsewhere := func(m *row) bool { return !slices.Contains(record.Members, m.address) }
	switch r.state {
	case Uncertain:
		if r.roster.missed > 0 {
			r.verdict.Keep = true
			r.verdict.Reason += ", and this side has the lease"
			r.epoch-- // keep adds one
			r.keep(restless, elsewhere)
		}
	case Lost:
		r.roster.writeOff(elsewhere)
		if r.roster.missed == 0 {
			r.serve("this side has the lease after all")
			r.lease.rebase = false
		} else if own := r.roster.base((*row).reachable); r.holdsMost(own) {
			r.claimFor(own, r.now)
		}
	case Starting:
		r.serve("this side has the lease")
		r.lease.rebase = false
	}
}

// denied takes over a record by which another side holds the lease.
func (r *Resolver) denied(record Record) {
	restless := r.lease.restless
	r.lease.give()
	r.goOnFrom(record)
	r.lease.deposed = true
	if r.decides() {
		r.verdict.Keep, r.verdict.Reason = false, "another side has the lease"
		r.lose(restless)
	}
}

// Waiting returns when the lease is to be asked for a decision; ok is false if none waits.
func (r *Resolver) Waiting() (at time.Time, ok bool) {
	return r.lease.claimAt, r.lease.claim != nil && r.lease.pending == idle
}
