package statsd

import (
	"errors"
	"strings"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Sink takes measurements. Its methods are called one at a time, from the goroutine of
// the node's listener: one that is slow loses measurements and holds up nothing.
type Sink interface {
	// Count adds to a counter.
	Count(name string, n int64)
	// Gauge sets a value.
	Gauge(name string, value int64)
	// Timing adds a duration to a timer.
	Timing(name string, d time.Duration)
}

// Listener returns a listener for [node.Node.AddListener], or for the Config of a node,
// that measures every event.
func Listener(to Sink) func(node.Event) { return reporter{to}.event }

// Prefix returns "ringpop." and the address of a node with everything replaced that means
// something in a metric's name. The brackets of IPv6 are left out.
func Prefix(address string) string {
	return "ringpop." + strings.NewReplacer(".", "_", ":", "_", "[", "", "]", "").Replace(address)
}

type reporter struct{ Sink }

// event measures what an event tells.
func (r reporter) event(event node.Event) {
	switch e := event.(type) {
	case swim.MembersChanged:
		r.members(e)
	case node.ChecksumChanged:
		r.Gauge("checksum", int64(e.Checksum))
		r.Count("membership.checksum-computed", 1)
	case node.RingChanged:
		r.Count("ring.changed", 1)
		r.Count("ring.server-added", int64(len(e.Added)+len(e.Changed)))
		r.Count("ring.server-removed", int64(len(e.Removed)))
		r.Gauge("num-members", int64(e.Servers))
	case swim.Declared:
		r.Count("make-"+e.Status.String(), 1)
	case swim.Refuted:
		r.Count("refuted-update", 1)
	case swim.FullSyncSent:
		r.fullSync(e)
	case swim.FullSyncFetched:
		if e.Err == nil && e.Applied == 0 {
			r.Count("full-sync.redundant-reverse", 1)
		}
	case swim.Joined:
		r.Count("join.complete", 1)
		r.Count("join.succeeded", 1)
	case swim.JoinWaiting:
		r.Gauge("join.retries", int64(e.Attempt))
	case swim.JoinFailed:
		r.Count("join.failed.error", 1)
	case swim.PingRequestsDone:
		r.Count("ping-req.send", 1)
		r.Count("ping-req.other-members", int64(e.Helpers))
	case node.Called:
		r.called(e)
	case node.Served:
		r.served(e)
	default:
		r.healing(event)
	}
}

// healing reports what the healer does. Only heal.triggered and heal.attempt have names of
// ringpop-go's.
func (r reporter) healing(event node.Event) {
	switch e := event.(type) {
	case heal.PartitionSuspected:
		r.Count("heal.suspected", 1)
	case heal.PaceChanged:
		r.Gauge("heal.interval", e.Interval.Milliseconds())
	case heal.Attempt:
		r.Count("heal.probe", 1)
		if !e.Again {
			r.Count("heal.triggered", 1)
		}
	case heal.Failed:
		r.Count("heal.attempt", 1)
		r.Count("heal.probe-failed."+string(node.ReasonOf(e.Err)), 1)
	case heal.Reached:
		r.Count("heal.attempt", 1)
		r.Count("heal.reached", 1)
	case heal.Reincarnating:
		r.Count("heal.reincarnate.ours", int64(e.Ours))
		if e.Err != nil {
			r.Count("heal.reincarnate-failed."+string(node.ReasonOf(e.Err)), 1)
			return
		}
		r.Count("heal.reincarnate.theirs", int64(e.Theirs))
	case heal.Merged:
		if e.Err != nil {
			r.Count("heal.merge-failed."+string(node.ReasonOf(e.Err)), 1)
			return
		}
		r.Count("heal.merge", 1)
		r.Timing("heal.probe-to-merge", e.Took)
	case heal.PartitionHealed:
		r.Count("heal.whole", 1)
		r.Timing("heal.suspected-to-whole", e.After)
	}
}

func (r reporter) members(e swim.MembersChanged) {
	r.Gauge("changes.apply", int64(len(e.Changes)))
	r.Count("updates", int64(len(e.Changes)))
	for _, c := range e.Changes {
		if c.After != nil {
			r.Count("membership-update."+c.After.Status.String(), 1)
			r.Count("membership-set."+c.After.Status.String(), 1)
		}
	}
}

func (r reporter) fullSync(e swim.FullSyncSent) {
	r.Count("full-sync", 1)
	if e.Bidirectional {
		r.Count("full-sync.reverse", 1)
	} else {
		r.Count("full-sync.reverse-omitted", 1)
	}
}

// endpointNames are how the protocol's endpoints are called in metrics.
var endpointNames = map[string]string{
	wire.EndpointJoin:    "join",
	wire.EndpointPing:    "ping",
	wire.EndpointPingReq: "ping-req",
}

func (r reporter) called(e node.Called) {
	name := endpointNames[e.Endpoint]
	if name == "ping" {
		r.Count("ping.send", 1)
	}
	if e.Err != nil {
		return
	}
	r.Timing(name, e.Duration)
	if e.Purpose == swim.Relay {
		r.Timing("ping-req-ping", e.Duration)
	}
	if e.Purpose.Heals() {
		r.Count("heal.bytes-out", int64(e.Sent))
		r.Count("heal.bytes-in", int64(e.Received))
	}
}

func (r reporter) served(e node.Served) {
	name, known := endpointNames[e.Endpoint]
	if !known {
		return // a peer can call any endpoint
	}
	r.Count(name+".recv", 1)
	if e.Err != nil {
		r.Count(name+".refused", 1)
	}
	if errors.Is(e.Err, swim.ErrNotReady) {
		r.Count("not-ready."+name, 1)
	}
}
