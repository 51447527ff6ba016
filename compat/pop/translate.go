package pop

import (
	"errors"
	"math"
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
	maxP      int // how often a change is sent
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
	if !r.isObserved() {
		return
	}
	switch e := e.(type) {
	case nodeswim.MembersChanged:
		r.membersChanged(n, e.Changes)
	case node.RingChanged:
		r.ringChanged(before.ring, &e)
	case node.ChecksumChanged:
		r.emit(swim.ChecksumComputeEvent{Checksum: e.Checksum, OldChecksum: before.members})
	case node.Called:
		r.called(n, &e)
	case nodeswim.Declared:
		r.emit(swim.MakeNodeStatusEvent{Status: e.Status.String()})
	case nodeswim.Refuted:
		r.emit(swim.RefuteUpdateEvent{})
	case nodeswim.FullSyncSent:
		r.fullSync(&e)
	case nodeswim.FullSyncFetched:
		if e.Err == nil && e.Applied == 0 {
			r.emit(swim.RedundantReverseFullSyncEvent{Target: string(e.From)})
		}
	case node.Served:
		r.served(n, &e)
	case nodeswim.PingRequestsDone:
		r.emit(swim.PingRequestsSendEvent{Local: n.Address(), Target: string(e.Target)})
	case nodeswim.JoinWaiting:
		r.emit(swim.JoinTriesUpdateEvent{Retries: e.Attempt})
	case nodeswim.Joined:
		r.joined(e.Hosts)
	case heal.Attempt:
		if !e.Again {
			r.emit(swim.DiscoHealEvent{})
		}
	case heal.Reached:
		r.emit(swim.AttemptHealEvent{})
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
		r.emit(swim.MemberlistChangesReceivedEvent{Changes: changes})
		r.emit(swim.MemberlistChangesAppliedEvent{Changes: changes, OldChecksum: r.watch.members, NewChecksum: n.Checksum(), NumMembers: n.Len()})
	}
	if len(seen) > 0 {
		r.emit(membership.ChangeEvent{Changes: seen})
	}
	if before, now := r.watch.maxP, maxPiggyback(n.CountReachable()); before != now {
		r.watch.maxP = now
		r.emit(swim.MaxPAdjustedEvent{OldPCount: before, NewPCount: now})
	}
}

// maxPiggyback returns how often a node sends a change in a cluster of so many members, itself
// included: a fixed factor for each decimal digit.
func maxPiggyback(members int) int {
	const factor = 15
	return factor * max(1, int(math.Ceil(math.Log10(float64(members)))))
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
	if events.HasListeners(&r.AsyncEventEmitter) {
		after := r.watch.ring
		r.EmitEvent(events.RingChecksumEvent{
			OldChecksum: before.ring(), NewChecksum: after.ring(),
			OldChecksums: map[string]uint32{"replica": before.replica()}, NewChecksums: map[string]uint32{"replica": after.replica()},
		})
	}
	r.emit(events.RingChangedEvent{ServersAdded: e.Added, ServersUpdated: e.Changed, ServersRemoved: e.Removed})
}

func (r *Ring) fullSync(e *nodeswim.FullSyncSent) {
	r.emit(swim.FullSyncEvent{Remote: string(e.To), RemoteChecksum: e.Remote})
	if e.Bidirectional {
		r.emit(swim.StartReverseFullSyncEvent{Target: string(e.To)})
	} else {
		r.emit(swim.OmitReverseFullSyncEvent{Target: string(e.To)})
	}
}

// served reports what others ask of this node. Events of requests that come too early are there
// for pings and ping-reqs only.
func (r *Ring) served(n *node.Node, e *node.Served) {
	local, early := n.Address(), errors.Is(e.Err, nodeswim.ErrNotReady)
	switch {
	case e.Endpoint == wire.EndpointPing && early:
		r.emit(swim.RequestBeforeReadyEvent{Endpoint: swim.PingEndpoint})
	case e.Endpoint == wire.EndpointPing:
		r.emit(swim.PingReceiveEvent{Local: local})
	case e.Endpoint == wire.EndpointPingReq && early:
		r.emit(swim.RequestBeforeReadyEvent{Endpoint: swim.PingReqEndpoint})
	case e.Endpoint == wire.EndpointPingReq:
		r.emit(swim.PingRequestReceiveEvent{Local: local})
	case e.Endpoint == wire.EndpointJoin:
		r.emit(swim.JoinReceiveEvent{Local: local})
	}
}

// called reports a call of this node when it is over, those that begin it included.
func (r *Ring) called(n *node.Node, e *node.Called) {
	local, target := n.Address(), string(e.Target)
	if e.Endpoint == wire.EndpointPing {
		r.emit(swim.PingSendEvent{Local: local, Remote: target})
	}
	if e.Purpose == nodeswim.Relay && e.Err == nil {
		r.emit(swim.PingRequestPingEvent{Local: local, Target: target, Duration: e.Duration})
	}
	switch {
	case e.Endpoint == wire.EndpointPing && e.Err == nil:
		r.emit(swim.PingSendCompleteEvent{Local: local, Remote: target, Duration: e.Duration})
	case e.Endpoint == wire.EndpointPingReq && e.Err == nil:
		r.emit(swim.PingRequestsSendCompleteEvent{Local: local, Peer: target, Duration: e.Duration})
	case e.Endpoint == wire.EndpointPingReq:
		r.emit(swim.PingRequestSendErrorEvent{Local: local, Peer: target})
	}
}

func (r *Ring) joined(hosts []wire.Address) {
	event := swim.JoinCompleteEvent{Duration: time.Since(r.watch.bootstrap), NumJoined: len(hosts)}
	for _, host := range hosts {
		event.Joined = append(event.Joined, string(host))
	}
	r.emit(event)
}
