package pop

import (
	"time"

	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/membership"
	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/compat/pop/util"
	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/ring"
	nodeswim "github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// watch keeps the previous state, which the events of ringpop-go include. It belongs to the
// goroutine that calls translate.
type watch struct {
	members   uint32 // the checksum of the membership
	ring      ringSums
	bootstrap time.Time
}

// ringSums are the checksums of a ring. They are computed when they are asked for, since that
// of all replica points writes out the whole ring.
type ringSums struct{ ring, replica func() uint32 }

func sumsOf(r *ring.Ring) ringSums { return ringSums{r.Checksum, r.ReplicaChecksum} }

func watchFrom(n *node.Node) watch {
	sums := sumsOf(n.Ring())
	sums.replica = func() uint32 { return 0 } // before the first change there was none
	return watch{members: n.Checksum(), ring: sums, bootstrap: time.Now()}
}

func (w *watch) follow(n *node.Node, e node.Event) {
	switch e := e.(type) {
	case node.RingChanged:
		w.ring = sumsOf(n.Ring())
	case node.ChecksumChanged:
		w.members = e.Checksum
	}
}

// translate passes an event of the node to the listeners in ringpop-go's form, if it has one.
// It is called with one event at a time, in order.
func (r *Ring) translate(n *node.Node, e node.Event) {
	before := r.watch
	r.watch.follow(n, e)
	if !events.HasListeners(&r.AsyncEventEmitter) {
		return
	}
	switch e := e.(type) {
	case nodeswim.MembersChanged:
		r.membersChanged(n, e.Changes)
	case node.RingChanged:
		r.ringChanged(before.ring, &e)
	case node.ChecksumChanged:
		r.EmitEvent(swim.ChecksumComputeEvent{Checksum: e.Checksum, OldChecksum: before.members})
	case node.Called:
		r.called(n, &e)
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
func (r *Ring) membersChanged(n *node.Node, changed []nodeswim.MemberChange) {
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
	if len(changes) > 0 {
		r.EmitEvent(swim.MemberlistChangesReceivedEvent{Changes: changes})
		r.EmitEvent(swim.MemberlistChangesAppliedEvent{Changes: changes, OldChecksum: r.watch.members, NewChecksum: n.Checksum(), NumMembers: n.Len()})
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

func (r *Ring) ringChanged(before ringSums, e *node.RingChanged) {
	after := r.watch.ring
	r.EmitEvent(events.RingChecksumEvent{
		OldChecksum: before.ring(), NewChecksum: after.ring(),
		OldChecksums: map[string]uint32{"replica": before.replica()}, NewChecksums: map[string]uint32{"replica": after.replica()},
	})
	r.EmitEvent(events.RingChangedEvent{ServersAdded: e.Added, ServersUpdated: e.Changed, ServersRemoved: e.Removed})
}

func (r *Ring) called(n *node.Node, e *node.Called) {
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
