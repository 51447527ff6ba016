package app

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// reporter sends what happens to a node as statsd metrics, under the names that
// ringpop-go uses, so that dashboards stay as they are.
type reporter struct {
	client statsd.Statter
}

// flushUDP is the longest time that a metric waits for others to share a packet with,
// and maxPacket the size in bytes of a packet that networks do not break up.
const (
	flushUDP  = 300 * time.Millisecond
	maxPacket = 1432
)

// newReporter sends to a file or over UDP; it returns nil when neither is wanted.
func newReporter(o *options, log *slog.Logger) (*reporter, error) {
	var sender statsd.Sender
	switch {
	case o.statsFile != "":
		file, err := os.Create(o.statsFile)
		if err != nil {
			return nil, fmt.Errorf("stats file: %w", err)
		}
		sender = newFileSender(file, log)
	case o.statsUDP != "":
		udp, err := newUDPSender(o.statsUDP, net.DefaultResolver.LookupNetIP, log)
		if err == nil {
			sender, err = statsd.NewBufferedSenderWithSender(udp, flushUDP, maxPacket)
		}
		if err != nil {
			return nil, fmt.Errorf("stats over UDP to %s: %w", o.statsUDP, err)
		}
	default:
		return nil, nil
	}
	client, err := statsd.NewClientWithSender(sender, statPrefix(o.listen), statsd.SuffixOctothorpe)
	return &reporter{client}, err
}

// statPrefix is "ringpop." and the address with everything replaced that means
// something in a metric's name.
func statPrefix(address string) string {
	return "ringpop." + strings.NewReplacer(".", "_", ":", "_", "[", "", "]", "").Replace(address)
}

// close sends what is left. The error says that metrics are missing in a file.
func (r *reporter) close() error { return r.client.Close() }

// Errors of metrics are dropped on purpose: a node must not mind whether anybody
// counts what it does.
func (r *reporter) count(name string, n int) { _ = r.client.Inc(name, int64(n), 1) }

func (r *reporter) gauge(name string, n int) { _ = r.client.Gauge(name, int64(n), 1) }

func (r *reporter) timing(name string, d time.Duration) { _ = r.client.TimingDuration(name, d, 1) }

// listen is the node's listener.
func (r *reporter) listen(event node.Event) {
	switch e := event.(type) {
	case swim.MembersChanged:
		r.members(e)
	case node.ChecksumChanged:
		r.gauge("checksum", int(e.Checksum))
	case node.RingChanged:
		r.count("ring.changed", 1)
		r.count("ring.server-added", e.Added)
		r.count("ring.server-removed", e.Removed)
		r.gauge("num-members", e.Servers)
	case swim.Declared:
		r.count("make-"+e.Status.String(), 1)
	case swim.Refuted:
		r.count("refuted-update", 1)
	case swim.FullSyncSent:
		r.fullSync(e)
	case swim.FullSyncFetched:
		if e.Err == nil && e.Applied == 0 {
			r.count("full-sync.redundant-reverse", 1)
		}
	case swim.Joined:
		r.count("join.complete", 1)
	case swim.JoinFailed:
		r.count("join.failed.error", 1)
	case swim.PingRequestsDone:
		r.count("ping-req.send", 1)
		r.count("ping-req.other-members", e.Helpers)
	case node.Called:
		r.called(e)
	case node.Served:
		r.served(e)
	default:
		r.healing(event)
	}
}

// healing reports what the healer does. Only heal.attempt has a name of
// ringpop-go's.
func (r *reporter) healing(event node.Event) {
	switch e := event.(type) {
	case heal.PartitionSuspected:
		r.count("heal.suspected", 1)
	case heal.PaceChanged:
		r.gauge("heal.interval", int(e.Interval.Milliseconds()))
	case heal.Attempt:
		r.count("heal.probe", 1)
	case heal.Failed:
		r.count("heal.attempt", 1)
		r.count("heal.probe-failed."+string(node.ReasonOf(e.Err)), 1)
	case heal.Reached:
		r.count("heal.attempt", 1)
		r.count("heal.reached", 1)
	case heal.Reincarnating:
		r.count("heal.reincarnate.ours", e.Ours)
		if e.Err != nil {
			r.count("heal.reincarnate-failed."+string(node.ReasonOf(e.Err)), 1)
			return
		}
		r.count("heal.reincarnate.theirs", e.Theirs)
	case heal.Merged:
		if e.Err != nil {
			r.count("heal.merge-failed."+string(node.ReasonOf(e.Err)), 1)
			return
		}
		r.count("heal.merge", 1)
		r.timing("heal.probe-to-merge", e.Took)
	case heal.PartitionHealed:
		r.count("heal.whole", 1)
		r.timing("heal.suspected-to-whole", e.After)
	}
}

func (r *reporter) members(e swim.MembersChanged) {
	r.gauge("changes.apply", len(e.Changes))
	r.count("updates", len(e.Changes))
	for _, c := range e.Changes {
		if c.After != nil {
			r.count("membership-set."+c.After.Status.String(), 1)
		}
	}
}

func (r *reporter) fullSync(e swim.FullSyncSent) {
	r.count("full-sync", 1)
	if e.Bidirectional {
		r.count("full-sync.reverse", 1)
	} else {
		r.count("full-sync.reverse-omitted", 1)
	}
}

// endpointNames are how the protocol's endpoints are called in metrics.
var endpointNames = map[string]string{
	wire.EndpointJoin:    "join",
	wire.EndpointPing:    "ping",
	wire.EndpointPingReq: "ping-req",
}

func (r *reporter) called(e node.Called) {
	name := endpointNames[e.Endpoint]
	if name == "ping" {
		r.count("ping.send", 1)
	}
	if e.Err != nil {
		return
	}
	r.timing(name, e.Duration)
	if e.Purpose.Heals() {
		r.count("heal.bytes-out", e.Sent)
		r.count("heal.bytes-in", e.Received)
	}
}

func (r *reporter) served(e node.Served) {
	r.count(endpointNames[e.Endpoint]+".recv", 1)
	if e.Err != nil {
		r.count(endpointNames[e.Endpoint]+".refused", 1)
	}
}
