package swim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrOtherNode is the error of a call that somebody else than the member it
// was meant for has answered, as when an address was given to another process.
var ErrOtherNode = errors.New("another node answered")

// outgoing is what a call carries. Calls that are made together can carry the same.
type outgoing struct {
	payload
	receipt
}

// payload is what a message carries: changes, or a set of them.
type payload struct {
	changes []wire.Change
	packed  wire.Packed
}

// pack returns what messages carry that are to tell what is in a set: so many of them.
func (n *Node) pack(b *table.ChangeSet, messages int) payload {
	changes, packed := n.table.Pack(b, messages)
	return payload{changes, packed}
}

func (n *Node) load(b *table.ChangeSet, r receipt, calls int) outgoing {
	return outgoing{n.pack(b, calls), r}
}

// pingWith sends what is loaded to a member, applies the changes that come back, and
// then says how it went.
func (n *Node) pingWith(why Purpose, carried outgoing, target wire.Address, done func(error)) {
	receipt := carried.receipt // the changes are not held on to until the call is over
	n.calls.Start(why, target, n.newPing(carried.payload), n.cfg.PingTimeout, func(answer wire.Response, err error) {
		done(n.pinged(target, receipt, answer, err))
	})
}

// livenessPing finds out whether somebody is there who probably is not.
func (n *Node) livenessPing(target wire.Address, done func(error)) {
	b, receipt := n.gossip.forLivenessPing()
	n.pingWith(Relay, n.load(&b, receipt, 1), target, done)
}

// pinged takes in how a ping went that carried pending changes.
func (n *Node) pinged(target wire.Address, sent receipt, answer wire.Response, err error) error {
	response, err := n.checkPing(target, answer, err)
	if err != nil {
		return err
	}
	n.noteContact()
	if !sent.ifAgreed {
		n.gossip.sent(sent)
	}
	if len(response.Changes) > 0 || response.Packed != nil {
		told := n.table.Open(response.Changes, response.Packed)
		n.applyAnswer(target, n.guardFullSync(target, told))
		n.announce(response, &told)
	}
	if sent.ifAgreed {
		n.toldAPart(target, sent, response.Checksum)
	}
	return nil
}

// toldAPart takes in the checksum of a member that was told a part of what is pending.
// If it does not agree it may lack the rest, and is told that at once: otherwise the last
// few members must pull the change.
func (n *Node) toldAPart(target wire.Address, sent receipt, checksum uint32) {
	n.gossip.peerAgrees = checksum == n.Checksum()
	switch {
	case n.gossip.peerAgrees:
		n.gossip.sent(sent)
	case n.gossip.storm() && n.cfg.Rules.mayPingWithPart():
		b, receipt := n.gossip.forCall()
		n.pingWith(Push, n.load(&b, receipt, 1), target, func(error) {})
	}
}

// SendChanges pings a node with changes of the healer's choice, for a purpose of its; version is that
// of [Node.Membership], or 0. Of what comes back only what is about this node is
// applied: the other one may be on the other side of a partition, and what is being
// spread there kills members here.
func (n *Node) SendChanges(why Purpose, target wire.Address, changes []wire.Change, version uint64, timeout time.Duration, done func(error)) {
	ping := n.newPing(payload{changes: changes})
	ping.Version = version
	n.calls.Start(why, target, ping, timeout, func(answer wire.Response, err error) {
		response, err := n.checkPing(target, answer, err)
		if err == nil {
			answered := n.table.Open(response.Changes, response.Packed)
			n.applyAnswer(target, answered.Without(func(c *table.Change) bool { return c.Member != n.me }))
		}
		done(err)
	})
}

func (n *Node) newPing(carried payload) *wire.Ping {
	ping := n.newPong(carried)
	ping.App = n.cfg.App
	return ping
}

// newPong returns what answers a ping: the same without the app.
func (n *Node) newPong(carried payload) *wire.Ping {
	return &wire.Ping{
		Changes:           carried.changes,
		Packed:            carried.packed,
		Checksum:          n.Checksum(),
		Source:            n.self.Address,
		SourceIncarnation: n.self.Incarnation,
	}
}

func (n *Node) checkPing(target wire.Address, answer wire.Response, err error) (*wire.Ping, error) {
	if err != nil {
		return nil, err
	}
	response, ok := answer.(*wire.Ping)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %T answers a ping", wire.ErrInvalid, answer)
	case response.App != "" && response.App != n.cfg.App:
		return nil, fmt.Errorf("%w: %s is of %q", ErrOtherApp, target, response.App)
	case response.Source != "" && response.Source != target:
		return nil, fmt.Errorf("%w: %s in place of %s", ErrOtherNode, response.Source, target)
	}
	return response, nil
}

// announce makes the node's own change pending again when another node has sent
// all it knows and the node is not in it. A node that was reaped while it was
// cut off comes back that way, for Ringpop nodes do not take an unknown caller
// as a member.
//
// It must not do so at every opportunity: while its change is pending it has
// something to tell, and who has something to tell sends no full syncs.
func (n *Node) announce(response *wire.Ping, told *table.ChangeSet) {
	if n.now.Before(n.announceNext) || !n.cfg.Rules.reminds() {
		return
	}
	if !told.Tells(n.me) && (isWhole(told, response.Source) || n.isAlone(response, told)) && response.Checksum != n.Checksum() {
		n.announceNext = n.now.Add(announcePause)
		n.recordSelf()
	}
}

// announcePause is longer than a change is being spread, in a cluster of any size.
const announcePause = time.Minute

// Join asks a node that may be on another side for its membership, and says how it
// went. Nothing is applied. The
// coordinator of the answer is the target, or what a listed host is known by: see
// [Node.KnownAs].
func (n *Node) Join(target wire.Address, timeout time.Duration, done func(*wire.JoinResponse, error)) {
	n.join(HealAttempt, target, timeout, func(response *wire.JoinResponse, membership table.ChangeSet, err error) {
		if err != nil {
			done(nil, err)
			return
		}
		unpacked := *response
		unpacked.Membership, unpacked.Packed = membership.Changes(), nil
		done(&unpacked, nil)
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
	n.calls.Start(why, target, request, timeout, func(answer wire.Response, err error) {
		response, err := n.checkJoin(target, answer, err)
		if err != nil {
			done(nil, table.ChangeSet{}, err)
			return
		}
		membership := n.table.Open(response.Membership, response.Packed)
		if err := n.identify(target, response.Coordinator, &membership); err != nil {
			done(nil, table.ChangeSet{}, err)
			return
		}
		done(response, n.believable(target, membership), nil)
	})
}

func (n *Node) checkJoin(target wire.Address, answer wire.Response, err error) (*wire.JoinResponse, error) {
	if err != nil {
		return nil, n.checkRefusal(target, err)
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
