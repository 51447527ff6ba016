package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// counts are the metrics that grow with events.
type counts struct {
	all []prometheus.Collector

	calls, callFailures, sent, received *prometheus.CounterVec
	callSeconds                         *prometheus.HistogramVec
	served, refused                     *prometheus.CounterVec
	probes                              *prometheus.CounterVec

	changes, declared               *prometheus.CounterVec
	refutations                     prometheus.Counter
	ringAdded, ringRemoved          prometheus.Counter
	fullSyncs, fetches              *prometheus.CounterVec
	joinFailures                    *prometheus.CounterVec
	stalls, stallSeconds            prometheus.Counter
	disagreements, skipped, dropped prometheus.Counter
	lost                            prometheus.Counter
}

// callBounds are in seconds: from a neighbour's answer to a ping-req that timed out.
var callBounds = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 3, 5, 10}

func newCounts() *counts {
	c := new(counts)
	c.calls = c.vec("calls_total", "Calls of the protocol that this node made, by endpoint and purpose.", "endpoint", "purpose")
	c.callFailures = c.vec("call_failures_total", "Calls of the protocol that this node made and that failed, by endpoint and reason.", "endpoint", "reason")
	c.sent = c.vec("call_sent_bytes_total", "Bytes of the bodies of calls that this node made.", "endpoint")
	c.received = c.vec("call_received_bytes_total", "Bytes of the bodies of answers that this node got.", "endpoint")
	c.callSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "call_duration_seconds", Buckets: callBounds,
		Help: "How long calls of the protocol took that were answered.",
	}, []string{"endpoint"})
	c.all = append(c.all, c.callSeconds)
	c.served = c.vec("served_total", "Calls of the protocol that this node answered.", "endpoint")
	c.refused = c.vec("served_refused_total", "Calls of the protocol that this node refused.", "endpoint")
	c.probes = c.vec("indirect_probes_total", "Members that did not answer a ping and that others were asked to ping, by the verdict.", "outcome")

	c.changes = c.vec("member_changes_total", "Changes of members that were applied, by the new status.", "status")
	c.declared = c.vec("declared_total", "Members whose status this node was the first to find, by status.", "status")
	c.refutations = c.one("refutations_total", "Times that this node out-bid an accusation of itself.")
	c.ringAdded = c.one("ring_servers_added_total", "Members that came into the ring or moved in it.")
	c.ringRemoved = c.one("ring_servers_removed_total", "Members that left the ring.")
	c.fullSyncs = c.vec("full_syncs_sent_total", "Memberships that were sent as a whole to a node with another checksum, and whether theirs was fetched.", "fetched")
	c.fetches = c.vec("full_syncs_fetched_total", "Memberships that were fetched as a whole, by result.", "result")
	c.joinFailures = c.vec("join_failures_total", "Joins of hosts that failed, by reason.", "reason")
	c.stalls = c.one("stalls_total", "Times that the process was stopped or starved.")
	c.stallSeconds = c.one("stall_seconds_total", "Seconds during which the process was stopped or starved.")
	c.disagreements = c.one("checksum_disagreements_total", "Times that another node had the same members and another checksum: the flavours of checksums differ.")
	c.skipped = c.one("answer_changes_skipped_total", "Changes in answers of other nodes that were not believed.")
	c.dropped = c.one("members_refused_total", "New members that were refused because the table was full.")
	c.lost = c.one("events_lost_total", "Events that were dropped because the listener was too slow. Other counters miss them.")
	c.begin()
	return c
}

func (c *counts) vec(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	c.all = append(c.all, v)
	return v
}

func (c *counts) one(name, help string) prometheus.Counter {
	v := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	c.all = append(c.all, v)
	return v
}

// endpoints are those of the protocol, as labels.
var endpoints = map[string]string{
	wire.EndpointJoin:    "join",
	wire.EndpointPing:    "ping",
	wire.EndpointPingReq: "ping-req",

	wire.EndpointResolveState: "resolve-state",
}

// purposes are those of the calls to each endpoint.
var purposes = map[string][]swim.Purpose{
	"join":     {swim.Join, swim.FullSync, swim.HealAttempt},
	"ping":     {swim.Probe, swim.Relay, swim.Push, swim.HealReincarnate, swim.HealMerge, swim.Evict},
	"ping-req": {swim.IndirectProbe},

	"resolve-state": {swim.ResolveState},
}

func endpoint(of string) string {
	if label, ok := endpoints[of]; ok {
		return label
	}
	return "other"
}

// begin makes the series whose rate people ask for before the first event: a counter
// that appears with the value 1 has no increase.
func (c *counts) begin() {
	for _, label := range endpoints {
		c.served.WithLabelValues(label)
		c.refused.WithLabelValues(label)
		c.sent.WithLabelValues(label)
		c.received.WithLabelValues(label)
		c.callSeconds.WithLabelValues(label)
		for _, reason := range wire.Reasons() {
			c.callFailures.WithLabelValues(label, string(reason))
		}
		for _, purpose := range purposes[label] {
			c.calls.WithLabelValues(label, purpose.String())
		}
	}
	for _, reason := range wire.Reasons() {
		c.joinFailures.WithLabelValues(string(reason))
	}
	for status := wire.Alive; status <= wire.Tombstone; status++ {
		c.changes.WithLabelValues(status.String())
	}
	for _, status := range []wire.Status{wire.Suspect, wire.Faulty, wire.Tombstone} {
		c.declared.WithLabelValues(status.String())
	}
	for _, outcome := range []swim.ProbeOutcome{swim.ProbeReached, swim.ProbeUnreachable, swim.ProbeInconclusive} {
		c.probes.WithLabelValues(string(outcome))
	}
	for _, result := range []string{"news", "no-news", "failed"} {
		c.fetches.WithLabelValues(result)
	}
	for _, fetched := range []string{"yes", "no"} {
		c.fullSyncs.WithLabelValues(fetched)
	}
}

// Listen counts an event. It is, or is called by, the Listener of the node's
// configuration.
func (c *Collector) Listen(event node.Event) { c.counts.listen(event) }

func (c *counts) listen(event node.Event) {
	switch e := event.(type) {
	case node.Called:
		c.called(&e)
	case node.Served:
		c.served.WithLabelValues(endpoint(e.Endpoint)).Inc()
		if e.Err != nil {
			c.refused.WithLabelValues(endpoint(e.Endpoint)).Inc()
		}
	case swim.MembersChanged:
		for _, change := range e.Changes {
			if change.After != nil {
				c.changes.WithLabelValues(change.After.Status.String()).Inc()
			}
		}
	case node.RingChanged:
		c.ringAdded.Add(float64(len(e.Added) + len(e.Changed)))
		c.ringRemoved.Add(float64(len(e.Removed)))
	case swim.Declared:
		c.declared.WithLabelValues(e.Status.String()).Inc()
	case swim.Refuted:
		c.refutations.Inc()
	case swim.FullSyncSent:
		c.fullSyncs.WithLabelValues(yes(e.Bidirectional)).Inc()
	case swim.FullSyncFetched:
		c.fetches.WithLabelValues(fetchResult(&e)).Inc()
	case swim.JoinFailed:
		c.joinFailures.WithLabelValues(string(node.ReasonOf(e.Err))).Inc()
	case swim.PingRequestsDone:
		c.probes.WithLabelValues(string(e.Outcome)).Inc()
	case swim.Stalled:
		c.stalls.Inc()
		c.stallSeconds.Add(e.For.Seconds())
	case swim.ChecksumsDisagree:
		c.disagreements.Inc()
	case swim.AnswerChangesSkipped:
		c.skipped.Add(float64(e.Count))
	case swim.TableFull:
		c.dropped.Add(float64(e.Refused))
	case node.EventsLost:
		c.lost.Add(float64(e.Count))
	}
}

func (c *counts) called(e *node.Called) {
	label := endpoint(e.Endpoint)
	c.calls.WithLabelValues(label, e.Purpose.String()).Inc()
	c.sent.WithLabelValues(label).Add(float64(e.Sent))
	if e.Err != nil {
		c.callFailures.WithLabelValues(label, string(node.ReasonOf(e.Err))).Inc()
		return
	}
	c.received.WithLabelValues(label).Add(float64(e.Received))
	c.callSeconds.WithLabelValues(label).Observe(e.Duration.Seconds())
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func fetchResult(e *swim.FullSyncFetched) string {
	switch {
	case e.Err != nil:
		return "failed"
	case e.Applied == 0:
		return "no-news"
	}
	return "news"
}
