package resolve

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// look decides, if a decision is due.
func (r *Resolver) look() {
	due := r.clock.Look(r.now)
	switch {
	case due == NotDue, r.lease.underWay():
		return
	case due == Rested && r.roster.suspects > 0:
		return
	case r.roster.missed == 0 && !r.allAnswered():
		return // those that are silent are missed soon: a node that was stopped is slow to find out
	case r.roster.missed == 0:
		r.rest("nothing has changed since the pause")
		return
	}
	r.verdict = r.cfg.Decide(r.roster.sides(r.cfg.Role, due == Restless))
	switch {
	case due == Restless && r.cfg.WhenUnstable == UnstableLose:
		r.verdict.Keep, r.verdict.Reason = false, "the membership does not come to rest"
		r.lose(true)
	case !r.verdict.Keep:
		r.lose(due == Restless)
	case r.cfg.Strategy == LeaseMajority:
		r.claim(due == Restless)
	default:
		r.keep(due == Restless, all)
	}
}

// keep serves on, without the unreachable members for which without holds.
func (r *Resolver) keep(restless bool, without func(*row) bool) {
	r.epoch++
	r.decided(true, restless, r.roster.writeOff(without))
	r.clock.Calm()
	r.resume()
	r.becomes(Kept, r.verdict.Reason, true)
	r.doubtAnew()
}

// lose fences the node.
func (r *Resolver) lose(restless bool) {
	r.decided(false, restless, nil)
	r.paused = false
	r.peers.across = make(map[wire.Address]bool)
	for _, a := range r.Missed() {
		r.peers.across[a] = true
	}
	r.becomes(Lost, r.verdict.Reason, true)
}

func (r *Resolver) decided(kept, restless bool, off []wire.Address) {
	after := time.Duration(0)
	if first := r.clock.First(); !first.IsZero() {
		after = r.now.Sub(first)
	}
	r.emit(Decided{Verdict: r.verdict, Kept: kept, Restless: restless, After: after, WrittenOff: off, Epoch: r.epoch})
}
