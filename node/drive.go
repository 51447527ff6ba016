package node

import (
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
	var few [2]swim.Call // as a rule there is one, or none
	for _, call := range n.step(do, few[:0]) {
		n.begin(call)
	}
}

// step is the part of input that is done under the lock. It appends the calls that are left
// to be made, which count as running.
func (n *Node) step(do func(c *core.Core, now time.Time), calls []swim.Call) []swim.Call {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return calls
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
	n.running.Add(len(out.Calls))
	calls = append(calls, out.Calls...)
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
	return calls
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
