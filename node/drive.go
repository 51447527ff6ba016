package node

import (
	"context"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// input feeds one input to the core and carries out the effects. Nothing else changes the
// core. After Close it does nothing.
func (n *Node) input(do func(c *core.Core, now time.Time)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	now := time.Now()
	do(n.core, now)
	out := n.core.Take()
	for _, answer := range out.Answers {
		n.deliver(answer)
	}
	for _, event := range out.Events {
		n.follow(now, event)
	}
	for _, call := range out.Calls {
		n.running.Go(func() { n.call(call) })
	}
	if out.NeedHosts {
		n.running.Go(n.askHosts)
	}
	if out.Lease != nil {
		n.running.Go(func() { n.askLease(out.Lease) })
	}
	n.publish(now)
	if deadline, ok := n.core.Deadline(); ok && (n.wake.IsZero() || deadline.Before(n.wake)) {
		select {
		case n.rewake <- struct{}{}:
		default: // a wake-up is pending already
		}
	}
}

// deliver passes an answer to the handler that waits for it. Under the lock.
func (n *Node) deliver(answer swim.Answer) {
	if waiting, ok := n.waiting[answer.To]; ok {
		delete(n.waiting, answer.To)
		waiting <- answer // has room for one
	}
}

// follow updates the node's own state for an event and queues it for the listeners. The
// caller holds the lock, which keeps the ring and the order of events in step with the
// membership.
func (n *Node) follow(now time.Time, event Event) {
	event = n.hosts.name(event)
	n.tell(event)
	n.healing.Observe(now, event)
	n.followResolver(now, event)
	switch e := event.(type) {
	case swim.JoinWaiting:
		n.notJoined = e
	case swim.MembersChanged:
		n.followMembers(e)
		n.snapshot.membersChanged()
		if n.listeners.any() {
			n.tell(ChecksumChanged{Checksum: n.core.Node().Checksum()})
		}
	case evict.Changed:
		n.followEvictions(e)
	case swim.Joined:
		n.joined = true
		n.owners.Store(n.ring)
		n.publish(now) // before any member or listener learns of it
		close(n.ready)
	case swim.SelfEvicted:
		close(n.evicted)
	}
}

// followMembers updates the ring.
func (n *Node) followMembers(e swim.MembersChanged) {
	var changes []ring.Change
	left := 0 // voluntarily
	for _, c := range e.Changes {
		change, ok := n.ringChange(c)
		if !ok {
			continue
		}
		changes = append(changes, change)
		if c.After != nil && c.After.Status == wire.Leave {
			left++
		}
	}
	n.changeRing(changes, left)
}

// changeRing changes the ring. So many of the changes are of members that have left
// voluntarily.
func (n *Node) changeRing(changes []ring.Change, left int) {
	if len(changes) == 0 {
		return
	}
	var event RingChanged
	after := make(map[string]bool, len(changes)) // the changes so far: a member may have several
	for _, change := range changes {
		has, changed := after[change.Server]
		if !changed {
			has = n.ring.Has(change.Server)
		}
		after[change.Server] = !change.Remove
		switch {
		case change.Remove && !has:
		case change.Remove:
			event.Removed = append(event.Removed, change.Server)
		case has:
			event.Changed = append(event.Changed, change.Server)
		default:
			event.Added = append(event.Added, change.Server)
		}
	}
	if next, changed := n.ring.Update(changes); changed {
		n.ring = next
		if n.joined {
			n.owners.Store(next)
			if left < len(changes) {
				n.handover.Took()
			}
		}
		event.Servers = next.Len()
		n.tell(event)
	}
}

// inRing reports whether a member is in the ring.
func (n *Node) inRing(m *Member) bool {
	return m != nil && m.Status.Pingable() && !n.core.Evicted(m.Address)
}

// ringChange returns the change of the ring that a change of a member causes, if any.
func (n *Node) ringChange(c swim.MemberChange) (ring.Change, bool) {
	was, is := c.Before != nil && c.Before.Status.Pingable(), n.inRing(c.After)
	switch {
	case is && (!was || c.Before.Identity() != c.After.Identity()):
		return ring.Change{Server: string(c.After.Address), Identity: c.After.Identity()}, true
	case was && !is:
		return ring.Change{Server: string(c.Address()), Remove: true}, true
	}
	return ring.Change{}, false
}

// clock advances the core at its deadlines.
func (n *Node) clock() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		n.mu.Lock()
		at, ok := n.core.Deadline()
		n.wake = at
		n.mu.Unlock()
		if ok {
			timer.Reset(time.Until(at))
		} else {
			timer.Stop()
		}
		select {
		case <-timer.C:
			n.input((*core.Core).Advance)
		case <-n.rewake:
		case <-n.ctx.Done():
			return
		}
	}
}

// call makes a call for the core and hands in the result.
func (n *Node) call(call swim.Call) {
	n.meters.client.Mark()
	went := Called{Endpoint: call.Request.Endpoint(), Target: call.Target, Purpose: call.Purpose}
	began := time.Now()
	response, err := n.roundTrip(call, &went)
	if n.listeners.any() { // else the event need not be made
		went.Duration, went.Err = time.Since(began), err
		n.listeners.tell(went)
	}
	n.input(func(c *core.Core, now time.Time) {
		if err == nil {
			n.healing.Transferred(went.Purpose, went.Endpoint, went.Sent, went.Received)
		}
		c.Response(now, call.ID, response, err)
	})
}

// roundTrip makes a call and records the sizes of its bodies.
func (n *Node) roundTrip(call swim.Call, went *Called) (wire.Response, error) {
	ctx, cancel := context.WithTimeout(n.ctx, call.Timeout)
	defer cancel()
	body, err := n.encode(call.Request)
	if err != nil {
		return nil, err
	}
	went.Sent = len(body)
	answer, err := n.transport.Call(ctx, string(call.Target), went.Endpoint, body)
	if err != nil {
		return nil, understood(err)
	}
	went.Received = len(answer)
	response, skipped, err := wire.DecodeResponse(went.Endpoint, answer)
	if err != nil {
		return nil, err
	}
	if skipped > 0 {
		n.tell(swim.AnswerChangesSkipped{From: call.Target, Count: skipped, Why: wire.ErrInvalid.Error()})
	}
	return response, nil
}

// tell queues an event for the log and for the listeners.
func (n *Node) tell(e Event) {
	n.logged.add(e)
	n.listeners.tell(e)
}

func (n *Node) encode(body any) ([]byte, error) {
	n.encoding.Lock()
	defer n.encoding.Unlock()
	return n.encoder.Encode(body)
}
