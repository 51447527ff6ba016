package swim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// probe finds out whether one member is there: first by a ping, then by asking
// others to ping it (section 3.1 of the SWIM paper).
type probe struct {
	target      wire.Address
	member      table.MemberID // of the target, when it began
	incarnation int64          // the one accused, if it comes to that
	started     time.Time
	carried     receipt // of the ping

	helpers int  // asked
	waiting int  // of those, not heard from
	refused int  // of those, could not reach the target
	again   bool // the target has been pinged a second time
	over    bool

	ticks []RequestID // to be answered when it is over
}

func (n *Node) gossiping() bool { return n.ready && !n.paused && !n.evicted }

// SetGossip pauses the protocol periods, or lets them go on. Timers of suspects
// run all the same, and requests are answered.
func (n *Node) SetGossip(on bool) {
	if on && n.paused {
		n.nextPeriod = n.now
	}
	n.paused = !on
}

// Gossiping reports whether the protocol periods run.
func (n *Node) Gossiping() bool { return !n.paused }

// Period returns the time between two probes.
func (n *Node) Period() time.Duration {
	if !n.durations.slowMedian() {
		return n.cfg.ProtocolPeriod
	}
	return 2 * n.durations.median()
}

// Durations returns how long the last direct pings took, oldest first.
func (n *Node) Durations() []time.Duration { return n.durations.list() }

// startGossip begins at a random time, so that nodes which start together do
// not ping in step.
func (n *Node) startGossip() {
	n.nextPeriod = n.now.Add(time.Duration(n.rng.Int64N(int64(n.cfg.ProtocolPeriod))))
}

func (n *Node) periodDue() {
	if n.gossiping() && !n.now.Before(n.nextPeriod) {
		n.nextPeriod = n.now.Add(n.Period())
		n.reapLongestDead()
		n.startProbe()
	}
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
	rounds := n.order.Round()
	m, ok := n.order.Next(func(m table.MemberID) bool {
		return n.isOtherPingable(m) && !n.table.IsProbed(m)
	})
	if n.order.Round() > rounds {
		n.checkClock()
	}
	if !ok {
		return nil
	}
	p := &probe{target: n.table.Address(m), member: m, incarnation: n.table.Incarnation(m), started: n.now}
	n.table.SetProbed(m, true)
	n.probing++
	b, receipt := n.gossip.forProbe()
	carried := n.load(&b, receipt, 1)
	p.carried = carried.receipt
	n.calls.Start(Probe, p.target, n.newPing(carried.payload), n.cfg.PingTimeout, func(answer wire.Response, err error) {
		n.probed(p, answer, err)
	})
	return p
}

// probed is the end of the first half of a probe.
func (n *Node) probed(p *probe, answer wire.Response, err error) {
	if err := n.pinged(p.target, p.carried, answer, err); err != nil {
		n.emit(PingFailed{Target: p.target, Err: err})
		if n.cfg.Rules.sparesUnready() && n.unready.excuses(p.target, err, n.now) {
			n.noteContact()
			n.finish(p)
			return
		}
		n.askHelpers(p)
		return
	}
	n.unready.forget(p.target)
	n.durations.add(n.now.Sub(p.started))
	n.finish(p)
}

// askHelpers is the second half of a probe.
func (n *Node) askHelpers(p *probe) {
	target, known := n.table.Find(p.target)
	helpers := n.order.Sample(n.cfg.PingRequestSize, func(m table.MemberID) bool {
		return n.isOtherPingable(m) && !(known && m == target)
	})
	p.helpers, p.waiting = len(helpers), len(helpers)
	if len(helpers) == 0 {
		// A cluster of two: nobody else can tell.
		n.conclude(p, ProbeUnreachable)
		return
	}
	b, receipt := n.gossip.forLivenessPing()
	carried := n.load(&b, receipt, len(helpers))
	for _, m := range helpers {
		n.pingRequest(p, n.table.Address(m), carried)
	}
}

func (n *Node) pingRequest(p *probe, helper wire.Address, carried outgoing) {
	request := &wire.PingRequest{
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		Target:            p.target,
		Checksum:          n.Checksum(),
		Changes:           carried.changes,
		Packed:            carried.packed,
	}
	receipt := carried.receipt
	n.calls.Start(IndirectProbe, helper, request, n.cfg.PingRequestTimeout, func(answer wire.Response, err error) {
		response, ok := answer.(*wire.PingRequestResponse)
		if err == nil && ok {
			n.noteContact()
			n.gossip.sent(receipt)
			n.applyAnswer(helper, n.table.Open(response.Changes, response.Packed))
		} else if n.cfg.Rules.FailedCountsAsSent {
			n.gossip.sent(n.gossip.allPending())
		}
		n.helperDone(p, err == nil && ok, ok && response.OK)
	})
}

func (n *Node) helperDone(p *probe, answered, reached bool) {
	p.waiting--
	if !reached && (answered || n.cfg.Rules.silentHelperConvicts(p.helpers, n.cfg.PingRequestSize)) {
		p.refused++
	}
	switch {
	case p.over:
	case reached:
		n.conclude(p, ProbeReached)
	case p.waiting > 0 && p.refused > 0:
		n.pingAgain(p)
	case p.waiting > 0:
	case p.refused > 0:
		n.conclude(p, ProbeUnreachable)
	default:
		n.silentProbes++
		if n.Isolated() && n.cfg.Rules.isolationConvicts() {
			n.dropAccusations()
			n.conclude(p, ProbeUnreachable)
			return
		}
		n.conclude(p, ProbeInconclusive)
	}
}

// pingAgain is for when one helper could not reach the target, and another is silent.
// It may be beyond the same cut, and would be waited for in vain for seconds; by then
// the network may be back, and the verdict old. So the target itself is asked once
// more, which takes no longer than the helper that answers may have taken.
func (n *Node) pingAgain(p *probe) {
	if p.again || !n.cfg.Rules.asksTargetAgain() {
		return
	}
	p.again = true
	n.livenessPing(p.target, func(err error) {
		switch {
		case p.over:
		case err != nil:
			n.conclude(p, ProbeUnreachable)
		default:
			n.conclude(p, ProbeReached)
		}
	})
}

// maxSilentProbes is how many probes in a row may end without a sign of life from
// anybody before members are suspected all the same. One such probe says
// nothing about its target: the helpers may be dead themselves. But when nobody
// at all is heard from, either everybody is gone or this node is cut off, and
// its view must follow. (In ringpop-go the last of five nodes never notices.)
const maxSilentProbes = 3

// Isolated reports whether nobody at all has been heard from for some probes, so that
// this node is likely to be cut off from everybody, whomever it still holds alive.
func (n *Node) Isolated() bool { return n.silentProbes >= maxSilentProbes }

// noteContact is to be called when another node has been heard from.
func (n *Node) noteContact() { n.silentProbes = 0 }

func (n *Node) conclude(p *probe, outcome ProbeOutcome) {
	n.emit(PingRequestsDone{Target: p.target, Outcome: outcome, Helpers: p.helpers})
	if outcome == ProbeUnreachable {
		if m, ok := n.table.FindNear(p.member, p.target); ok {
			n.declare(m, p.incarnation, wire.Suspect)
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
}

// rttWindow remembers how long the last pings took that were answered.
type rttWindow struct {
	ring  [32]time.Duration
	count int // ever added

	// How many are longer than slow: that the median is not need not be computed
	// for each ping.
	slow  time.Duration
	above int
}

func (d *rttWindow) add(t time.Duration) {
	place := &d.ring[d.count%len(d.ring)]
	d.above += boolToInt(t > d.slow) - boolToInt(*place > d.slow)
	*place = t
	d.count++
}

// slowMedian reports whether the median is longer than slow.
func (d *rttWindow) slowMedian() bool {
	n := min(d.count, len(d.ring))
	return d.above >= n-n/2 && n > 0
}

func (d *rttWindow) list() []time.Duration {
	if d.count <= len(d.ring) {
		return slices.Clone(d.ring[:d.count])
	}
	oldest := d.count % len(d.ring)
	return slices.Concat(d.ring[oldest:], d.ring[:oldest])
}

func (d *rttWindow) median() time.Duration {
	sorted := d.ring
	n := min(d.count, len(sorted))
	if n == 0 {
		return 0
	}
	slices.Sort(sorted[:n])
	return sorted[n/2]
}
