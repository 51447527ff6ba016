package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/wire"
)

// descriptions are those of the metrics that are asked of the node at each scrape.
var descriptions []*prometheus.Desc

func describe(name, help string, labels ...string) *prometheus.Desc {
	desc := prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	descriptions = append(descriptions, desc)
	return desc
}

var (
	buildInfo = describe("build_info", "Always 1; the version of ringmend is in the labels.", "version", "commit")
	ready     = describe("ready", "1 when the node has joined the cluster.")
	members   = describe("members", "Members by the status that this node holds them to be in, itself included.", "status")
	selfIn    = describe("self_status", "1 for the status that this node says it is in.", "status")
	evicted   = describe("evicted_members", "Members that an operator has put out of the rings, as far as this node knows.")
	checksum  = describe("membership_checksum", "Checksum of the membership. Nodes that believe the same have the same one.")
	servers   = describe("ring_servers", "Members in the ring.")
	ringSum   = describe("ring_checksum", "Checksum of the ring. Nodes that place keys alike have the same one.")
	period    = describe("protocol_period_seconds", "The time between two pings of this node; it adapts to how long pings take.")
	began     = describe("start_time_seconds", "When the node was started, in seconds since the epoch.")
)

func gauge(to chan<- prometheus.Metric, desc *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// collectState sends how things stand.
func collectState(n *node.Node, to chan<- prometheus.Metric) {
	stats := n.Stats()
	var count [wire.Tombstone + 1]int
	var self wire.Status
	for _, m := range stats.Membership.Members {
		count[m.Status]++
		if string(m.Address) == n.Address() {
			self = m.Status
		}
	}
	for status, number := range count {
		status := wire.Status(status)
		gauge(to, members, float64(number), status.String())
		gauge(to, selfIn, one(status == self), status.String())
	}
	joined := false
	select {
	case <-n.Ready():
		joined = true
	default:
	}
	gauge(to, ready, one(joined))
	gauge(to, evicted, float64(len(n.Evictions())))
	gauge(to, checksum, float64(stats.Membership.Checksum))
	gauge(to, servers, float64(len(stats.Ring.Servers)))
	gauge(to, ringSum, float64(stats.Ring.Checksum))
	gauge(to, period, time.Duration(stats.Protocol.ProtocolRate).Seconds())
	gauge(to, began, stats.Timestamp-time.Duration(stats.Uptime).Seconds())
	build := version.Of()
	gauge(to, buildInfo, 1, build.Version, build.Commit)
}
