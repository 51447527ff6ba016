package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// probe finds out whether one member is up: first by a ping, then by asking
// others to ping it (section 3.1 of the SWIM paper).
type probe struct {
	target      wire.Address
	member      table.MemberID // of the target, when it began
	incarnation int64          // the one accused, if it comes to that
	started     time.Time
	timeout     time.Duration
	carried     receipt // of the ping

	helpers int            // asked
	waiting int            // of those, not heard from
	refused int            // of those, could not reach the target
	deniers []wire.Address // the helpers that said so
	again   bool           // the target has been pinged a second time
	anew    int            // how often it has begun anew, because this node was starved
	over    bool

	ticks []RequestID // to be answered when it is over

	done func(wire.Response, error) // hands in how the ping went
}

// newProbe returns a probe to fill in, one that is over if there is any.
func (n *Node) newProbe() *probe {
	if p := n.spare; p != nil {
		n.spare = nil
		*p = probe{ticks: p.ticks[:0], done: p.done}
		return p
	}
	p := new(probe)
	p.done = func(answer wire.Response, err error) { n.probed(p, answer, err) }
	return p
}

// Tick runs one protocol period now, also while gossip is paused. The answer,
// with the checksum, comes when its probe is over.
func (n *Node) Tick(id RequestID) {
	if !n.ready {
		n.answer(id, nil, ErrNotReady)
		return
	}
	if n.probing >= n.cfg.MaxProbes {
		n.answer(id, nil, ErrNoPeriod)
		return
	}
	if p := n.startProbe(); p != nil {
		p.ticks = append(p.ticks, id)
		return
	}
	n.answerTick(id)
}

func (n *Node) answerTick(id RequestID) {
	n.answer(id, &wire.TickResponse{Checksum: n.Checksum()}, nil)
}

// startProbe pings the next member of the round. It returns nil when there is
// none to ping.
func (n *Node) startProbe() *probe {
	if n.probing >= n.cfg.MaxProbes {
		return nil
	}
	round := n.order.Round()
	m, ok := n.order.Next(func(m table.MemberID) bool {
		return n.isOtherPingable(m) && !n.table.IsProbed(m) && !n.needsNoProbe(m)
	})
	if n.order.Round() > round {
		n.checkClock()
	}
	if !ok {
		return nil
	}
	p := n.newProbe()
	p.target, p.member, p.incarnation = n.table.Address(m), m, n.table.Incarnation(m)
	n.table.SetProbed(m, true)
	n.probing++
	b, receipt := n.gossip.forProbe()
	n.tellSuspect(&b, m)
	n.probePing(p, n.load(&b, receipt, 1))
	return p
}

// probePing sends the ping of a probe.
func (n *Node) probePing(p *probe, carried outgoing) {
	n.contacts.pings++
	p.started, p.timeout, p.carried = n.now, n.pingTimeout(), carried.receipt
	n.calls.Start(Probe, p.target, n.newPing(carried.changes), p.timeout, p.done)
}

// probed is the end of the first half of a probe.
func (n *Node) probed(p *probe, answer wire.Response, err error) {
	if err := n.pinged(p.target, p.carried, answer, err); err != nil {
		n.emit(PingFailed{Target: p.target, Err: err})
		if n.cfg.Rules.sparesUnready() && n.unready.excuses(p.target, err, n.now) {
			n.heardFrom(p.target)
			n.finish(p)
			return
		}
		if p.anew < maxAnew && (n.isStarved() || n.isToBlame(err, p.started, p.timeout)) {
			n.probeAnew(p)
			return
		}
		n.pingFailed(p)
		n.askHelpers(p)
		return
	}
	n.unready.forget(p.target)
	n.pingTook(n.now.Sub(p.started))
	n.finish(p)
}

// maxAnew bounds how often a probe begins anew: a node that is starved all the time must find
// out about dead members, too.
const maxAnew = 3

// probeAnew begins a probe once more, with more patience: this node was starved, and cannot
// tell whether the target is silent. To ask helpers would only make more work, mostly for nodes
// on the same machine.
func (n *Node) probeAnew(p *probe) {
	n.health.worsen()
	p.anew++
	b, receipt := n.gossip.forLivenessPing()
	n.probePing(p, n.load(&b, receipt, 1))
}

func (n *Node) conclude(p *probe, outcome ProbeOutcome) {
	n.emit(PingRequestsDone{Target: p.target, Outcome: outcome, Helpers: p.helpers})
	if outcome == ProbeUnreachable {
		if m, ok := n.table.FindNear(p.member, p.target); ok {
			n.suspect(m, p.incarnation)
			n.helpersAccuse(m, p)
		}
	}
	n.finish(p)
}

func (n *Node) finish(p *probe) {
	p.over = true
	n.probing--
	if m, ok := n.table.FindNear(p.member, p.target); ok {
		n.table.SetProbed(m, false)
	}
	for _, id := range p.ticks {
		n.answerTick(id)
	}
	if p.helpers == 0 && !p.again { // else an answer may still come
		n.spare = p
	}
}
