package swim

import (
	"fmt"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Request handles a call from another node. Its answer comes as an effect, at
// once or, for a ping-req, when the target has answered or not.
func (n *Node) Request(id RequestID, request wire.Request) {
	switch r := request.(type) {
	case *wire.JoinRequest:
		response, err := n.handleJoin(r)
		if err != nil {
			n.answer(id, nil, err)
			return
		}
		n.answer(id, response, nil)
	case *wire.Ping:
		response, err := n.handlePing(r)
		if err != nil {
			n.answer(id, nil, err)
			return
		}
		n.answer(id, response, nil)
	case *wire.PingRequest:
		if err := n.handlePingRequest(id, r); err != nil {
			n.answer(id, nil, err)
		}
	default:
		n.answer(id, nil, fmt.Errorf("%w: %T", wire.ErrInvalid, request))
	}
}

// handleJoin hands out the membership. A node does so before it is ready, or
// nodes that start together would wait for each other.
func (n *Node) handleJoin(r *wire.JoinRequest) (*wire.JoinResponse, error) {
	if r.Source == n.self.Address {
		return nil, n.refuseOwnJoin()
	}
	if r.App != n.cfg.App {
		return nil, fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, r.App)
	}
	if err := n.checkRoom(r.Source); err != nil {
		return nil, err
	}
	if !n.ready {
		n.called(r.Source)
	}
	whole := n.whole()
	return &wire.JoinResponse{
		App:         n.cfg.App,
		Coordinator: n.self.Address,
		Membership:  whole.changes,
		Packed:      whole.packed,
		Checksum:    n.Checksum(),
		Version:     whole.version,
	}, nil
}

// admit refuses what must not change the membership.
func (n *Node) admit(source wire.Address, app string, changes *table.ChangeSet) error {
	switch {
	case app == "" && n.cfg.RequireApp:
		return fmt.Errorf("%w: it names none, and this node requires %q", ErrOtherApp, n.cfg.App)
	case app != "" && app != n.cfg.App:
		return fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, app)
	case source == n.self.Address:
		return fmt.Errorf("%w: %s", ErrOwnAddress, source)
	case !n.ready:
		n.called(source)
		return ErrNotReady
	}
	if err := n.checkFuture(changes); err != nil {
		return err
	}
	n.noteContact()
	return nil
}

func (n *Node) handlePing(r *wire.Ping) (*wire.Ping, error) {
	told := n.table.Open(r.Changes, r.Packed)
	if err := n.admit(r.Source, r.App, &told); err != nil {
		return nil, err
	}
	if n.takeFromDeadSender(r.Source, r.SourceIncarnation, &told) {
		return n.answerDeadSender(r.Source, r.SourceIncarnation), nil
	}
	agreed := n.gossip.noteAgreement(func() bool { return r.Checksum == n.Checksum() })
	n.gossip.beginRequest(told.Len())
	news := 0
	if told.Len() > 0 {
		told = n.guardFullSync(r.Source, n.withoutStaleAccusations(r.Source, r.SourceIncarnation, told))
		news = n.applyAndSpread(&told, relayOn)
	}
	n.meet(r.Source)
	answer, heard := n.table.NewSet(), 0
	if agreed && news == 0 {
		heard = n.gossip.countAllAsKnown()
	} else {
		answer, heard = n.gossip.forAnswer(r.Source, r.SourceIncarnation)
	}
	n.gossip.endRequest()
	switch {
	case answer.Len() > 0 || heard > 0:
		n.remindOfItself(&answer, r.Source, r.SourceIncarnation)
		return n.pong(&answer), nil
	case n.Checksum() == r.Checksum:
		return n.pong(&answer), nil
	case n.isFromEarlierLife(r.Source, r.SourceIncarnation):
		// So is its checksum, and no reason for a full sync.
		n.remindOfItself(&answer, r.Source, r.SourceIncarnation)
		return n.pong(&answer), nil
	}
	return n.fullSync(r.Source, r.Checksum), nil
}

// pong returns the answer to a ping that tells what is in a set.
func (n *Node) pong(b *table.ChangeSet) *wire.Ping { return n.newPong(n.pack(b, 1)) }

// remindOfItself adds what is believed of the asker when that is worse, or newer,
// than what it believes of itself: it must hear of it to refute. Ringpop nodes
// stop telling when the change has been sent often enough, to whomever.
func (n *Node) remindOfItself(b *table.ChangeSet, source wire.Address, incarnation int64) {
	m, ok := n.table.Find(source)
	if !ok || !n.cfg.Rules.reminds() {
		return
	}
	believed := n.table.Incarnation(m)
	if believed < incarnation || believed == incarnation && n.table.Status(m) == wire.Alive || b.Tells(m) {
		return
	}
	n.table.Tell(b, m, n.inMyName())
}

func (n *Node) handlePingRequest(id RequestID, r *wire.PingRequest) error {
	told := n.table.Open(r.Changes, r.Packed)
	if err := n.admit(r.Source, r.App, &told); err != nil {
		return err
	}
	if r.Source == r.Target {
		return fmt.Errorf("%w: source and target are both %s", wire.ErrInvalid, r.Target)
	}
	// The changes may tell of the target, so the check for a known one is made
	// as if they were applied already, and before they are.
	if _, known := n.table.Find(r.Target); !known && !told.Introduces(r.Target) {
		return fmt.Errorf("%w: %s", ErrUnknownTarget, r.Target)
	}
	answer := n.answererOf(id, r, told.Len() >= longPingReq)
	if !n.takeFromDeadSender(r.Source, r.SourceIncarnation, &told) {
		n.gossip.beginRequest(told.Len())
		told = n.withoutStaleAccusations(r.Source, r.SourceIncarnation, told)
		n.applyAndSpread(&told, relayOn)
		n.gossip.endRequest()
		n.meet(r.Source)
	}
	if r.Target == n.self.Address {
		answer(true)
		return nil
	}
	n.livenessPing(r.Target, func(err error) { answer(err == nil) })
	return nil
}

// answererOf returns what answers a ping-req when its target is known to have been
// reached or not. It does not hold on to the changes of the request.
//
// An answer to a request with much news carries none. Both nodes are in the same
// storm, in which every lost ping means some ping-reqs; the pings see to it.
// (Ringpop's nodes answer with all that is pending.)
func (n *Node) answererOf(id RequestID, r *wire.PingRequest, much bool) func(reached bool) {
	source, incarnation, target := r.Source, r.SourceIncarnation, r.Target
	storm := much && n.cfg.Rules.mayAskWithPart()
	return func(reached bool) {
		response := &wire.PingRequestResponse{OK: reached, Target: target}
		if !storm {
			b, _ := n.gossip.forAnswer(source, incarnation)
			carried := n.pack(&b, 1)
			response.Changes, response.Packed = carried.changes, carried.packed
		}
		n.answer(id, response, nil)
	}
}
