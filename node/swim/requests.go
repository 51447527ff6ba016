package swim

import (
	"fmt"

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
		return nil, fmt.Errorf("%w: %s cannot join itself", ErrOwnAddress, r.Source)
	}
	if r.App != n.cfg.App {
		return nil, fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, r.App)
	}
	membership, version := n.Membership()
	return &wire.JoinResponse{
		App:         n.cfg.App,
		Coordinator: n.self.Address,
		Membership:  membership,
		Checksum:    n.Checksum(),
		Version:     version,
	}, nil
}

// admit refuses what must not change the membership.
func (n *Node) admit(source wire.Address, app string, changes []wire.Change) error {
	switch {
	case !n.ready:
		return ErrNotReady
	case app == "" && n.cfg.RequireApp:
		return fmt.Errorf("%w: it names none, and this node requires %q", ErrOtherApp, n.cfg.App)
	case app != "" && app != n.cfg.App:
		return fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, app)
	case source == n.self.Address:
		return fmt.Errorf("%w: %s", ErrOwnAddress, source)
	}
	if err := n.checkFuture(changes); err != nil {
		return err
	}
	n.heardFrom()
	return nil
}

func (n *Node) handlePing(r *wire.Ping) (*wire.Ping, error) {
	if err := n.admit(r.Source, r.App, r.Changes); err != nil {
		return nil, err
	}
	if n.estranged(r.Source, r.SourceIncarnation, r.Changes) {
		return n.answerEstranged(r.Source, r.SourceIncarnation), nil
	}
	n.gossip.begin(len(r.Changes))
	n.Update(n.softenWhole(r.Source, n.current(r.Source, r.SourceIncarnation, r.Changes)))
	response := &wire.Ping{Source: n.self.Address, SourceIncarnation: n.self.Incarnation}
	changes, heard := n.gossip.forAnswer(r.Source, r.SourceIncarnation)
	n.gossip.end()
	response.Changes = changes
	response.Checksum = n.Checksum()
	switch {
	case len(response.Changes) > 0 || heard > 0:
		response.Changes = n.tellOfItself(response.Changes, r.Source, r.SourceIncarnation)
	case response.Checksum == r.Checksum:
	case n.late(r.Source, r.SourceIncarnation):
		// So is its checksum, and no reason for a full sync.
		response.Changes = n.tellOfItself(nil, r.Source, r.SourceIncarnation)
	default:
		response.Changes, response.Version = n.Membership()
		n.fullSync(r.Source, r.Checksum)
	}
	return response, nil
}

// tellOfItself adds what is believed of the asker when that is worse, or newer,
// than what it believes of itself: it must hear of it to refute. Ringpop nodes
// stop telling when the change has been sent often enough, to whomever.
func (n *Node) tellOfItself(changes []wire.Change, source wire.Address, incarnation int64) []wire.Change {
	m, known := n.Member(source)
	if n.cfg.Defects.NoReminder || !known || m.Incarnation < incarnation || m.Incarnation == incarnation && m.Status == wire.Alive {
		return changes
	}
	for i := range changes {
		if changes[i].Address == source {
			return changes
		}
	}
	return append(changes, n.change(&m))
}

func (n *Node) handlePingRequest(id RequestID, r *wire.PingRequest) error {
	if err := n.admit(r.Source, r.App, r.Changes); err != nil {
		return err
	}
	if r.Source == r.Target {
		return fmt.Errorf("%w: source and target are both %s", wire.ErrInvalid, r.Target)
	}
	// The changes may tell of the target, so the check for a known one is made
	// as if they were applied already, and before they are.
	if _, known := n.members.find(r.Target); !known && !mentions(r.Changes, r.Target) {
		return fmt.Errorf("%w: %s", ErrUnknownTarget, r.Target)
	}
	if !n.estranged(r.Source, r.SourceIncarnation, r.Changes) {
		n.gossip.begin(len(r.Changes))
		n.Update(n.current(r.Source, r.SourceIncarnation, r.Changes))
		n.gossip.end()
	}
	answer := n.answererOf(id, r)
	if r.Target == n.self.Address {
		answer(true)
		return nil
	}
	n.pingWith(n.gossip.forErrand(), r.Target, n.cfg.PingTimeout, func(err error) { answer(err == nil) })
	return nil
}

func mentions(changes []wire.Change, address wire.Address) bool {
	for i := range changes {
		if changes[i].Address == address && changes[i].Status != wire.Tombstone {
			return true
		}
	}
	return false
}

// answererOf returns what answers a ping-req when its target is known to have been
// reached or not. It does not hold on to the changes of the request.
//
// An answer to a request with many changes carries none. Both nodes are in the same
// storm, in which every lost ping means some ping-reqs; the pings see to it.
// (Ringpop's nodes answer with all that is pending.)
func (n *Node) answererOf(id RequestID, r *wire.PingRequest) func(reached bool) {
	source, incarnation, target := r.Source, r.SourceIncarnation, r.Target
	storm := len(r.Changes) >= bulk && !n.cfg.Defects.TellsTwice
	return func(reached bool) {
		response := &wire.PingRequestResponse{OK: reached, Target: target}
		if !storm {
			response.Changes, _ = n.gossip.forAnswer(source, incarnation)
		}
		n.answer(id, response, nil)
	}
}
