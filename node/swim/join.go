package swim

import (
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// A join asks a node for its membership. It changes nothing where it is handled: the node
// that has joined makes itself known by its pings.

// handleJoin hands out the membership. A node does so before it is ready, or
// nodes that start together would wait for each other.
func (n *Node) handleJoin(r *wire.JoinRequest) (*wire.JoinResponse, error) {
	if r.Source == n.self.Address {
		return nil, n.hosts.refuseOwnJoin(n.rng)
	}
	if r.App != n.cfg.App {
		return nil, fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, r.App)
	}
	if err := n.capacity.check(r.Source); err != nil {
		return nil, err
	}
	if !n.ready {
		n.called(r.Source)
	}
	return &wire.JoinResponse{
		App:         n.cfg.App,
		Coordinator: n.self.Address,
		Membership:  n.Membership(),
		Checksum:    n.Checksum(),
	}, nil
}

// Join asks a node that may be on another side for its membership, and says how it
// went. Nothing is applied. The coordinator of the answer is the target, or what a listed
// host is known by: see [Node.KnownAs].
func (n *Node) Join(target wire.Address, timeout time.Duration, done func(*wire.JoinResponse, error)) {
	n.join(HealAttempt, target, timeout, func(response *wire.JoinResponse, membership table.ChangeSet, err error) {
		if err != nil {
			done(nil, err)
			return
		}
		believable := *response
		believable.Membership = wire.Changes(membership.Changes()...)
		done(&believable, nil)
	})
}

func (n *Node) join(why Purpose, target wire.Address, timeout time.Duration, done func(*wire.JoinResponse, table.ChangeSet, error)) {
	request := &wire.JoinRequest{
		App:         n.cfg.App,
		Source:      n.self.Address,
		Incarnation: n.self.Incarnation,
		Timeout:     int64(timeout),
		Labels:      n.self.Labels,
	}
	sent := n.now
	n.calls.Start(why, target, request, timeout, func(answer wire.Response, err error) {
		if n.isToBlame(err, sent, timeout) {
			n.health.worsen()
		}
		response, err := n.checkJoin(target, answer, err)
		if err != nil {
			done(nil, table.ChangeSet{}, err)
			return
		}
		membership := n.table.Open(response.Membership)
		if err := n.hosts.identify(target, response.Coordinator, &membership, n.ready); err != nil {
			done(nil, table.ChangeSet{}, err)
			return
		}
		done(response, n.believable(target, membership), nil)
	})
}

func (n *Node) checkJoin(target wire.Address, answer wire.Response, err error) (*wire.JoinResponse, error) {
	if err != nil {
		return nil, n.hosts.checkRefusal(target, err, n.ready)
	}
	response, ok := answer.(*wire.JoinResponse)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %T answers a join", wire.ErrInvalid, answer)
	case response.App != n.cfg.App:
		return nil, fmt.Errorf("%w: %s is of %q", ErrOtherApp, target, response.App)
	}
	return response, nil
}
