package pop

import (
	"sync"
	"time"

	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/membership"
	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/compat/pop/util"
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	nodeswim "github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// watch keeps the previous state, which the events of ringpop-go include.
type watch struct {
	mu        sync.Mutex
	members   uint32 // checksums
	ring      uint32
	replica   uint32
	bootstrap time.Time
}

func (w *watch) start(n *node.Node) {
	w.members, w.ring, w.bootstrap = n.Checksum(), n.Ring().Checksum(), time.Now()
}

// translate passes an event of the node to the listeners in ringpop-go's form, if it has one.
// It is called with one event at a time, in order.
func (r *Ring) translate(e node.Event) {
	switch e := e.(type) {
	case nodeswim.MembersChanged:
		r.membersChanged(e.Changes)
	case node.RingChanged:
		r.ringChanged(&e)
	case node.ChecksumChanged:
		r.EmitEvent(swim.ChecksumComputeEvent{Checksum: e.Checksum, OldChecksum: r.watch.membersBecame(e.Checksum)})
	case node.Called:
		r.called(&e)
	case nodeswim.Declared:
		r.EmitEvent(swim.MakeNodeStatusEvent{Status: e.Status.String()})
	case nodeswim.Refuted:
		r.EmitEvent(swim.RefuteUpdateEvent{})
	case nodeswim.FullSyncSent:
		r.EmitEvent(swim.FullSyncEvent{Remote: string(e.To), RemoteChecksum: e.Remote})
	case nodeswim.Joined:
		r.joined(e.Hosts)
	case nodeswim.SelfEvicted:
		r.EmitEvent(swim.SelfEvictedEvent{})
	case heal.Reached:
		r.EmitEvent(swim.AttemptHealEvent{})
	}
}

// membersChanged reports changes twice, as ringpop-go does: as changes of the protocol, and
// as applications see them.
func (r *Ring) membersChanged(changed []nodeswim.MemberChange) {
	changes := make([]swim.Change, 0, len(changed))
	var seen []membership.MemberChange
	for _, c := range changed {
		if c.After != nil {
			changes = append(changes, changeOf(c.After))
		}
		if s := (membership.MemberChange{Before: reachable(c.Before), After: reachable(c.After)}); s.Before != nil || s.After != nil {
			seen = append(seen, s)
		}
	}
	n := r.Node()
	if n == nil {
		return // an event of its making
	}
	if len(changes) > 0 {
		r.EmitEvent(swim.MemberlistChangesReceivedEvent{Changes: changes})
		r.EmitEvent(swim.MemberlistChangesAppliedEvent{Changes: changes, OldChecksum: r.watch.membersBefore(), NewChecksum: n.Checksum(), NumMembers: n.Len()})
	}
	if len(seen) > 0 {
		r.EmitEvent(membership.ChangeEvent{Changes: seen})
	}
}

func changeOf(m *wire.Member) swim.Change {
	return swim.Change{
		Address:     string(m.Address),
		Incarnation: m.Incarnation,
		Status:      m.Status.String(),
		Tombstone:   m.Status == wire.Tombstone,
		Labels:      m.Labels,
		Timestamp:   util.Timestamp(time.Now()),
	}
}

// reachable returns a member if it is reachable, and nil otherwise.
func reachable(m *wire.Member) membership.Member {
	if m == nil || !node.Reachable(m) {
		return nil
	}
	return swim.MemberOf(m)
}

func (r *Ring) ringChanged(e *node.RingChanged) {
	n := r.Node()
	if n == nil {
		return
	}
	ring := n.Ring()
	before, after := r.watch.ringBecame(ring.Checksum(), ring.ReplicaChecksum)
	r.EmitEvent(events.RingChecksumEvent{
		OldChecksum: before.ring, NewChecksum: after.ring,
		OldChecksums: map[string]uint32{"replica": before.replica}, NewChecksums: map[string]uint32{"replica": after.replica},
	})
	r.EmitEvent(events.RingChangedEvent{ServersAdded: e.Added, ServersUpdated: e.Changed, ServersRemoved: e.Removed})
}

func (r *Ring) called(e *node.Called) {
	n := r.Node()
	if n == nil {
		return
	}
	local, target := n.Address(), string(e.Target)
	switch {
	case e.Endpoint == wire.EndpointPing && e.Err == nil:
		r.EmitEvent(swim.PingSendCompleteEvent{Local: local, Remote: target, Duration: e.Duration})
	case e.Endpoint == wire.EndpointPingReq && e.Err == nil:
		r.EmitEvent(swim.PingRequestsSendCompleteEvent{Local: local, Peer: target, Duration: e.Duration})
	case e.Endpoint == wire.EndpointPingReq:
		r.EmitEvent(swim.PingRequestSendErrorEvent{Local: local, Peer: target})
	}
}

func (r *Ring) joined(hosts []wire.Address) {
	event := swim.JoinCompleteEvent{Duration: time.Since(r.watch.bootstrap), NumJoined: len(hosts)}
	for _, host := range hosts {
		event.Joined = append(event.Joined, string(host))
	}
	r.EmitEvent(event)
}

// ringSums are checksums of the ring.
type ringSums struct{ ring, replica uint32 }

// ringBecame returns the checksums before and now.
func (w *watch) ringBecame(ring uint32, replica func() uint32) (before, after ringSums) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before = ringSums{w.ring, w.replica}
	w.ring, w.replica = ring, replica()
	return before, ringSums{w.ring, w.replica}
}

// membersBecame returns the checksum of the membership before.
func (w *watch) membersBecame(checksum uint32) uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.members
	w.members = checksum
	return before
}

func (w *watch) membersBefore() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.members
}
