package swim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrOtherNode means that a call was answered by a node other than the member it was meant
// for, as when an address was given to another process.
var ErrOtherNode = errors.New("another node answered")

// outgoing is what a call carries. Calls that are made together can carry the same.
type outgoing struct {
	changes wire.ChangeList
	receipt receipt
}

// load returns the changes of a set in the form that calls carry.
func (n *Node) load(b *table.ChangeSet, r receipt, calls int) outgoing {
	return outgoing{n.table.Pack(b, calls), r}
}

// handlePing applies the changes of a ping, and answers with those pending here.
func (n *Node) handlePing(r *wire.Ping) (*wire.Ping, error) {
	if err := n.checkApp(r.App, n.cfg.RequireAppInPing); err != nil {
		return nil, err
	}
	told := n.table.Open(r.Changes)
	if err := n.admit(r.Source, r.App, &told); err != nil {
		return nil, err
	}
	if n.takeFromDeadSender(r.Source, r.SourceIncarnation, &told) {
		return n.answerDeadSender(r.Source, r.SourceIncarnation), nil
	}
	agreed := n.gossip.noteAgreement(func() bool { return r.Checksum == n.Checksum() })
	n.gossip.beginRequest(told.Len())
	applied := 0
	if told.Len() > 0 {
		told = n.guard.doubt(r.Source, n.guard.withoutStaleAccusations(r.Source, r.SourceIncarnation, told), n.now)
		applied = n.applyAndSpread(&told, relayOn)
	}
	n.meet(r.Source)
	answer, repeated := n.table.NewSet(), 0
	if agreed && applied == 0 {
		repeated = n.gossip.countAllAsKnown()
	} else {
		answer, repeated = n.gossip.forAnswer(r.Source, r.SourceIncarnation)
	}
	n.gossip.endRequest()
	switch {
	case answer.Len() > 0 || repeated > 0:
		n.remindOfItself(&answer, r.Source, r.SourceIncarnation)
		return n.pong(&answer), nil
	case n.Checksum() == r.Checksum:
		return n.pong(&answer), nil
	case n.guard.isFromEarlierLife(r.Source, r.SourceIncarnation):
		// So is its checksum, and no reason for a full sync.
		n.remindOfItself(&answer, r.Source, r.SourceIncarnation)
		return n.pong(&answer), nil
	}
	return n.fullSync(r.Source, r.Checksum), nil
}

// pong returns the answer to a ping with the changes of a set.
func (n *Node) pong(b *table.ChangeSet) *wire.Ping { return n.newPong(n.table.Pack(b, 1)) }

// pingWith sends what is loaded to a member, applies the changes that come back, and
// then says how it went.
func (n *Node) pingWith(why Purpose, carried outgoing, target wire.Address, done func(error)) {
	n.pingWithin(n.pingTimeout(), why, carried, target, done)
}

// pingWithin is pingWith for a member that may take so long.
func (n *Node) pingWithin(timeout time.Duration, why Purpose, carried outgoing, target wire.Address, done func(error)) {
	receipt := carried.receipt // the changes are not held on to until the call is over
	n.calls.Start(why, target, n.newPing(carried.changes), timeout, func(answer wire.Response, err error) {
		done(n.pinged(target, receipt, answer, err))
	})
}

// livenessPing pings a member that probably does not answer.
func (n *Node) livenessPing(target wire.Address, done func(error)) {
	b, receipt := n.gossip.forLivenessPing()
	n.pingWith(Relay, n.load(&b, receipt, 1), target, done)
}

// pinged handles the outcome of a ping that carried pending changes.
func (n *Node) pinged(target wire.Address, sent receipt, answer wire.Response, err error) error {
	response, err := n.checkPing(target, answer, err)
	if err != nil {
		return err
	}
	n.heardFrom(target)
	if !sent.ifAgreed {
		n.gossip.sent(sent)
	}
	news := 0
	if response.Changes.Len() > 0 {
		told := n.table.Open(response.Changes)
		news = n.applyAnswer(target, n.guard.doubt(target, told, n.now))
		n.announce(response, &told)
	}
	if n.settling.pings() && n.settling.met(response.Checksum == n.Checksum(), news > 0) && n.fetches.mayBegin(target, n.now) {
		n.fetch(target)
	}
	if sent.ifAgreed {
		n.toldAPart(target, sent, response.Checksum)
	}
	return nil
}

// toldAPart handles the checksum of a member that was sent a part of the pending changes.
// If it does not agree it may lack the rest, and gets that at once: otherwise the last few
// members would have to pull the changes.
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

// SendChanges pings a node with changes of the healer's choice. Of what comes back only
// what is about this node is applied: the other one may be on the other side of a
// partition, and the changes disseminated there would make members here faulty.
func (n *Node) SendChanges(why Purpose, target wire.Address, changes wire.ChangeList, timeout time.Duration, done func(error)) {
	n.calls.Start(why, target, n.newPing(changes), timeout, func(answer wire.Response, err error) {
		response, err := n.checkPing(target, answer, err)
		if err == nil {
			answered := n.table.Open(response.Changes)
			n.applyAnswer(target, answered.Without(func(c *table.Change) bool { return c.Member != n.me }))
		}
		done(err)
	})
}

func (n *Node) newPing(changes wire.ChangeList) *wire.Ping {
	return n.said.ping.with(n, changes, n.cfg.App)
}

// newPong returns what answers a ping.
func (n *Node) newPong(changes wire.ChangeList) *wire.Ping {
	return n.said.pong.with(n, changes, n.namedApp())
}

func (n *Node) checkPing(target wire.Address, answer wire.Response, err error) (*wire.Ping, error) {
	if err != nil {
		return nil, err
	}
	response, ok := answer.(*wire.Ping)
	if !ok {
		return nil, fmt.Errorf("%w: %T answers a ping", wire.ErrInvalid, answer)
	}
	if err := n.CheckAnswerApp(target, response.App); err != nil {
		return nil, err
	}
	if response.Source != "" && response.Source != target {
		return nil, fmt.Errorf("%w: %s in place of %s", ErrOtherNode, response.Source, target)
	}
	return response, nil
}
