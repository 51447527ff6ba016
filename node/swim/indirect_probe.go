package swim

import (
	"errors"
	"fmt"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrStarved is what a helper answers that had no processor while it waited for the target, or
// could not make a connection to it: it cannot tell whether that is silent. A call that this
// node could not make fails with an error that wraps it.
var ErrStarved = errors.New("this node was too busy to tell")

// A member that does not answer a ping is not accused yet: a few helpers are asked to ping
// it, by ping-reqs (section 3.1 of the SWIM paper). This file holds both sides of that.

// askHelpers is the second half of a probe.
func (n *Node) askHelpers(p *probe) {
	target, known := n.table.Find(p.target)
	helpers := n.helpers(func(m table.MemberID) bool {
		return n.isOtherPingable(m) && !(known && m == target)
	})
	p.helpers, p.waiting = len(helpers), len(helpers)
	switch {
	case len(helpers) == 0 && n.Others() > 1:
		n.noHelperHeard(p)
		return
	case len(helpers) == 0:
		// A cluster of two: no other node can tell.
		n.conclude(p, ProbeUnreachable)
		return
	}
	b, receipt := n.gossip.forLivenessPing()
	carried := n.load(&b, receipt, len(helpers))
	for _, m := range helpers {
		n.pingRequest(p, n.table.Address(m), carried)
	}
}

// helpers returns which members to ask about a target: none that is a suspect itself, if there
// are others. While most pings fail, members drawn at random may all be gone, and only those
// are asked that were heard from just now.
func (n *Node) helpers(good func(table.MemberID) bool) []table.MemberID {
	size := n.cfg.PingRequestSize
	if !n.cfg.Detection.Adaptive {
		return n.order.Sample(size, good)
	}
	if n.failing.most() {
		return n.heardHelpers(size, good)
	}
	chosen := n.order.Sample(size, func(m table.MemberID) bool {
		return good(m) && n.table.Status(m) == wire.Alive && !n.table.IsProbed(m)
	})
	if len(chosen) < size {
		chosen = n.order.Sample(size, good)
	}
	return chosen
}

// heardHelpers returns nodes that were heard from just now and for which good holds. When
// most pings fail, others are not worth the time until they have not answered.
func (n *Node) heardHelpers(size int, good func(table.MemberID) bool) []table.MemberID {
	var heard []table.MemberID
	for _, who := range n.contacts.after(n.now.Add(-freshContact)) {
		if m, ok := n.table.Find(who); ok && good(m) && len(heard) < size {
			heard = append(heard, m)
		}
	}
	return heard
}

func (n *Node) pingRequest(p *probe, helper wire.Address, carried outgoing) {
	request := &wire.PingRequest{
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
		Target:            p.target,
		Checksum:          n.Checksum(),
		Changes:           carried.changes,
		App:               n.namedApp(),
	}
	receipt, sent := carried.receipt, n.now
	n.calls.Start(IndirectProbe, helper, request, n.pingRequestTimeout(), func(answer wire.Response, err error) {
		response, err := n.checkPingRequest(helper, answer, err)
		answered := err == nil
		if answered {
			n.heardFrom(helper)
			n.gossip.sent(receipt)
			n.applyAnswer(helper, n.guard.doubt(helper, n.table.Open(response.Changes), n.now))
		} else if n.cfg.Rules.FailedCountsAsSent {
			n.gossip.sent(n.gossip.allPending())
		}
		if !answered {
			n.helperSilent(helper, sent)
		}
		if answered && !response.OK {
			p.deniers = append(p.deniers, helper)
		}
		n.helperDone(p, answered, answered && response.OK)
	})
}

func (n *Node) checkPingRequest(helper wire.Address, answer wire.Response, err error) (*wire.PingRequestResponse, error) {
	if err != nil {
		return nil, err
	}
	response, ok := answer.(*wire.PingRequestResponse)
	if !ok {
		return nil, fmt.Errorf("%w: %T answers a ping-req", wire.ErrInvalid, answer)
	}
	return response, n.CheckAnswerApp(helper, response.App)
}

// helperDone handles the outcome of the ping-req to one helper.
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
		n.noHelperHeard(p)
	}
}

// noHelperHeard ends a probe in which no helper has answered.
func (n *Node) noHelperHeard(p *probe) {
	n.contacts.silent++
	if n.isolationConvicts() {
		n.dropAccusations()
		n.conclude(p, ProbeUnreachable)
		return
	}
	n.conclude(p, ProbeInconclusive)
}

// pingAgain pings the target itself once more, when one helper could not reach it and
// another one is silent. The silent one may be behind the same cut: to wait for it takes
// seconds, after which the network may be back and the verdict out of date.
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

// handlePingRequest pings a member for another node.
func (n *Node) handlePingRequest(id RequestID, r *wire.PingRequest) error {
	told := n.table.Open(r.Changes)
	if err := n.admit(r.Source, r.App, &told); err != nil {
		return err
	}
	if r.Source == r.Target {
		return fmt.Errorf("%w: source and target are both %s", wire.ErrInvalid, r.Target)
	}
	// The changes may introduce the target, so the check whether it is known counts
	// them as applied, before they are.
	if _, known := n.table.Find(r.Target); !known && !told.Introduces(r.Target) {
		return fmt.Errorf("%w: %s", ErrUnknownTarget, r.Target)
	}
	answer := n.answererOf(id, r, told.Len() >= longPingReq)
	if !n.takeFromDeadSender(r.Source, r.SourceIncarnation, &told) {
		n.gossip.beginRequest(told.Len())
		told = n.guard.doubt(r.Source, n.guard.withoutStaleAccusations(r.Source, r.SourceIncarnation, told), n.now)
		n.applyAndSpread(&told, relayOn)
		n.gossip.endRequest()
		n.meet(r.Source)
	}
	if r.Target == n.self.Address {
		answer(true)
		return nil
	}
	target, sent, timeout := r.Target, n.now, n.pingTimeout()
	n.livenessPing(target, func(err error) {
		if n.isToBlame(err, sent, timeout) {
			n.answer(id, nil, ErrStarved) // which is no word against the target
			return
		}
		if err != nil && !errors.Is(err, ErrNotReady) {
			n.helperFailed(target)
		}
		answer(err == nil)
	})
	return nil
}

// answererOf returns what answers a ping-req when its target is known to have been
// reached or not. It does not hold on to the changes of the request.
//
// An answer to a request with many changes carries none. Both nodes are in the same
// storm, in which every lost ping means some ping-reqs; the pings see to it.
// (Ringpop's nodes answer with all that is pending.)
func (n *Node) answererOf(id RequestID, r *wire.PingRequest, much bool) func(reached bool) {
	source, incarnation, target := r.Source, r.SourceIncarnation, r.Target
	storm := much && n.cfg.Rules.mayAskWithPart()
	app := ""
	if r.App != "" {
		app = n.namedApp() // a node that names its own takes it in an answer
	}
	return func(reached bool) {
		response := &wire.PingRequestResponse{OK: reached, Target: target, App: app}
		if !storm {
			b, _ := n.gossip.forAnswer(source, incarnation)
			response.Changes = n.table.Pack(&b, 1)
		}
		n.answer(id, response, nil)
	}
}
